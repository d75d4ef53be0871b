//! What waits in the queues: a publication for some of its receivers.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::channel::Channel;
use crate::connection::{ConnectionId, Endpoint, Shard, Subscriber};

/// A publication on its way to receivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Publication {
    /// The channel.
    pub channel: Channel,
    /// The id that the publication has everywhere. It stands in the frame too: a receiver may get the same publication
    /// twice, and tells by this.
    pub publication_id: String,
    /// When it was accepted, in epoch milliseconds.
    pub accepted_at_ms: u64,
    /// The frame that each receiver gets.
    pub frame: String,
}

/// Whom a slice is for: what a delivery needs of a subscriber, and no more. Whose connection it is, is none of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receiver {
    /// The connection to send to.
    pub connection: ConnectionId,
    /// The API that serves it.
    pub endpoint: Endpoint,
    /// The shard of the channel in which its row is.
    #[serde(default, skip_serializing_if = "Shard::is_first")]
    pub shard: Shard,
    /// When its rights ended as the slice was made, in epoch seconds. A delivery after that is a goodbye, unless its row
    /// has a later end by then.
    pub expires_at: u64,
    /// Since when it receives, in epoch milliseconds.
    pub since_ms: u64,
}

impl From<Subscriber> for Receiver {
    fn from(subscriber: Subscriber) -> Self {
        let Subscriber {
            connection,
            endpoint,
            key: _,
            shard,
            expires_at,
            since_ms,
        } = subscriber;
        Self {
            connection,
            endpoint,
            shard,
            expires_at,
            since_ms,
        }
    }
}

/// A publication for some of its receivers: one message of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Slice {
    /// The form of the message.
    pub version: Version,
    /// What is delivered.
    #[serde(flatten)]
    pub publication: Publication,
    /// To whom.
    pub receivers: Vec<Receiver>,
    /// How often it was tried before for just these receivers. A slice that was given up counts from 0 again: as it is, it
    /// can be put back into the fan-out queue.
    pub attempt: u32,
    /// In the dead-letter queue: why it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<GivenUp>,
}

/// That the receivers of a slice were given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GivenUp {
    /// Why, the last time.
    pub why: Missed,
    /// How often it was tried.
    pub attempts: u32,
    /// When, in epoch milliseconds.
    pub at_ms: u64,
}

/// Why a receiver was not reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Missed {
    /// Its connection, or the account, takes no more for now.
    Throttled,
    /// The management API does not answer, or not in time; or the registry does not say whether its token was refreshed.
    Unavailable,
    /// The time for all of them was over.
    OutOfTime,
    /// The frame is too large for the API.
    TooLarge,
    /// The management API refuses the function.
    Refused,
    /// Nobody said where the management API of its API is.
    UnknownEndpoint,
}

impl Missed {
    /// Whether the same may go well a little later, without anybody's doing.
    #[must_use]
    pub const fn is_passing(self) -> bool {
        match self {
            Self::Throttled | Self::Unavailable | Self::OutOfTime => true,
            Self::TooLarge | Self::Refused | Self::UnknownEndpoint => false,
        }
    }
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Throttled => "throttled",
            Self::Unavailable => "no answer",
            Self::OutOfTime => "out of time",
            Self::TooLarge => "frame too large",
            Self::Refused => "refused",
            Self::UnknownEndpoint => "unknown API",
        })
    }
}

/// The form of a message. A function may meet messages of another commit, which it must not take for its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Version;

/// The only form that there is so far.
const VERSION: u32 = 1;

impl From<Version> for u32 {
    fn from(_: Version) -> Self {
        VERSION
    }
}

impl TryFrom<u32> for Version {
    type Error = UnknownVersion;

    fn try_from(version: u32) -> Result<Self, Self::Error> {
        if version == VERSION {
            Ok(Self)
        } else {
            Err(UnknownVersion(version))
        }
    }
}

/// A message has a form that this commit does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the message has the version {0}, and only {VERSION} can be read here")]
pub struct UnknownVersion(u32);

impl Slice {
    /// A publication for receivers, who were not tried yet.
    #[must_use]
    pub const fn new(publication: Publication, receivers: Vec<Receiver>) -> Self {
        Self {
            version: Version,
            publication,
            receivers,
            attempt: 0,
            given_up: None,
        }
    }

    /// The same for others.
    #[must_use]
    pub fn with(&self, receivers: Vec<Receiver>) -> Self {
        Self {
            version: Version,
            publication: self.publication.clone(),
            receivers,
            attempt: self.attempt,
            given_up: self.given_up,
        }
    }

    /// The same in two halves; none for a slice that has none.
    #[must_use]
    pub fn halves(&self) -> Option<[Self; 2]> {
        let (first, second) = self.receivers.split_at(self.receivers.len() / 2);
        (!first.is_empty()).then(|| [self.with(first.to_vec()), self.with(second.to_vec())])
    }
}
