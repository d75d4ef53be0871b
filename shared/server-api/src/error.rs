//! What an answer says that is none of what was asked for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why something was not done. The status of the answer says the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiError {
    /// What kind of error; stable.
    pub code: ApiErrorCode,
    /// For people: what was wrong and what to do.
    #[serde(default)]
    pub message: String,
    /// When it may be tried again, in milliseconds from now; absent where trying again is of no use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ApiError {
    /// An error that stays one however often it is tried.
    pub fn new(code: ApiErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_ms: None,
        }
    }

    /// An error that may be gone after this time.
    pub fn later(code: ApiErrorCode, message: impl Into<String>, retry_after_ms: u64) -> Self {
        Self {
            retry_after_ms: Some(retry_after_ms),
            ..Self::new(code, message)
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code.as_str())
    }
}

impl std::error::Error for ApiError {}

/// The kinds of errors. Clients branch on these, never on the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ApiErrorCode {
    /// What was asked is not valid: 400.
    BadRequest,
    /// No namespace of the stack has such a channel: 404.
    UnknownChannel,
    /// The channel keeps no history: 404.
    NoHistory,
    /// The publication would not fit into a frame with its envelope, or the request is too long: 413.
    TooLarge,
    /// The channel is published in by too many at once: 429.
    Busy,
    /// Something behind the service does not answer: 503.
    Unavailable,
    /// A kind that this version does not know.
    #[serde(other)]
    Unknown,
}

impl ApiErrorCode {
    /// The code as it stands in the answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::UnknownChannel => "unknown_channel",
            Self::NoHistory => "no_history",
            Self::TooLarge => "too_large",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Unknown => "unknown",
        }
    }

    /// The status of an answer that is this error.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::UnknownChannel | Self::NoHistory => 404,
            Self::TooLarge => 413,
            Self::Busy => 429,
            Self::Unavailable => 503,
            Self::Unknown => 500,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_written_as_it_names_itself_and_a_newer_one_is_known_as_such() {
        for code in [
            ApiErrorCode::BadRequest,
            ApiErrorCode::UnknownChannel,
            ApiErrorCode::NoHistory,
            ApiErrorCode::TooLarge,
            ApiErrorCode::Busy,
            ApiErrorCode::Unavailable,
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!((400..600).contains(&code.status()));
        }
        let newer: ApiError = serde_json::from_str(r#"{"code":"asleep","message":"m"}"#).unwrap();
        assert_eq!(newer.code, ApiErrorCode::Unknown);
    }
}
