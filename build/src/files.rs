//! Files that are whole or not there, and their times.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tempfile::NamedTempFile;

use crate::error::BuildError;

/// As other files are; temporary ones are their owner's alone. What the user masks stays masked.
const READABLE: u32 = 0o666;

/// Writes a file that others may be reading: they see the old one or the new one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = || {
        let mut file = tempfile::Builder::new()
            .permissions(Permissions::from_mode(READABLE))
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok(())
    };
    written().map_err(BuildError::file(path))
}

/// Writes something as JSON for people and programs.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), BuildError> {
    let text = serde_json::to_vec_pretty(value).map_err(std::io::Error::from);
    let mut text = text.map_err(BuildError::file(path))?;
    text.push(b'\n');
    write(path, &text)
}

/// Removes a file, if there is one.
pub(crate) fn remove(path: &Path) -> Result<(), BuildError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(BuildError::file(path)(error))
        }
        _ => Ok(()),
    }
}

/// Now, by the clock of the file system: the one that the times of files are compared with.
pub(crate) fn now(folder: &Path) -> Result<SystemTime, BuildError> {
    let written = || {
        NamedTempFile::new_in(folder)?
            .as_file()
            .metadata()?
            .modified()
    };
    written().map_err(BuildError::file(folder))
}

/// Whether a file was changed after that. Its time of modification can be set to anything; this one cannot.
pub(crate) fn changed_after(file: &Path, time: SystemTime) -> bool {
    let Ok(metadata) = file.metadata() else {
        return false;
    };
    let seconds = u64::try_from(metadata.ctime()).unwrap_or_default();
    let nanoseconds = u32::try_from(metadata.ctime_nsec()).unwrap_or_default();
    UNIX_EPOCH + Duration::new(seconds, nanoseconds) > time
}
