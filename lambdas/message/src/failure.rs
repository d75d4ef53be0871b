//! Why a frame was not done, in terms of what its sender is told.

use std::time::Duration;

use tidegate_core::downstream::retry_after;
use tidegate_core::namespace::Forbidden;
use tidegate_core::protocol::{ErrorCode, FrameError};
use tidegate_core::registry::{RegistryError, SubscribeError};

/// When to come back, where nobody said: about what a throttle or a restart takes at the least.
const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(crate) enum Failure {
    /// The sender gets an error frame.
    Refused { code: ErrorCode, message: String },
    /// It cannot be done now: the sender is told when to try again.
    Unavailable {
        message: &'static str,
        retry_after: Duration,
    },
    /// The sender's token has ended: it is said goodbye to.
    Expired,
    /// The function itself is broken: it fails, and the gateway says so.
    Broken(String),
}

/// What kind of failure it is, with what the log line says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As it should be: what was asked for may not be had.
    Refusal(&'static str),
    /// A fault of ours.
    Error(&'static str),
}

impl Failure {
    pub(crate) fn refused(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Refused {
            code,
            message: message.into(),
        }
    }

    /// What the invocation's log line says, and whose fault it is.
    pub(crate) const fn kind(&self) -> Kind {
        match self {
            // The sender is told to try again, but it is we who could not.
            Self::Unavailable { .. } => Kind::Error(ErrorCode::Unavailable.as_str()),
            Self::Refused { code, .. } => Kind::Refusal(code.as_str()),
            Self::Expired => Kind::Refusal("expired"),
            Self::Broken(_) => Kind::Error("broken"),
        }
    }
}

impl From<FrameError> for Failure {
    fn from(error: FrameError) -> Self {
        Self::refused(ErrorCode::BadFrame, error.to_string())
    }
}

impl From<Forbidden> for Failure {
    fn from(error: Forbidden) -> Self {
        Self::refused(ErrorCode::Forbidden, error.to_string())
    }
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Corrupt { .. } => Self::Broken(error.to_string()),
            // What stands in the error is for us.
            _ => Self::Unavailable {
                message: if matches!(error, RegistryError::Throttled { .. }) {
                    "more is asked of the service than it can do now: try again"
                } else {
                    "something behind the service does not answer: try again"
                },
                retry_after: retry_after(&error).unwrap_or(RETRY_AFTER),
            },
        }
    }
}

impl From<SubscribeError> for Failure {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::Registry(error) => error.into(),
            SubscribeError::TooMany => {
                Self::refused(ErrorCode::TooManySubscriptions, error.to_string())
            }
            _ => Self::refused(ErrorCode::NotConnected, error.to_string()),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(error.to_string())
    }
}
