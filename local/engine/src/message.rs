//! What is told while a program runs.

use std::fmt;
use std::sync::Arc;

use pulumi_gestalt_proto::pulumi::pulumirpc::LogSeverity;

/// Takes messages as they come. It is called from several tasks, and must not block.
pub type OnMessage = Arc<dyn Fn(Message) + Send + Sync>;

/// A message to who watches the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it comes from.
    pub source: Source,
    /// How grave it is.
    pub severity: Severity,
    /// The resource that it is about.
    pub urn: Option<String>,
    /// The text, without a line break at its end.
    pub text: String,
}

/// Where a message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The program gave it to the engine.
    Log,
    /// The engine itself: a refusal of which the program said nothing.
    Engine,
    /// A line of the program's standard output.
    Stdout,
    /// A line of the program's standard error.
    Stderr,
}

/// How grave a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// To be shown only when debugging.
    Debug,
    /// Something to know.
    Info,
    /// Something may be wrong.
    Warning,
    /// The run fails.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl From<LogSeverity> for Severity {
    fn from(severity: LogSeverity) -> Self {
        match severity {
            LogSeverity::Debug => Self::Debug,
            LogSeverity::Info => Self::Info,
            LogSeverity::Warning => Self::Warning,
            LogSeverity::Error => Self::Error,
        }
    }
}
