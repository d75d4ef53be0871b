//! The executables that are measured: those of the build that this one is of.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// The folder of this build's executables.
#[derive(Debug, Clone)]
pub(crate) struct Binaries {
    this: PathBuf,
    folder: PathBuf,
}

impl Binaries {
    /// Those beside this one.
    pub(crate) fn beside_this() -> Result<Self> {
        let this = std::env::current_exe().context("this program's own path is not known")?;
        let folder = this.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self { this, folder })
    }

    /// This one.
    pub(crate) fn this(&self) -> &Path {
        &self.this
    }

    /// The target folder that they are in.
    pub(crate) fn target(&self) -> PathBuf {
        let target = self.folder.parent();
        target.map(Path::to_owned).unwrap_or_default()
    }

    /// A place in it for what is kept from one run to the next.
    pub(crate) fn scratch(&self, name: &str) -> PathBuf {
        self.target().join("bench-pulumi").join(name)
    }

    /// The one of this name.
    pub(crate) fn get(&self, name: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        ensure!(
            path.is_file(),
            "there is no {}: `cargo xtask bench` builds what is measured, and measures it",
            path.display()
        );
        Ok(path)
    }
}
