//! What an operation on the cloud needs.

use std::error::Error;

use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::cloud::{Entry, Folder, FolderError, Session, Verb};
use crate::operations::Subject;

/// What an operation on the cloud needs.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) folder: Folder,
    pub(crate) region: String,
    pub(crate) cancelled: CancellationToken,
}

impl Context {
    /// The cloud, once nobody else works on it.
    pub(crate) fn open(&self) -> Result<Session, Status> {
        self.folder.open().map_err(|error| broken(&error))
    }

    /// Keeps the cloud as it is now, and notes what was done.
    pub(crate) fn save(&self, session: &Session, entry: &Entry<'_>) -> Result<(), Status> {
        session.save(entry).map_err(|error| broken(&error))
    }

    /// Takes the time that a test wants the operation to take. An interrupted engine does not wait for the end.
    pub(crate) async fn delay(&self, verb: Verb, urn: &str) -> Result<(), Status> {
        let interrupted =
            || Status::cancelled(format!("the {verb} was interrupted before it began"));
        if self.cancelled.is_cancelled() {
            return Err(interrupted());
        }
        let faults = self.folder.faults().map_err(|error| broken(&error))?;
        let Some(delay) = faults.delay(verb, Subject::of_urn(urn).type_token) else {
            return Ok(());
        };
        tokio::select! {
            () = tokio::time::sleep(delay) => Ok(()),
            () = self.cancelled.cancelled() => Err(interrupted()),
        }
    }
}

/// The folder of the cloud cannot be worked with.
fn broken(error: &FolderError) -> Status {
    let mut text = format!("the cloud's folder cannot be used: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    Status::internal(text)
}
