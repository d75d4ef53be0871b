//! Generated files on disk.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::{Error, generate};

/// Brings the bindings in a package's folder up to date, or with `check` says whether they are.
///
/// The folder has `schema.json` and `resources.txt`; the bindings are in `src/generated`.
///
/// # Errors
///
/// When the bindings cannot be generated or written; with `check`, [`Error::Drift`] when they are not up to date.
pub fn generate_into(folder: &Path, check: bool) -> Result<(), Error> {
    let schema = read(&folder.join("schema.json"))?;
    let list = read(&folder.join("resources.txt"))?;
    let files = generate(&schema, &list)?;
    let target = folder.join("src/generated");
    if check {
        self::check(&target, &files)
    } else {
        write(&target, &files)
    }
}

/// Makes a folder hold exactly these files; those that already do are not touched.
///
/// # Errors
///
/// When a file cannot be read, written or removed.
pub fn write(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Result<(), Error> {
    let mut present = BTreeMap::new();
    collect(folder, folder, &mut present)?;
    for (path, text) in files {
        if present.remove(path).as_ref() == Some(text) {
            continue;
        }
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(io_error("create", parent))?;
        }
        fs::write(&path, text).map_err(io_error("write", &path))?;
    }
    for path in present.into_keys() {
        let path = folder.join(path);
        fs::remove_file(&path).map_err(io_error("remove", &path))?;
    }
    Ok(())
}

/// Says whether a folder holds exactly these files.
///
/// # Errors
///
/// [`Error::Drift`] with the files that differ, are missing or should not be there; or when a file cannot be read.
pub fn check(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Result<(), Error> {
    let mut present = BTreeMap::new();
    collect(folder, folder, &mut present)?;
    let mut drifted: Vec<_> = files
        .iter()
        .filter(|(path, text)| present.get(*path) != Some(*text))
        .map(|(path, _)| path.clone())
        .collect();
    drifted.extend(present.into_keys().filter(|path| !files.contains_key(path)));
    if drifted.is_empty() {
        Ok(())
    } else {
        Err(Error::Drift { files: drifted })
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, String>) -> Result<(), Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(io_error("read", folder)(source)),
    };
    for entry in entries {
        let path = entry.map_err(io_error("read", folder))?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else {
            let relative = path.strip_prefix(root).unwrap_or(&path).to_owned();
            files.insert(relative, read(&path)?);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(io_error("read", path))
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io {
        action,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(entries: &[(&str, &str)]) -> BTreeMap<PathBuf, String> {
        entries
            .iter()
            .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()))
            .collect()
    }

    fn drift(result: Result<(), Error>) -> Vec<PathBuf> {
        match result {
            Ok(()) => Vec::new(),
            Err(Error::Drift { files }) => files,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn what_was_written_has_not_drifted() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = files(&[("mod.rs", "a"), ("iam/role.rs", "b")]);
        write(folder.path(), &wanted).unwrap();
        assert_eq!(drift(check(folder.path(), &wanted)), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_file_that_changed_is_missing_or_is_left_over_is_drift() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &files(&[("a.rs", "1"), ("old.rs", "1")])).unwrap();
        let wanted = files(&[("a.rs", "2"), ("b.rs", "1")]);
        assert_eq!(
            drift(check(folder.path(), &wanted)),
            ["a.rs", "b.rs", "old.rs"].map(PathBuf::from)
        );
        write(folder.path(), &wanted).unwrap();
        assert_eq!(drift(check(folder.path(), &wanted)), Vec::<PathBuf>::new());
    }
}
