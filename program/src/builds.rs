//! The functions' code: what was built, as the manifest of the builds says.

use std::path::{Path, PathBuf};

use pulumi::{Archive, Asset};
use thiserror::Error;
use tidegate_contract::functions::Function;
use tidegate_contract::manifest::{BuildManifest, MANIFEST_VARIABLE};

/// The builds of all functions.
#[derive(Debug)]
pub(crate) struct Builds {
    manifest: BuildManifest,
    path: PathBuf,
}

/// Why the functions' code is not there.
#[derive(Debug, Error)]
pub(crate) enum BuildsError {
    /// Nobody said where the manifest is.
    #[error(
        "{MANIFEST_VARIABLE} is not set: `tidegate dev` and `tidegate plan` build the functions and set it; with the Pulumi CLI, name a manifest of their executables there (README, \"With the Pulumi CLI\")"
    )]
    Unset,
    /// It cannot be read.
    #[error("the manifest of the builds {} cannot be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// It is no manifest.
    #[error("the manifest of the builds {} is not valid", path.display())]
    Invalid {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    /// It lacks a function.
    #[error("the manifest of the builds {} has no function `{function}`: build again", path.display())]
    Missing { path: PathBuf, function: Function },
}

impl Builds {
    /// Reads the manifest that whoever runs the program made.
    pub(crate) fn load(root: Option<&Path>, manifest: Option<&Path>) -> Result<Self, BuildsError> {
        let manifest = manifest.ok_or(BuildsError::Unset)?;
        let path = root.unwrap_or(Path::new(".")).join(manifest);
        let text = std::fs::read(&path).map_err(|source| BuildsError::Unreadable {
            path: path.clone(),
            source,
        })?;
        let manifest = serde_json::from_slice(&text).map_err(|source| BuildsError::Invalid {
            path: path.clone(),
            source,
        })?;
        Ok(Self { manifest, path })
    }

    /// The code of a function, as Lambda wants it: an archive with an executable `bootstrap`.
    pub(crate) fn archive(&self, function: Function) -> Result<Archive, BuildsError> {
        let bootstrap = self.manifest.bootstrap(function);
        let bootstrap = bootstrap.ok_or_else(|| BuildsError::Missing {
            path: self.path.clone(),
            function,
        })?;
        Ok(Archive::assets([(
            "bootstrap",
            Asset::file(bootstrap.to_string_lossy()),
        )]))
    }
}
