//! Why a request was not done, in terms of what its sender is told.

use std::time::Duration;

use tidegate_contract::http::UnknownTarget;
use tidegate_core::broker::{HistoryError, LookError, PublishError};
use tidegate_core::downstream::retry_after;
use tidegate_core::limits::RetryAfter;
use tidegate_core::namespace::Forbidden;
use tidegate_core::store::StoreError;
use tidegate_server_api::{ApiError, ApiErrorCode};

/// When to come back, where nobody said: about what a throttle or a restart takes at the least.
const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(crate) enum Failure {
    /// The sender is told.
    Refused(ApiError),
    /// The function itself is broken: it fails, and API Gateway says so.
    Broken(String),
}

impl Failure {
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::Refused(ApiError::new(ApiErrorCode::BadRequest, message))
    }

    /// For the log line.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::Refused(error) => error.code.as_str(),
            Self::Broken(_) => "broken",
        }
    }

    fn unavailable(message: &str, after: Option<Duration>) -> Self {
        let after = after.unwrap_or(RETRY_AFTER).as_millis();
        let after = u64::try_from(after).unwrap_or(u64::MAX);
        Self::Refused(ApiError::later(ApiErrorCode::Unavailable, message, after))
    }

    /// There was no time left for it.
    pub(crate) fn late() -> Self {
        Self::unavailable(
            "there was no time left for it: try again, with a `key` so that nothing is published twice",
            None,
        )
    }
}

impl From<UnknownTarget> for Failure {
    fn from(error: UnknownTarget) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<Forbidden> for Failure {
    /// Whoever signs may do everything: all that can be missing is the namespace.
    fn from(_: Forbidden) -> Self {
        Self::Refused(ApiError::new(
            ApiErrorCode::UnknownChannel,
            "the stack has no namespace for this channel: `namespaces` of its configuration names those that there are",
        ))
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

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Store(error) => error.into(),
            PublishError::Forbidden(error) => error.into(),
            PublishError::TooLarge { .. } => {
                Self::Refused(ApiError::new(ApiErrorCode::TooLarge, error.to_string()))
            }
            PublishError::Busy(RetryAfter(after)) | PublishError::TooFast(RetryAfter(after)) => {
                let message = "too many publish in the channel at once: try again";
                Self::Refused(ApiError::later(ApiErrorCode::Busy, message, after))
            }
            // Only of connections, and a backend is none.
            error => Self::Broken(error.to_string()),
        }
    }
}

impl From<HistoryError> for Failure {
    fn from(error: HistoryError) -> Self {
        match error {
            HistoryError::Store(error) => error.into(),
            HistoryError::Forbidden(error) => error.into(),
            error => Self::Refused(ApiError::new(ApiErrorCode::NoHistory, error.to_string())),
        }
    }
}

impl From<LookError> for Failure {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Store(error) => error.into(),
            LookError::Forbidden(error) => error.into(),
            LookError::Cursor => Self::bad_request(error.to_string()),
        }
    }
}
