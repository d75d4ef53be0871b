//! What is in a file or a folder, told by its hash.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What is never part of a package's sources.
const NOT_SOURCES: [&str; 3] = [".git", "node_modules", "target"];

/// The SHA-256 of what is there; nothing if nothing is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content(Option<String>);

/// What is at `path`: a file's bytes, or all that a folder holds.
pub(crate) fn content(path: &Path) -> Content {
    Content(hash(path).map(|hash| hash.iter().map(|byte| format!("{byte:02x}")).collect()))
}

fn hash(path: &Path) -> Option<Vec<u8>> {
    let mut hasher = Sha256::new();
    if path.is_dir() {
        let entries = fs::read_dir(path).ok()?.flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
        names.retain(|name| !NOT_SOURCES.iter().any(|other| name == other));
        names.sort();
        for name in names {
            let below = hash(&path.join(&name)).unwrap_or_default();
            hasher.update(Sha256::digest(name.as_encoded_bytes()));
            hasher.update(Sha256::digest(below));
        }
    } else {
        hasher.update(fs::read(path).ok()?);
    }
    Some(hasher.finalize().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_changes_with_what_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("inner")).unwrap();
        fs::write(path("inner/a"), "1").unwrap();
        let before = content(folder.path());
        assert_eq!(content(folder.path()), before);

        fs::write(path("inner/a"), "2").unwrap();
        assert_ne!(content(folder.path()), before);
        fs::write(path("inner/a"), "1").unwrap();
        assert_eq!(content(folder.path()), before);

        fs::rename(path("inner/a"), path("inner/b")).unwrap();
        assert_ne!(content(folder.path()), before);
    }

    #[test]
    fn what_is_not_there_differs_from_what_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let missing = content(&path);
        fs::write(&path, "").unwrap();
        assert_ne!(content(&path), missing);
    }
}
