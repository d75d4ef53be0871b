//! Why an invocation gave no response.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::Exit;

/// Why an invocation gave no response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvokeError {
    /// The function itself reported a failure.
    #[error("the function failed: {error_type}: {message}")]
    FunctionError {
        /// `errorType`, as the function gave it.
        error_type: String,
        /// `errorMessage`, exactly as the function gave it.
        message: String,
        /// `stackTrace`, often empty.
        stack_trace: Vec<String>,
    },

    /// The process ended while it handled the invocation.
    #[error("Runtime exited with error: {exit}{}", Tail(stderr))]
    Crashed {
        /// How the process ended.
        exit: Exit,
        /// The last lines that it wrote to stderr in this invocation, oldest first.
        stderr: Vec<String>,
    },

    /// The function's time was up; its process was killed.
    #[error("Task timed out after {:.2} seconds", after.as_secs_f64())]
    TimedOut {
        /// The function's time limit.
        after: Duration,
    },

    /// The process that was started for the invocation never asked for one.
    #[error("the function did not start: {cause}{}", Tail(stderr))]
    InitFailed {
        /// What went wrong.
        cause: InitFailure,
        /// The last lines that the process wrote to stderr, oldest first.
        stderr: Vec<String>,
    },

    /// The process could not be started at all.
    #[error("could not start {}", path.display())]
    Spawn {
        /// The binary.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },

    /// The event is larger than Lambda takes.
    #[error(
        "Request must be smaller than {limit} bytes for the InvokeFunction operation, it has {size}"
    )]
    PayloadTooLarge {
        /// The event's size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },

    /// All processes are busy, and as many invocations wait as may, or this one has waited for as long as it may.
    #[error("Rate exceeded: {processes} processes are busy and {queued} invocations wait for one")]
    Throttled {
        /// How many processes there are.
        processes: usize,
        /// How many invocations wait.
        queued: usize,
    },

    /// A text of [`InvokeOptions`](crate::InvokeOptions) cannot be an HTTP header, as which the process would get it.
    #[error("the {what} of the invocation has characters that a header cannot have")]
    InvalidContext {
        /// Which of the texts.
        what: &'static str,
    },

    /// The function is being removed, or the pool shut down.
    #[error("the function is shutting down")]
    ShuttingDown,
}

impl InvokeError {
    /// The error type under which Lambda would report this.
    pub fn error_type(&self) -> &str {
        match self {
            InvokeError::FunctionError { error_type, .. }
            | InvokeError::InitFailed {
                cause: InitFailure::Reported { error_type, .. },
                ..
            } => error_type,
            InvokeError::Crashed { .. }
            | InvokeError::InitFailed {
                cause: InitFailure::Exited { .. },
                ..
            } => "Runtime.ExitError",
            InvokeError::TimedOut { .. }
            | InvokeError::InitFailed {
                cause: InitFailure::TimedOut { .. },
                ..
            } => "Sandbox.Timedout",
            InvokeError::Spawn { .. } => "Runtime.InvalidEntrypoint",
            InvokeError::PayloadTooLarge { .. } => "RequestEntityTooLargeException",
            InvokeError::Throttled { .. } => "TooManyRequestsException",
            InvokeError::InvalidContext { .. } => "InvalidRequestContentException",
            InvokeError::ShuttingDown => "ServiceException",
        }
    }
}

/// Why a process never asked for an invocation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InitFailure {
    /// It ended before.
    #[error("Runtime exited without providing a reason: {exit}")]
    Exited {
        /// How it ended.
        exit: Exit,
    },
    /// It said so itself, by `POST …/init/error`.
    #[error("{error_type}: {message}")]
    Reported {
        /// `errorType`, as the function gave it.
        error_type: String,
        /// `errorMessage`, as the function gave it.
        message: String,
    },
    /// It took longer than it may.
    #[error("Init timed out after {:.2} seconds", after.as_secs_f64())]
    TimedOut {
        /// The limit.
        after: Duration,
    },
}

/// The end of a message: what the process had to say last, one line below the other.
struct Tail<'a>(&'a [String]);

impl fmt::Display for Tail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}
