//! The end of a connection, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The last frame before the server ends the connection: API Gateway lets no close code be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Goodbye {
    /// Why.
    pub reason: GoodbyeReason,
    /// Whether to come back at all.
    pub reconnect: bool,
    /// Not before this, in milliseconds from now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// And then at a random time within this window, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_ms: Option<u64>,
}

impl Goodbye {
    /// The goodbye for this reason, as it is meant.
    #[must_use]
    pub const fn because(reason: GoodbyeReason) -> Self {
        let (reconnect, retry_after_ms) = match reason {
            // With a new token, or at the same place as before.
            GoodbyeReason::Expired | GoodbyeReason::Drain => (true, None),
            GoodbyeReason::Flood => (true, Some(30_000)),
            _ => (false, None),
        };
        Self {
            reason,
            reconnect,
            retry_after_ms,
            window_ms: None,
        }
    }
}

/// Why the server ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum GoodbyeReason {
    /// The token has ended: connect again with a new one.
    Expired,
    /// The user's sessions were revoked.
    Revoked,
    /// An operator ended the connection.
    Kicked,
    /// A newer connection of the same session took its place.
    Replaced,
    /// A newer session of the same user took its place.
    TooManyConnections,
    /// It sent more than is allowed, and kept on.
    Flood,
    /// The service is being changed: come back within the window.
    Drain,
    /// A reason that this version does not know.
    #[serde(other)]
    Unknown,
}
