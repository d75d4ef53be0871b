//! How far a program came, by its own account.
//!
//! To an engine, exit code 0 says that all is declared, and what is not is deleted. Programs of the SDK for Rust note
//! when they begin and when they are through, so that one that ended in between is not taken at its exit code. Programs
//! that know nothing of it note nothing, and are.

use std::fs;
use std::path::Path;

use tempfile::TempPath;

use crate::error::Error;

/// The variable that names the file.
pub(crate) const VARIABLE: &str = "PULUMI_RUST_PROGRESS";
/// What the SDK writes when a program begins; something else when it is through.
const BEGUN: &str = "begun";

/// The file in which one program says how far it is. It goes when this is dropped.
pub(crate) struct Progress(TempPath);

impl Progress {
    /// A file in which nothing is said yet.
    pub(crate) fn new() -> Result<Self, Error> {
        let file = tempfile::NamedTempFile::new().map_err(Error::Progress)?;
        Ok(Self(file.into_temp_path()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Whether the program has begun and is not through; a file that is gone tells nothing good.
    pub(crate) fn ended_in_the_middle(&self) -> bool {
        fs::read_to_string(&self.0).map_or(true, |noted| noted == BEGUN)
    }
}
