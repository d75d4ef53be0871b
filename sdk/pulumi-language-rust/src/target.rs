//! Which executable of which package is the program.

use std::path::Path;

use cargo_metadata::{Metadata, Package};

use crate::error::{Error, closest};
use crate::options::Options;

/// An executable that cargo can build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) package: String,
    pub(crate) executable: String,
    /// Whether no other package of the workspace has an executable of this name.
    pub(crate) unique: bool,
}

impl Target {
    /// The program's.
    ///
    /// # Errors
    /// When there is none, or no saying which.
    pub(crate) fn of(
        metadata: &Metadata,
        manifest: &Path,
        options: &Options,
    ) -> Result<Self, Error> {
        let package = package(metadata, manifest, options)?;
        let executable = executable(package)?;
        let members = metadata.workspace_packages();
        let mut others = members.iter().filter(|other| other.id != package.id);
        Ok(Self {
            package: package.name.to_string(),
            unique: !others.any(|other| executables(other).contains(&executable)),
            executable,
        })
    }
}

/// The program's package: the one that is named, or the one of this manifest, or the only one that can be run.
///
/// # Errors
/// When there is no such package, or no saying which.
pub(crate) fn package<'a>(
    metadata: &'a Metadata,
    manifest: &Path,
    options: &Options,
) -> Result<&'a Package, Error> {
    let members = metadata.workspace_packages();
    let runnable = members
        .iter()
        .filter(|member| !executables(member).is_empty());
    if let Some(wanted) = &options.package {
        let found = members.iter().find(|member| member.name == *wanted);
        return found.copied().ok_or_else(|| {
            let names = members.iter().map(|member| member.name.as_str());
            let names: Vec<&str> = names.collect();
            Error::UnknownPackage {
                package: wanted.clone(),
                suggestion: closest(wanted, &names),
                known: runnable.map(|member| member.name.to_string()).collect(),
            }
        });
    }
    let own = members
        .iter()
        .find(|member| same(member.manifest_path.as_std_path(), manifest));
    if let Some(own) = own {
        return Ok(own);
    }
    let runnable: Vec<_> = runnable.collect();
    match runnable.as_slice() {
        [only] => Ok(only),
        [] => Err(Error::NothingToRun),
        several => Err(Error::SeveralPackages {
            packages: several.iter().map(|one| one.name.to_string()).collect(),
        }),
    }
}

fn executable(package: &Package) -> Result<String, Error> {
    if let Some(default) = &package.default_run {
        return Ok(default.clone());
    }
    let executables = executables(package);
    match executables.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Error::NoExecutable {
            package: package.name.to_string(),
        }),
        _ => Err(Error::SeveralExecutables {
            package: package.name.to_string(),
            executables,
        }),
    }
}

fn executables(package: &Package) -> Vec<String> {
    let targets = package.targets.iter().filter(|target| target.is_bin());
    targets.map(|target| target.name.clone()).collect()
}

/// Cargo tells paths without symbolic links.
fn same(one: &Path, other: &Path) -> bool {
    one == other || other.canonicalize().is_ok_and(|other| one == other)
}
