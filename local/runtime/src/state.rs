//! What a runtime keeps in the project's folder: the signing key of the local user pool, which outlives it, and, while
//! it runs, a lock and a note of where it can be reached.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use thiserror::Error;
use tidegate_contract::manifest::Executables;

/// How often, and how far apart, the lock is tried.
const LOCK_ATTEMPTS: u32 = 5;
const LOCK_PAUSE: Duration = Duration::from_millis(2);

/// The folder in which state is kept: `.tidegate` in the project's folder, one below it for each stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDirectory {
    shared: PathBuf,
    stack: PathBuf,
    name: String,
}

/// Where a runtime can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Running {
    /// The process.
    pub pid: u32,
    /// The stack.
    pub stack: String,
    /// Where clients connect: through the distribution, where there is one.
    pub websocket_url: String,
    /// The socket behind the distribution, which clients do not use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_url: Option<String>,
    /// Where the HTTP API is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_url: Option<String>,
    /// Where frames are pushed to connections.
    pub management_url: String,
    /// Who issues tokens.
    pub issuer: String,
    /// For which app client.
    pub client_id: String,
    /// The user pool.
    #[serde(default)]
    pub user_pool_id: String,
    /// The Region that the stack would be in.
    #[serde(default)]
    pub region: String,
    /// Below which the pages to sign in on are; none where the pool has no domain.
    #[serde(default)]
    pub sign_in_url: Option<String>,
    /// Where the tables are.
    pub dynamodb_url: String,
    /// Where the queues are.
    pub sqs_url: String,
    /// What the program exports, as far as it is text and no secret.
    #[serde(default)]
    pub outputs: BTreeMap<String, String>,
    /// Where events are put.
    #[serde(default)]
    pub events_url: String,
}

/// Why state cannot be kept or found.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StateError {
    /// Another runtime runs this stack.
    #[error(
        "the stack `{stack}` is running already{}: stop it first, or run another stack with --stack",
        at(running)
    )]
    Taken {
        /// The stack.
        stack: String,
        /// Where, as far as it has said so.
        running: Option<Box<Running>>,
    },
    /// A file cannot be written or read.
    #[error("{} cannot be used", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Nothing runs.
    #[error(
        "nothing runs the stack `{stack}` on this machine: start it with `tidegate dev`, or name an endpoint with --url"
    )]
    NotRunning {
        /// The stack.
        stack: String,
    },
}

fn at(running: &Option<Box<Running>>) -> String {
    running
        .as_ref()
        .map(|running| format!(" (process {} at {})", running.pid, running.websocket_url))
        .unwrap_or_default()
}

impl StateDirectory {
    /// The folder of a stack, below `parent`.
    #[must_use]
    pub fn new(parent: &Path, stack: &str) -> Self {
        Self {
            shared: parent.to_owned(),
            stack: parent.join(stack),
            name: stack.to_owned(),
        }
    }

    /// Where the signing key is kept.
    #[must_use]
    pub fn signing_key(&self) -> PathBuf {
        self.shared.join("signing-key.pem")
    }

    /// Where a build is noted. It is the project's, whichever stack needed it.
    #[must_use]
    pub fn build_note(&self, release: bool) -> PathBuf {
        let name = if release {
            "built-release.json"
        } else {
            "built-debug.json"
        };
        self.shared.join(name)
    }

    /// Where the manifest of the builds is written.
    #[must_use]
    pub fn manifest(&self) -> PathBuf {
        self.stack.join("builds.json")
    }

    /// The runtime that runs the stack now.
    ///
    /// # Errors
    /// When there is none, or its note cannot be read.
    pub fn running(&self) -> Result<Running, StateError> {
        let not_running = || StateError::NotRunning {
            stack: self.name.clone(),
        };
        // A runtime that was killed leaves its note but not its lock.
        match File::open(self.lock_path()) {
            Ok(lock) => match lock.try_lock_shared() {
                Ok(()) => return Err(not_running()),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(source)) => {
                    return Err(self.file_error(self.lock_path())(source));
                }
            },
            Err(_) => return Err(not_running()),
        }
        let note = std::fs::read(self.note_path()).map_err(|_| not_running())?;
        serde_json::from_slice(&note)
            .map_err(|error| self.file_error(self.note_path())(error.into()))
    }

    /// Takes the stack for this process until what is returned is dropped.
    pub(crate) fn take(&self) -> Result<Taken, StateError> {
        std::fs::create_dir_all(&self.stack).map_err(self.file_error(self.stack.clone()))?;
        let path = self.lock_path();
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let lock = lock.map_err(self.file_error(path.clone()))?;
        for _attempt in 0..LOCK_ATTEMPTS {
            match lock.try_lock() {
                Ok(()) => {
                    return Ok(Taken {
                        lock,
                        directory: self.clone(),
                    });
                }
                // Whoever only looks whether something runs holds it for a moment.
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(source)) => return Err(self.file_error(path)(source)),
            }
        }
        Err(StateError::Taken {
            stack: self.name.clone(),
            running: self.running().ok().map(Box::new),
        })
    }

    /// Writes a manifest for one run of the program, to a file that goes when it is dropped.
    pub(crate) fn scratch_manifest(
        &self,
        manifest: &Executables,
    ) -> Result<NamedTempFile, StateError> {
        let mut file = NamedTempFile::new().map_err(self.file_error(std::env::temp_dir()))?;
        let written =
            serde_json::to_writer(file.as_file_mut(), manifest).map_err(std::io::Error::from);
        written.map_err(self.file_error(file.path().to_owned()))?;
        Ok(file)
    }

    fn lock_path(&self) -> PathBuf {
        self.stack.join("lock")
    }

    fn note_path(&self) -> PathBuf {
        self.stack.join("running.json")
    }

    #[expect(clippy::unused_self, reason = "reads as what it is about")]
    fn file_error(&self, path: PathBuf) -> impl FnOnce(std::io::Error) -> StateError {
        move |source| StateError::File { path, source }
    }
}

/// A stack that this process runs.
#[derive(Debug)]
pub(crate) struct Taken {
    lock: File,
    directory: StateDirectory,
}

impl Taken {
    /// Notes where the runtime can be reached. The note is whole or not there: it is renamed into its place.
    pub(crate) fn note(&self, running: &Running) -> Result<(), StateError> {
        let path = self.directory.note_path();
        let whole = path.with_extension("new");
        let written = serde_json::to_vec_pretty(running)
            .map_err(std::io::Error::from)
            .and_then(|note| std::fs::write(&whole, note))
            .and_then(|()| std::fs::rename(&whole, &path));
        written.map_err(self.directory.file_error(path))
    }

    /// Writes the manifest of the builds.
    pub(crate) fn manifest(&self, manifest: &Executables) -> Result<PathBuf, StateError> {
        let path = self.directory.manifest();
        let written = serde_json::to_vec_pretty(manifest)
            .map_err(std::io::Error::from)
            .and_then(|manifest| std::fs::write(&path, manifest));
        written.map_err(self.directory.file_error(path.clone()))?;
        Ok(path)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // What cannot be removed now says nothing without the lock. The lock's own file stays: removing it would let two
        // processes hold a lock each, one on the old file and one on a new one.
        let _note = std::fs::remove_file(self.directory.note_path());
        let _manifest = std::fs::remove_file(self.directory.manifest());
        let _unlocked = self.lock.unlock();
    }
}
