//! The folder that keeps a cloud. Several providers may work on it at once: one waits for the other.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use thiserror::Error;

use super::journal::Entry;
use super::record::Cloud;
use super::{Faults, Verb};

const STATE: &str = "cloud.json";
const JOURNAL: &str = "operations.jsonl";
const FAULTS: &str = "fail.json";
const LOCK: &str = "lock";

/// The folder cannot be worked with.
#[derive(Debug, Error)]
pub(crate) enum FolderError {
    /// A file cannot be read or written.
    #[error("{}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A file has something else in it than it should have.
    #[error("{} cannot be understood", path.display())]
    Json {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
}

/// A folder that keeps a cloud.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

/// The cloud, while nobody else works on it.
#[derive(Debug)]
pub(crate) struct Session {
    folder: Folder,
    /// What there is. [`Session::save`] keeps it.
    pub(crate) cloud: Cloud,
    /// What goes wrong.
    pub(crate) faults: Faults,
    /// Let go when the session ends.
    _lock: File,
}

impl Folder {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// What goes wrong, without waiting for anybody.
    pub(crate) fn faults(&self) -> Result<Faults, FolderError> {
        self.read(FAULTS)
    }

    /// Waits for the others, and reads what there is.
    pub(crate) fn open(&self) -> Result<Session, FolderError> {
        fs::create_dir_all(&self.0).map_err(|source| self.io("", source))?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let lock = options.open(self.0.join(LOCK));
        let lock = lock.map_err(|source| self.io(LOCK, source))?;
        lock.lock().map_err(|source| self.io(LOCK, source))?;
        Ok(Session {
            folder: self.clone(),
            cloud: self.read(STATE)?,
            faults: self.faults()?,
            _lock: lock,
        })
    }

    /// Reads a file; what is not there is empty.
    fn read<T: DeserializeOwned + Default>(&self, name: &str) -> Result<T, FolderError> {
        let text = match fs::read(self.0.join(name)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(T::default()),
            Err(source) => return Err(self.io(name, source)),
        };
        serde_json::from_slice(&text).map_err(|source| self.json(name, source))
    }

    fn io(&self, name: &str, source: io::Error) -> FolderError {
        let path = self.0.join(name);
        FolderError::Io { path, source }
    }

    fn json(&self, name: &str, source: serde_json::Error) -> FolderError {
        let path = self.0.join(name);
        FolderError::Json { path, source }
    }
}

impl Session {
    /// Counts a try of an operation, and gives what it is to fail with.
    pub(crate) fn attempt(&mut self, verb: Verb, type_token: &str) -> Option<String> {
        let tried = self.cloud.attempts.entry(format!("{verb} {type_token}"));
        let nth = tried.or_default();
        *nth += 1;
        let failure = self.faults.failure(verb, type_token, *nth);
        failure.map(str::to_owned)
    }

    /// Keeps the cloud as it is now, and notes what was done.
    pub(crate) fn save(&self, entry: &Entry<'_>) -> Result<(), FolderError> {
        let folder = &self.folder;
        let to_json = |name, json: Result<Vec<u8>, serde_json::Error>| {
            json.map_err(|source| folder.json(name, source))
        };
        let state = to_json(STATE, serde_json::to_vec_pretty(&self.cloud))?;
        // A reader sees the old or the new file, and never a part of one.
        let new = folder.0.join(format!("{STATE}.new"));
        fs::write(&new, state)
            .and_then(|()| fs::rename(&new, folder.0.join(STATE)))
            .map_err(|source| folder.io(STATE, source))?;
        let mut line = to_json(JOURNAL, serde_json::to_vec(entry))?;
        line.push(b'\n');
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.0.join(JOURNAL))
            .and_then(|mut journal| journal.write_all(&line))
            .map_err(|source| folder.io(JOURNAL, source))
    }
}
