//! Runs the program: see the library.

use std::path::PathBuf;
use std::process::ExitCode;

use tidegate_contract::manifest::MANIFEST_VARIABLE;
use tidegate_program::CodeSource;

fn main() -> ExitCode {
    let code = code_source();
    pulumi::run(|ctx| async move { tidegate_program::system(ctx, &code).await })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the edge of the program: read once, here"
)]
fn code_source() -> CodeSource {
    if let Some(manifest) = std::env::var_os(MANIFEST_VARIABLE) {
        return CodeSource::Manifest(manifest.into());
    }
    let cargo = std::env::var_os("CARGO").map(PathBuf::from);
    CodeSource::Build {
        cargo: cargo.unwrap_or_else(|| "cargo".into()),
    }
}
