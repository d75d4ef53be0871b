//! What is on this machine and not of this workspace.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// The environment, read once.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    path: OsString,
    /// The cargo to build with: the one that started all this.
    pub(super) cargo: OsString,
}

impl Tools {
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of the benchmarks: read once, here"
    )]
    pub(super) fn read() -> Self {
        Self {
            path: std::env::var_os("PATH").unwrap_or_default(),
            cargo: std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
        }
    }

    /// The executable of this name.
    pub(super) fn find(&self, name: &str) -> Option<PathBuf> {
        std::env::split_paths(&self.path)
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
    }

    /// `PATH` with a folder before all others.
    pub(super) fn path_after(&self, folder: &OsStr) -> OsString {
        let mut path = folder.to_owned();
        if !self.path.is_empty() {
            path.push(":");
            path.push(&self.path);
        }
        path
    }
}
