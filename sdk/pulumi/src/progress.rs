//! How far a program has come, for the language host that started it.
//!
//! To an engine, a program that ends with exit code 0 has declared all that there is to be, and what it did not declare
//! is deleted. A `process::exit(0)` in the middle, or a `main` that drops the exit code of a failed run, must not pass
//! for that.

use std::fs;
use std::io;
use std::path::Path;

use crate::error::{Error, ErrorKind};

/// What the file holds while the program runs.
const BEGUN: &str = "begun";
/// What it holds once everything is declared.
const DONE: &str = "done";

/// The program has begun.
pub(crate) fn begin(file: Option<&Path>) -> Result<(), Error> {
    note(file, BEGUN)
}

/// All is declared.
pub(crate) fn finish(file: Option<&Path>) -> Result<(), Error> {
    note(file, DONE)
}

fn note(file: Option<&Path>, text: &str) -> Result<(), Error> {
    let written = file.map_or(Ok(()), |file| fs::write(file, text));
    written.map_err(|source: io::Error| ErrorKind::Progress(source).into())
}
