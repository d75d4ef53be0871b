//! Why a request was not done, in terms of what its sender is told.

use std::time::Duration;

use tidegate_core::protocol::ErrorCode;

/// When to come back, where nobody said: about what a throttle or a restart takes at the least.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What the sender of a request is told instead of a reply: an error frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) retry_after_ms: Option<u64>,
    pub(crate) fatal: bool,
    pub(crate) fault: Fault,
}

/// Whose fault it is: the errors of a stack are what its alarms are about, and its refusals are as they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Callers,
    Ours,
}

impl Refusal {
    /// What was asked for may not be had. `code` is for programs: stable, small letters with `_`, and part of the log line.
    /// `message` is for people: what was wrong, and what to do; it is not logged.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_ms: None,
            fatal: false,
            fault: Fault::Callers,
        }
    }

    /// The user may not do this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::of_the_protocol(ErrorCode::Forbidden, message)
    }

    /// Something that the route needs does not answer: the sender is told to try again in a second, and it counts as an
    /// error of ours.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::unavailable_for(None)
    }

    /// The same, with when it is worth coming back.
    pub(crate) fn unavailable_for(after: Option<Duration>) -> Self {
        let after = after.unwrap_or(RETRY_AFTER).as_millis();
        let message = "something behind the service does not answer: try again";
        let refusal = Self::of_the_protocol(ErrorCode::Unavailable, message);
        Self {
            fault: Fault::Ours,
            ..refusal.retry_after_ms(u64::try_from(after).unwrap_or(u64::MAX))
        }
    }

    /// When it may be tried again, in milliseconds from now.
    #[must_use]
    pub const fn retry_after_ms(mut self, milliseconds: u64) -> Self {
        self.retry_after_ms = Some(milliseconds);
        self
    }

    /// One that every route has.
    pub(crate) fn of_the_protocol(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            fatal: code.is_fatal(),
            ..Self::new(code.as_str(), message)
        }
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }
}
