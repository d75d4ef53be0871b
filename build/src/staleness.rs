//! Whether what was built is what would be built now, decided by content.
//!
//! Times of files lie: a checkout, an archive or a cache of a CI may bring an older file than the one that was built.
//! So a build leaves a note of all that it was made from, by hash, and of what it made.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use tidegate_contract::manifest::Zips;

use crate::content::{Content, content};
use crate::error::BuildError;
use crate::files;
use crate::machine::Machine;
use crate::package::sha256;
use crate::sources;

/// Changes when a build would, with the same inputs, make something else.
const FORMAT: &str = "1";

/// What of the environment changes a build: these names, and those that begin with one and an underscore.
const VARIABLES: [&str; 28] = [
    "AR",
    "AWS_LC",
    "CARGO_BUILD",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_INCREMENTAL",
    "CARGO_PROFILE",
    "CARGO_TARGET",
    "CARGO_ZIGBUILD",
    "CC",
    "CFLAGS",
    "CMAKE",
    "CPATH",
    "CPPFLAGS",
    "CXX",
    "CXXFLAGS",
    "C_INCLUDE_PATH",
    "HOST",
    "LDFLAGS",
    "LIBRARY_PATH",
    "NM",
    "PKG_CONFIG",
    "RANLIB",
    "RUSTC",
    "RUSTFLAGS",
    "SDKROOT",
    "SOURCE_DATE_EPOCH",
    "TARGET",
    "ZIG",
];

/// Of those, what says only where and how fast.
const INDIFFERENT: [&str; 3] = [
    "CARGO_BUILD_JOBS",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_TARGET_DIR",
];

/// All that is not a file: what was asked for, the versions of the tools, the environment.
pub(crate) type Conditions = BTreeMap<String, String>;

/// A build, and what it was made from.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    finished: SystemTime,
    conditions: Conditions,
    /// Every file that matters, and what was in it; paths from the workspace's folder where they are in it.
    files: BTreeMap<PathBuf, Content>,
    manifest: Zips,
}

/// The conditions of a build here and now.
pub(crate) fn conditions(
    asked: impl IntoIterator<Item = (&'static str, String)>,
    machine: &Machine,
) -> Conditions {
    let matters = |name: &str| {
        let is = |variable: &str| {
            let rest = name.strip_prefix(variable);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        VARIABLES.into_iter().any(is) && !INDIFFERENT.contains(&name)
    };
    let variables = machine
        .variables()
        .map(|(name, value)| (name.to_string_lossy(), value.to_string_lossy()))
        .filter(|(name, _)| matters(name))
        .map(|(name, value)| (format!("${name}"), value.into_owned()));
    let asked = asked
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    asked
        .chain([("format".to_owned(), FORMAT.to_owned())])
        .chain(variables)
        .collect()
}

impl Note {
    /// The note of the last build that ended well, if there is one that can be read.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// What was built, if it would be built again just so and all of it is still there.
    pub(crate) fn fresh(
        &self,
        root: &Path,
        manifest: &Path,
        conditions: &Conditions,
    ) -> Option<&Zips> {
        let same_inputs = self.conditions == *conditions
            && self
                .files
                .iter()
                .all(|(file, was)| content(&root.join(file)) == *was);
        (same_inputs && self.is_all_there(root, manifest)).then_some(&self.manifest)
    }

    fn is_all_there(&self, root: &Path, manifest: &Path) -> bool {
        let written: Option<Zips> = std::fs::read(manifest)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok());
        let zips = || self.manifest.functions.values();
        written.as_ref() == Some(&self.manifest)
            && zips().all(|zip| {
                let found = std::fs::read(root.join(&zip.zip));
                found.is_ok_and(|bytes| sha256(&bytes) == zip.sha256)
            })
    }

    /// The files that cargo, which goes by time, would not see to have changed.
    pub(crate) fn unnoticed(&self, root: &Path) -> Vec<PathBuf> {
        let files = self.files.iter().map(|(file, was)| (root.join(file), was));
        files
            .filter(|(file, was)| {
                let modified = file.metadata().and_then(|it| it.modified());
                modified.is_ok_and(|modified| modified <= self.finished) && content(file) != **was
            })
            .map(|(file, _)| file)
            .collect()
    }

    /// Notes a build that read all this. Nothing if some of it changed after `began`: then nobody knows what was built.
    pub(crate) fn of(
        inputs: BTreeSet<PathBuf>,
        root: &Path,
        began: SystemTime,
        finished: SystemTime,
        conditions: Conditions,
        manifest: Zips,
    ) -> Option<Self> {
        if inputs.iter().any(|file| files::changed_after(file, began)) {
            return None;
        }
        let files = inputs.into_iter().map(|file| {
            let was = content(&file);
            let name = file.strip_prefix(root).unwrap_or(&file).to_owned();
            (name, was)
        });
        Some(Self {
            finished,
            conditions,
            files: files.collect(),
            manifest,
        })
    }

    /// Leaves the note.
    pub(crate) fn write(&self, path: &Path) -> Result<(), BuildError> {
        files::write_json(path, self)
    }
}

/// All files that the executables were made from, by the dep-info beside them; `generated` holds what build scripts
/// wrote, which follows from the rest.
pub(crate) fn inputs<'a>(
    executables: impl IntoIterator<Item = &'a Path>,
    root: &Path,
    generated: &Path,
    machine: &Machine,
) -> Result<BTreeSet<PathBuf>, BuildError> {
    let mut inputs = sources::configuration(root);
    if let Some(home) = machine.cargo_home() {
        inputs.extend(["config", "config.toml"].map(|file| home.join(file)));
    }
    for executable in executables {
        let dep_info = executable.with_extension("d");
        let text = std::fs::read_to_string(&dep_info).map_err(BuildError::file(&dep_info))?;
        let read = sources::in_dep_info(&text).unwrap_or_default();
        for source in read
            .into_iter()
            .filter(|source| !source.starts_with(generated))
        {
            if let Some(package) = sources::package_of(&source) {
                // Cargo finds these by themselves, so each may come.
                let found = ["Cargo.toml", "build.rs", "src/lib.rs", "src/main.rs"];
                inputs.extend(found.map(|file| package.join(file)));
                // A build script may read anything of its package.
                if package.join("build.rs").is_file() {
                    inputs.insert(package.to_owned());
                }
            }
            inputs.insert(source);
        }
    }
    Ok(inputs)
}

#[cfg(test)]
mod tests;
