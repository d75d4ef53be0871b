//! How the command ends.

use std::fmt;
use std::io;
use std::process::ExitCode;

use anstream::eprintln;

use crate::aws::AwsRefusal;
use crate::output::{BOLD, ERROR};

/// The server refused what was asked: a token, a channel, a limit.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// `tidegate plan | head` ends when `head` has seen enough.
fn reader_is_gone(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    kind == Some(io::ErrorKind::BrokenPipe)
}

/// Says what went wrong, with everything behind it, and gives the exit code.
pub(crate) fn exit_code(done: anyhow::Result<()>) -> ExitCode {
    let Err(error) = done else {
        return ExitCode::SUCCESS;
    };
    if reader_is_gone(&error) {
        return ExitCode::SUCCESS;
    }
    eprintln!("{ERROR}error{ERROR:#}: {BOLD}{error}{BOLD:#}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
    if error.is::<Refused>() || error.is::<AwsRefusal>() {
        ExitCode::from(3)
    } else {
        ExitCode::FAILURE
    }
}
