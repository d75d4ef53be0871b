//! `tidegate:limits`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidegate_core::limits::{self, Limits, Rate};

use super::SettingsError;

/// A rate that is not given is not enforced and costs nothing, but for a guard in the memory of each process. Whoever keeps on
/// after being told when to come back is put out.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct LimitSettings {
    /// How many sessions a user may have at once: a browser tab is one, and one that comes back is the same. Without it there
    /// is no such limit.
    #[schemars(extend("costs" = "a query of the user's sessions for each handshake: {dynamodb.read}"))]
    connections_per_user: Option<u32>,
    /// What happens when a user who has as many comes with one more.
    when_full: WhenFull,
    /// How many channels a connection may join: from 1 to 500.
    subscriptions_per_connection: u32,
    /// How many frames a user may send, over all connections. Pings reach no function and do not count, nor do frames to routes of
    /// your own.
    #[schemars(extend("costs" = "a write for each frame: {dynamodb.write}"))]
    messages: Option<RateSettings>,
    /// How often a user may subscribe, over all connections.
    #[schemars(extend("costs" = "a write for each"))]
    subscribes: Option<RateSettings>,
    /// How many bytes a user may send, over all connections.
    #[schemars(extend("costs" = "a write for each frame"))]
    bytes: Option<RateSettings>,
}

/// What happens with one connection too many.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum WhenFull {
    /// It is refused: the handshake is answered with 429.
    #[default]
    Refuse,
    /// The oldest is told goodbye.
    GoodbyeOldest,
}

/// So many in so many seconds, and so many at once.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RateSettings {
    /// How many.
    count: u32,
    /// In how many seconds.
    #[serde(default = "one")]
    per_seconds: u32,
    /// How many at once, after a while without any; `count`, where it is not given.
    burst: Option<u32>,
}

const fn one() -> u32 {
    1
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            connections_per_user: None,
            when_full: WhenFull::default(),
            subscriptions_per_connection: Limits::SUBSCRIPTIONS,
            messages: None,
            subscribes: None,
            bytes: None,
        }
    }
}

impl RateSettings {
    pub(super) fn rate(self) -> Rate {
        let Self {
            count,
            per_seconds,
            burst,
        } = self;
        Rate {
            count,
            per_seconds,
            burst,
        }
    }
}

impl LimitSettings {
    /// What functions are told.
    pub(crate) fn rules(&self) -> Limits {
        let Self {
            connections_per_user,
            when_full,
            subscriptions_per_connection,
            messages,
            subscribes,
            bytes,
        } = *self;
        Limits {
            connections_per_user,
            when_full: match when_full {
                WhenFull::Refuse => limits::WhenFull::Refuse,
                WhenFull::GoodbyeOldest => limits::WhenFull::GoodbyeOldest,
            },
            subscriptions_per_connection,
            messages: messages.map(RateSettings::rate),
            subscribes: subscribes.map(RateSettings::rate),
            bytes: bytes.map(RateSettings::rate),
        }
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        match self.rules().problem() {
            None => Ok(()),
            Some((key, problem)) => Err(SettingsError::Limit { key, problem }),
        }
    }
}
