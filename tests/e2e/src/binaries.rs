//! The executables under test: those of the build that made the test itself.

use std::path::{Path, PathBuf};

/// The workspace's root.
#[must_use]
pub fn project_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The executable of that name.
///
/// # Panics
/// When it was not built: `cargo xtask test` builds everything first.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap_or_default();
    // target/<profile>/deps/<test>
    let folder = test.ancestors().nth(2).unwrap_or(Path::new("."));
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "{} is not built: run the tests with `cargo xtask test`",
        path.display()
    );
    path
}
