//! When and in which trace an event is handled.

use std::fmt;
use std::time::Duration;

use tidegate_core::fanout::Circumstances;

use crate::edge::Edge;
use crate::serve::Invoked;

/// When and in which trace an event is handled, and how ids are made then.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// Now, in epoch milliseconds.
    pub now_ms: u64,
    /// When the answer must be there, in epoch milliseconds.
    pub deadline_ms: u64,
    /// A random number from 0 to 1, by which waits differ.
    pub jitter: f64,
    /// The trace of the invocation, as its header.
    pub trace: Option<&'a str>,
    /// Makes an id that is unique everywhere, out of the time in epoch milliseconds.
    pub new_id: &'a (dyn Fn(u64) -> String + Send + Sync),
    /// A clock that never goes back, for how long something took.
    pub uptime: &'a (dyn Fn() -> Duration + Send + Sync),
    /// What time it is after something took its time, in epoch milliseconds.
    pub clock: &'a (dyn Fn() -> u64 + Send + Sync),
}

impl<'a> Moment<'a> {
    /// This moment of an invocation.
    #[must_use]
    pub fn of(invoked: &'a Invoked) -> Self {
        Self {
            now_ms: Edge::now_ms(),
            deadline_ms: invoked.deadline_ms,
            jitter: Edge::jitter(),
            trace: invoked.trace.as_deref(),
            new_id: &Edge::id,
            uptime: &Edge::uptime,
            clock: &Edge::now_ms,
        }
    }

    /// What the domain is told of it.
    #[must_use]
    pub const fn circumstances(&self) -> Circumstances<'a> {
        Circumstances {
            now_ms: self.now_ms,
            deadline_ms: self.deadline_ms,
            jitter: self.jitter,
            trace: self.trace,
        }
    }

    /// A new id.
    #[must_use]
    pub fn id(&self) -> String {
        (self.new_id)(self.now_ms)
    }
}

impl fmt::Debug for Moment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moment")
            .field("now_ms", &self.now_ms)
            .field("deadline_ms", &self.deadline_ms)
            .finish_non_exhaustive()
    }
}
