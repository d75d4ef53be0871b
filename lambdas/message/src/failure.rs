//! Why a frame was not done, in terms of what its sender is told.

use std::time::Duration;

use tidegate_core::broker::{
    HistoryError, PresenceError, PublishError, RefreshError, SubscribeError,
};
use tidegate_core::downstream::retry_after;
use tidegate_core::limits::RetryAfter;
use tidegate_core::protocol::{ErrorCode, FrameError};
use tidegate_core::store::StoreError;
use tidegate_tokens::TokenError;

/// When to come back, where nobody said: about what a throttle or a restart takes at the least.
const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(crate) enum Failure {
    /// The sender gets an error frame.
    Refused { code: ErrorCode, message: String },
    /// The same, for a frame that could not be understood: nobody was asked who sent it.
    Unreadable { code: ErrorCode, message: String },
    /// It cannot be done now: the sender is told when to try again.
    Later {
        code: ErrorCode,
        message: &'static str,
        retry_after_ms: u64,
    },
    /// The sender sent too much: it is told when to try again, and one that keeps on is put out.
    TooFast(RetryAfter),
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

    pub(crate) fn not_connected() -> Self {
        Self::refused(
            ErrorCode::NotConnected,
            "this connection is not registered any more: connect again",
        )
    }

    /// What the invocation's log line says, and whose fault it is.
    pub(crate) const fn kind(&self) -> Kind {
        match self {
            // The sender is told to try again, but it is we who could not.
            Self::Later {
                code: code @ ErrorCode::Unavailable,
                ..
            } => Kind::Error(code.as_str()),
            Self::Refused { code, .. }
            | Self::Unreadable { code, .. }
            | Self::Later { code, .. } => Kind::Refusal(code.as_str()),
            Self::TooFast(_) => Kind::Refusal(ErrorCode::RateLimited.as_str()),
            Self::Expired => Kind::Refusal("expired"),
            Self::Broken(_) => Kind::Error("broken"),
        }
    }

    fn unavailable(message: &'static str, after: Option<Duration>) -> Self {
        let after = after.unwrap_or(RETRY_AFTER).as_millis();
        Self::Later {
            code: ErrorCode::Unavailable,
            message,
            retry_after_ms: u64::try_from(after).unwrap_or(u64::MAX),
        }
    }
}

impl From<FrameError> for Failure {
    fn from(error: FrameError) -> Self {
        Self::Unreadable {
            code: ErrorCode::BadFrame,
            message: error.to_string(),
        }
    }
}

impl From<RetryAfter> for Failure {
    fn from(later: RetryAfter) -> Self {
        Self::TooFast(later)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        // What stands in the error is for us.
        match error {
            StoreError::Corrupt { .. } => Self::Broken(error.to_string()),
            StoreError::Throttled { .. } => Self::unavailable(
                "more is asked of the service than it can do now: try again",
                retry_after(&error),
            ),
            _ => Self::unavailable(
                "something behind the service does not answer: try again",
                retry_after(&error),
            ),
        }
    }
}

impl From<SubscribeError> for Failure {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::Store(error) => error.into(),
            SubscribeError::Forbidden(error) => {
                Self::refused(ErrorCode::Forbidden, error.to_string())
            }
            SubscribeError::TooMany(_) | SubscribeError::TooLong => {
                Self::refused(ErrorCode::TooManySubscriptions, error.to_string())
            }
            _ => Self::not_connected(),
        }
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Store(error) => error.into(),
            PublishError::Forbidden(error) => {
                Self::refused(ErrorCode::Forbidden, error.to_string())
            }
            PublishError::TooLarge { .. } => Self::refused(ErrorCode::TooLarge, error.to_string()),
            PublishError::TooFast(later) => later.into(),
            PublishError::Busy(RetryAfter(retry_after_ms)) => Self::Later {
                code: ErrorCode::Busy,
                message: "too many publish in the channel at once: try again",
                retry_after_ms,
            },
            _ => Self::not_connected(),
        }
    }
}

impl From<HistoryError> for Failure {
    fn from(error: HistoryError) -> Self {
        match error {
            HistoryError::Store(error) => error.into(),
            HistoryError::Forbidden(error) => {
                Self::refused(ErrorCode::Forbidden, error.to_string())
            }
            _ => Self::refused(ErrorCode::NoHistory, error.to_string()),
        }
    }
}

impl From<PresenceError> for Failure {
    fn from(error: PresenceError) -> Self {
        match error {
            PresenceError::Store(error) => error.into(),
            PresenceError::Forbidden(error) => {
                Self::refused(ErrorCode::Forbidden, error.to_string())
            }
            PresenceError::Cursor => Self::refused(ErrorCode::BadFrame, error.to_string()),
            _ => Self::refused(ErrorCode::NoPresence, error.to_string()),
        }
    }
}

impl From<RefreshError> for Failure {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Store(error) => error.into(),
            RefreshError::WrongUser => Self::refused(ErrorCode::WrongUser, error.to_string()),
            RefreshError::Outdated => Self::refused(ErrorCode::BadToken, error.to_string()),
            _ => Self::not_connected(),
        }
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Keys(_) => Self::unavailable(
                "the issuer of the token cannot be asked for its keys now: try again",
                retry_after(&error),
            ),
            error => Self::refused(ErrorCode::BadToken, error.to_string()),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(error.to_string())
    }
}
