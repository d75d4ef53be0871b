//! The workspace as cargo sees it, without resolving anything: quick, and no network.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand, Package};

use crate::environment::Environment;

/// The workspace around the current directory.
pub(crate) struct Workspace {
    metadata: Metadata,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn find(environment: &Environment) -> Result<Self> {
        let metadata = MetadataCommand::new()
            .cargo_path(&environment.cargo)
            .no_deps()
            .exec()
            .context("could not read the workspace (`cargo metadata --no-deps`)")?;
        Ok(Self { metadata })
    }

    /// Its topmost folder.
    pub(crate) fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// Where cargo builds, `CARGO_TARGET_DIR` heeded.
    pub(crate) fn target_dir(&self) -> &Path {
        self.metadata.target_directory.as_std_path()
    }

    /// Our own packages.
    pub(crate) fn packages(&self) -> impl Iterator<Item = &Package> {
        self.metadata.workspace_packages().into_iter()
    }

    /// A package's folder from the root, with slashes: `shared/core`.
    pub(crate) fn folder_of(&self, package: &Package) -> String {
        let manifest = package.manifest_path.as_std_path();
        let folder = manifest.parent().unwrap_or(manifest);
        let relative: PathBuf = folder
            .strip_prefix(self.root())
            .unwrap_or(folder)
            .to_path_buf();
        relative
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect::<Vec<_>>()
            .join("/")
    }
}
