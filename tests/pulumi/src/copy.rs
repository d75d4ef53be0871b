//! A copy of the workspace, to be edited and built.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tidegate_e2e::{binary, project_root};

use crate::project::made;

/// What is not part of a fresh clone.
const LEFT_OUT: [&str; 4] = [".git", ".tidegate", "node_modules", "target"];

/// A copy of the workspace's sources, as a fresh clone has them, with a target folder of its own.
pub struct Clone {
    folder: TempDir,
}

impl Default for Clone {
    fn default() -> Self {
        Self::new()
    }
}

impl Clone {
    /// Copies the workspace.
    ///
    /// # Panics
    /// When it cannot be copied.
    #[must_use]
    pub fn new() -> Self {
        let folder = made(TempDir::new());
        copy(&project_root(), folder.path());
        Self { folder }
    }

    /// The root of the copy.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Replaces a text in a file, where it must stand once.
    ///
    /// # Panics
    /// When it does not.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.folder.path().join(file);
        let text = made(fs::read_to_string(&path));
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {file}");
        made(fs::write(&path, text.replace(from, to)));
    }

    /// The variables with which cargo builds the copy apart from all else: to cargo, a crate of the copy is the same as
    /// the one that it was copied from, and in one folder each would replace the other. Dependencies stay for the next
    /// copy.
    #[must_use]
    pub fn variables(&self) -> [(&'static str, PathBuf); 2] {
        let program = binary("tidegate-program");
        let target = program.ancestors().nth(2).unwrap_or(Path::new("target"));
        [
            ("CARGO_BUILD_BUILD_DIR", target.join("copies")),
            ("CARGO_TARGET_DIR", self.folder.path().join("target")),
        ]
    }
}

fn copy(from: &Path, to: &Path) {
    made(fs::create_dir_all(to));
    for entry in made(fs::read_dir(from)) {
        let entry = made(entry);
        let name = entry.file_name();
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        let target = to.join(&name);
        if made(entry.file_type()).is_dir() {
            copy(&entry.path(), &target);
        } else {
            made(fs::copy(entry.path(), target));
        }
    }
}
