//! What was refused, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::RequestId;

/// Something could not be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Error {
    /// The id of the request, where it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<RequestId>,
    /// What kind of error; stable.
    pub code: ErrorCode,
    /// For people: what was wrong and what to do.
    pub message: String,
    /// When it may be tried again, in milliseconds from now; absent where trying again is of no use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Whether the connection is of no more use.
    pub fatal: bool,
}

/// The kinds of errors. Clients branch on these, never on the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The frame is not valid.
    BadFrame,
    /// There is no such action.
    UnknownAction,
    /// The user may not do this in the channel, or there is no such channel.
    Forbidden,
    /// The publication would not fit into a frame with its envelope.
    TooLarge,
    /// The connection has joined as many channels as it may.
    TooManySubscriptions,
    /// More was sent than is allowed: wait.
    RateLimited,
    /// The token of a `refresh` is not accepted.
    BadToken,
    /// The token of a `refresh` is another user's.
    WrongUser,
    /// The channel keeps no history.
    NoHistory,
    /// The channel does not tell who is there.
    NoPresence,
    /// The channel is published in by too many at once: try again.
    Busy,
    /// The connection is not registered any more: connect again.
    NotConnected,
    /// Something behind the service does not answer: try again.
    Unavailable,
    /// A kind that this version does not know.
    #[serde(other)]
    Unknown,
}

impl ErrorCode {
    /// The code as it stands in the frame.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadFrame => "bad_frame",
            Self::UnknownAction => "unknown_action",
            Self::Forbidden => "forbidden",
            Self::TooLarge => "too_large",
            Self::TooManySubscriptions => "too_many_subscriptions",
            Self::RateLimited => "rate_limited",
            Self::BadToken => "bad_token",
            Self::WrongUser => "wrong_user",
            Self::NoHistory => "no_history",
            Self::NoPresence => "no_presence",
            Self::Busy => "busy",
            Self::NotConnected => "not_connected",
            Self::Unavailable => "unavailable",
            Self::Unknown => "unknown",
        }
    }

    /// Whether a connection that is told this is of no more use.
    #[must_use]
    pub const fn is_fatal(self) -> bool {
        matches!(self, Self::NotConnected)
    }
}
