//! Runs the program: see the library.

use std::path::PathBuf;
use std::process::ExitCode;

use tidegate_contract::manifest::MANIFEST_VARIABLE;

fn main() -> ExitCode {
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of the program: read once, here"
    )]
    let manifest = std::env::var_os(MANIFEST_VARIABLE).map(PathBuf::from);
    pulumi::run(|ctx| async move { tidegate_program::system(ctx, manifest.as_deref()).await })
}
