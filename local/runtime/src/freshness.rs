//! Whether what was built is still what cargo would build, found without asking cargo.
//!
//! Cargo takes a fifth of a second to say that there is nothing to do. So a build leaves a note of every file that it
//! read, from cargo's own dep-info; while each is as it was, and so is the environment, there is nothing to do. Whatever
//! is unclear is cargo's to decide.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use tidegate_build::sources;

use crate::build::Built;

/// What of the environment changes a build of the workspace's own crates. What else there is, such as `CC` or a newer
/// toolchain, builds the same sources in another way: the next edit has cargo take it up.
const VARIABLES: [&str; 9] = [
    "CARGO_BUILD_",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_HOME",
    "CARGO_INCREMENTAL",
    "CARGO_PROFILE_",
    "CARGO_TARGET_",
    "RUSTC",
    "RUSTFLAGS",
    "RUSTUP_",
];

/// A build, and what it was made from.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    /// What was asked for: the arguments and the environment.
    request: BTreeMap<String, String>,
    /// Every file or folder that matters, and how it was.
    files: BTreeMap<PathBuf, Option<Stamp>>,
    built: Built,
}

/// What changes when a file does.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    modified: SystemTime,
    bytes: u64,
}

/// The part of the environment that changes a build, and what is built.
pub(crate) fn request(
    arguments: &[String],
    environment: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut request: BTreeMap<String, String> = environment
        .iter()
        .filter(|(name, _)| VARIABLES.iter().any(|prefix| name.starts_with(prefix)))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    request.insert("arguments".to_owned(), arguments.join(" "));
    request
}

/// What the note at `path` says was built, if nothing has changed since.
pub(crate) fn fresh(path: &Path, request: &BTreeMap<String, String>) -> Option<Built> {
    let note: Note = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    let same = note.request == *request
        && note
            .files
            .iter()
            .all(|(file, stamp)| Stamp::of(file) == *stamp);
    same.then_some(note.built)
}

/// Leaves a note of a build that began at `began`. Without one, cargo is asked: so what prevents it does no harm.
pub(crate) fn note(
    path: &Path,
    root: &Path,
    request: BTreeMap<String, String>,
    began: SystemTime,
    built: &Built,
) {
    let Some(files) = files(root, began, built) else {
        // One from before may be about these very files.
        let _ = std::fs::remove_file(path);
        return;
    };
    let note = Note {
        request,
        files,
        built: built.clone(),
    };
    let written = serde_json::to_vec(&note)
        .map_err(std::io::Error::from)
        .and_then(|note| {
            let folder = path.parent().unwrap_or(root);
            std::fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            std::io::Write::write_all(&mut file, &note)?;
            file.persist(path)?;
            Ok(())
        });
    if let Err(error) = written {
        tracing::debug!(%error, path = %path.display(), "cannot note the build");
    }
}

/// All that the build read, if that can be told, and none of it changed while it ran.
fn files(
    root: &Path,
    began: SystemTime,
    built: &Built,
) -> Option<BTreeMap<PathBuf, Option<Stamp>>> {
    let mut read = BTreeSet::new();
    for executable in built.executables() {
        let dep_info = executable.with_extension("d");
        read.extend(sources::in_dep_info(
            &std::fs::read_to_string(dep_info).ok()?,
        )?);
    }
    let mut inputs = sources::configuration(root);
    // A package's folder changes when a file that cargo finds by itself comes or goes, such as `build.rs`.
    for source in &read {
        if source.is_dir() {
            return None;
        }
        if let Some(package) = sources::package_of(source) {
            inputs.insert(package.join("Cargo.toml"));
            inputs.insert(package.to_owned());
        }
    }
    inputs.extend(read);
    let changed = |stamp: &Option<Stamp>| stamp.as_ref().is_some_and(|it| it.modified >= began);
    let mut files: BTreeMap<_, _> = inputs
        .into_iter()
        .map(|file| {
            let stamp = Stamp::of(&file);
            (file, stamp)
        })
        .collect();
    if files.values().any(changed) {
        return None;
    }
    files.extend(
        built
            .executables()
            .map(|file| (file.to_owned(), Stamp::of(file))),
    );
    Some(files)
}

impl Stamp {
    /// How the file is; nothing if it is not there.
    fn of(path: &Path) -> Option<Stamp> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Stamp {
            modified: metadata.modified().ok()?,
            bytes: metadata.len(),
        })
    }
}

#[cfg(test)]
mod tests;
