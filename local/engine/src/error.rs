//! Why a run failed.

use std::fmt::{self, Write as _};
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use thiserror::Error;

/// A run that did not become a deployment.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The engine cannot listen on this machine.
    #[error("the engine cannot listen on 127.0.0.1")]
    Server(#[source] io::Error),
    /// The program cannot be started.
    #[error("cannot start the program {}: has it been built?", binary.display())]
    Spawn {
        /// The executable.
        binary: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The program was started, and cannot be waited for.
    #[error("lost sight of the program {}", binary.display())]
    Wait {
        /// The executable.
        binary: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The configuration cannot be handed to the program.
    #[error("the configuration cannot be handed to the program")]
    Config(#[source] serde_json::Error),
    /// The program ended with a failure.
    #[error("the program failed ({exit}){}", Details { messages, last_lines })]
    ProgramFailed {
        /// How it ended.
        exit: ExitStatus,
        /// The errors that it logged, and refusals of which it said nothing. All have been given to `on_message`.
        messages: Vec<String>,
        /// The last lines that it wrote to its standard error; they have been given to `on_message` too.
        last_lines: Vec<String>,
    },
    /// The program took no notice of what it was refused, or of an error that it logged itself.
    #[error("the deployment failed, although the program ended as if it had not{}", Details { messages, last_lines: &[] })]
    Failed {
        /// The errors that it logged, and refusals of which it said nothing. All have been given to `on_message`.
        messages: Vec<String>,
    },
    /// The program ended without an error, and without having been a Pulumi program.
    #[error(
        "the program ended without registering a stack: is it a Pulumi program, and does its `main` return what `pulumi::run` returns?"
    )]
    ProgramNeverRegistered,
}

/// What is known beyond the bare failure: the messages or, where there are none, what the program wrote last.
struct Details<'a> {
    messages: &'a [String],
    last_lines: &'a [String],
}

impl fmt::Display for Details<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = if self.messages.is_empty() {
            self.last_lines
        } else {
            self.messages
        };
        if lines.is_empty() {
            return Ok(());
        }
        f.write_char(':')?;
        for text in lines {
            for line in text.lines() {
                write!(f, "\n  {line}")?;
            }
        }
        Ok(())
    }
}
