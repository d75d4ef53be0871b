//! The functions' code: what was built, as the manifest of the builds says.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use pulumi::{Archive, Asset};
use thiserror::Error;
use tidegate_contract::architecture::Architecture;
use tidegate_contract::functions::Function;
use tidegate_contract::manifest::{BuildManifest, MANIFEST_VARIABLE};

/// Where the functions' code comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeSource {
    /// Whoever runs the program has built it: a path from the project's folder.
    Manifest(PathBuf),
    /// It is built now, where it is not up to date.
    Build {
        /// The cargo to call.
        cargo: PathBuf,
    },
}

/// The builds of all functions.
#[derive(Debug)]
pub(crate) struct Builds {
    manifest: BuildManifest,
    /// Where the manifest is, for people.
    place: String,
    architecture: Architecture,
}

/// The code of one function.
#[derive(Debug)]
pub(crate) struct Code {
    /// As Lambda wants it: an archive with an executable `bootstrap`.
    pub(crate) archive: Archive,
    /// What it runs on.
    pub(crate) architecture: Architecture,
    /// Its SHA-256 in base64, if it is uploaded as it is.
    pub(crate) source_code_hash: Option<String>,
}

/// Why the functions' code is not there.
#[derive(Debug, Error)]
pub(crate) enum BuildsError {
    /// The manifest cannot be read.
    #[error("the manifest of the builds {} ({MANIFEST_VARIABLE}) cannot be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// There is no cargo.
    #[error(
        "cannot start {} to build the functions: Rust is at https://rustup.rs, or name the manifest of a build in {MANIFEST_VARIABLE}", cargo.display()
    )]
    NoCargo {
        cargo: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// They cannot be built; the reason has been printed.
    #[error("the functions were not built ({exit}): mend what is said above")]
    NotBuilt { exit: ExitStatus },
    /// It is no manifest.
    #[error("{place} is not valid")]
    Invalid {
        place: String,
        #[source]
        source: serde_json::Error,
    },
    /// It is for another processor.
    #[error(
        "{place} is for {found}, and the stack wants {wanted}: build with `tidegate build --architecture {wanted}`"
    )]
    Architecture {
        place: String,
        found: Architecture,
        wanted: Architecture,
    },
    /// It lacks a function.
    #[error("{place} has no function `{function}`: build again")]
    Missing { place: String, function: Function },
}

impl Builds {
    /// What is built for that architecture; `root` is the project's folder.
    ///
    /// Nothing else of the program runs while it builds: without the code there is nothing to declare.
    pub(crate) fn load(
        root: Option<&Path>,
        source: &CodeSource,
        architecture: Architecture,
    ) -> Result<Self, BuildsError> {
        let root = root.unwrap_or(Path::new("."));
        let (text, place) = match source {
            CodeSource::Manifest(path) => {
                let path = root.join(path);
                let place = format!("the manifest of the builds {}", path.display());
                let text = std::fs::read(&path);
                let text = text.map_err(|source| BuildsError::Unreadable { path, source })?;
                (text, place)
            }
            CodeSource::Build { cargo } => (
                build(root, cargo, architecture)?,
                "the manifest that `tidegate build` prints".to_owned(),
            ),
        };
        let manifest = serde_json::from_slice(&text).map_err(|source| BuildsError::Invalid {
            place: place.clone(),
            source,
        })?;
        if let BuildManifest::Zips(zips) = &manifest
            && zips.architecture != architecture
        {
            return Err(BuildsError::Architecture {
                place,
                found: zips.architecture,
                wanted: architecture,
            });
        }
        Ok(Self {
            manifest,
            place,
            architecture,
        })
    }

    /// The code of a function.
    pub(crate) fn code(&self, function: Function) -> Result<Code, BuildsError> {
        let code = match &self.manifest {
            BuildManifest::Executables(executables) => {
                executables.bootstrap(function).map(|bootstrap| {
                    let bootstrap = Asset::file(bootstrap.to_string_lossy());
                    Code {
                        archive: Archive::assets([("bootstrap", bootstrap)]),
                        architecture: self.architecture,
                        source_code_hash: None,
                    }
                })
            }
            BuildManifest::Zips(zips) => zips.zip(function).map(|built| Code {
                archive: Archive::file(built.zip.to_string_lossy()),
                architecture: zips.architecture,
                source_code_hash: Some(built.sha256.clone()),
            }),
        };
        code.ok_or_else(|| BuildsError::Missing {
            place: self.place.clone(),
            function,
        })
    }
}

/// Builds what is not up to date, and gives the manifest. Progress and compile errors go to standard error as they come.
fn build(root: &Path, cargo: &Path, architecture: Architecture) -> Result<Vec<u8>, BuildsError> {
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--package", "tidegate-build", "--"])
        .args([
            "--if-stale",
            "--json",
            "--architecture",
            architecture.name(),
        ])
        .current_dir(root)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| BuildsError::NoCargo {
            cargo: cargo.to_owned(),
            source,
        })?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(BuildsError::NotBuilt {
            exit: output.status,
        })
    }
}

#[cfg(test)]
mod tests;
