//! What the processes write to stdout and stderr.

mod lines;
mod output;

use std::fmt;
use std::sync::Arc;

pub(crate) use self::output::{Output, Streams};
use crate::RequestId;

/// A line that a process wrote, or that Lambda would write about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The function's name.
    pub function: Arc<str>,
    /// The name of the log stream: one for each environment.
    pub log_stream: Arc<str>,
    /// Where the line was written.
    pub stream: LogStream,
    /// The invocation in which it was written; none while the process starts.
    pub request_id: Option<RequestId>,
    /// The line, without its end. A line of more than 256 KiB comes in pieces.
    pub text: String,
    /// When it was read, in milliseconds since the Unix epoch.
    pub at_ms: u64,
}

/// Where a line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogStream {
    /// By the process to its standard output.
    Stdout,
    /// By the process to its standard error.
    Stderr,
    /// By the pool, as Lambda does it: that a process crashed, or ran out of time.
    Platform,
}

/// Takes the lines.
///
/// The lines of an invocation are here before its caller has the response. The price is that this runs on the way of
/// the response: it must hand the line on and return.
pub trait LogSink: Send + Sync + 'static {
    /// Takes one line. Must not block.
    fn line(&self, line: LogLine);
}

/// A sink shared by all functions of a pool.
pub type SharedLogSink = Arc<dyn LogSink>;

impl<F: Fn(LogLine) + Send + Sync + 'static> LogSink for F {
    fn line(&self, line: LogLine) {
        self(line);
    }
}

impl fmt::Debug for dyn LogSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogSink")
    }
}

/// A sink that forgets the lines.
pub fn discard() -> SharedLogSink {
    Arc::new(|_line: LogLine| {})
}
