//! Connections, sessions and subscriptions as they are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::channel::{Channel, ChannelError};
use crate::rights::Rights;

/// How many connections a session may have: two while one takes over from the other.
pub const MAX_CONNECTIONS: usize = 2;

/// How long a session's item may become by the names of places, in bytes: an item can have 400 KB, and what is left is for
/// connections that come and go, and for subscriptions that are under way at the same time.
pub const MOST_SESSION_BYTES: usize = 300 * 1_024;
/// From which length on a session's item is not left to grow by what has ended, in bytes: each write costs as much as it is
/// long.
pub const LARGE_SESSION_BYTES: usize = 64 * 1_024;

/// The id that API Gateway gave a connection. Opaque, and not safe in a URL as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(String);

impl ConnectionId {
    /// The id `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as API Gateway wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The API that serves a connection: the id that API Gateway gave the WebSocket API (`apiId` of an event's context). A
/// stack may have several, and a connection is reached only through its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Endpoint(String);

impl Endpoint {
    /// The API with the id `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as API Gateway wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a session's item is: the authorizer's context carries both parts to every later event, so that no look-up by
/// connection is ever needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionKey {
    /// The subject of the user's token.
    pub user: String,
    /// The session of that user.
    pub session: String,
}

/// One part of a channel's subscribers. A small channel has only the first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Shard(pub u32);

impl Shard {
    /// Into how many shards a channel is cut at most.
    pub const MOST: u32 = 64;

    /// The shard of a connection in a channel that is cut into `shards`: a power of two. One that was cut into fewer put
    /// it into one of the same shards.
    #[must_use]
    pub fn of(connection: &ConnectionId, shards: u32) -> Self {
        // FNV-1a: all that is needed is that it is the same in every build, and even.
        let hash = connection
            .as_str()
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| {
                (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
            });
        Self((hash ^ (hash >> 16)) & (shards.next_power_of_two() - 1))
    }
}

impl Shard {
    /// Whether it is the one that every channel has.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Where a subscription is: a channel, and the shard of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The channel.
    pub channel: Channel,
    /// The shard.
    pub shard: Shard,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shard {
            Shard(0) => write!(f, "{}", self.channel),
            shard => write!(f, "{}#{shard}", self.channel),
        }
    }
}

impl FromStr for Place {
    type Err = ChannelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (channel, shard) = match text.rsplit_once('#') {
            Some((channel, shard)) => (channel, shard.parse().map_err(|_| ChannelError::Name)?),
            None => (text, 0),
        };
        Ok(Self {
            channel: channel.parse()?,
            shard: Shard(shard),
        })
    }
}

/// A connection that wants to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConnection {
    /// The session it belongs to.
    pub key: SessionKey,
    /// Its id.
    pub connection: ConnectionId,
    /// The API that serves it.
    pub endpoint: Endpoint,
    /// What its token allows.
    pub rights: Rights,
    /// Where it gets a place in the same step.
    pub joins: Option<Join>,
}

/// A place that a connection gets as it is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// Where.
    pub place: Place,
    /// Whether its session is then present in the channel.
    pub present: bool,
}

/// A live connection of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// The API that serves it.
    pub endpoint: Endpoint,
    /// Since when, in epoch milliseconds.
    pub since_ms: u64,
}

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What its newest token allows.
    pub rights: Rights,
    /// Its live connections.
    pub connections: BTreeMap<ConnectionId, Connected>,
    /// Its connections that have ended, and since when, in epoch milliseconds.
    pub gone: BTreeMap<ConnectionId, u64>,
    /// The places of each connection, also of those that have ended: their rows may still be there.
    pub places: BTreeMap<ConnectionId, BTreeSet<Place>>,
    /// Where the session is present, and by which connections.
    pub present: BTreeMap<Channel, BTreeSet<ConnectionId>>,
    /// What was used of each rate: the theoretical arrival time of the next, in epoch microseconds.
    pub buckets: BTreeMap<String, u64>,
}

impl Session {
    /// The places of one connection.
    pub fn places_of(&self, connection: &ConnectionId) -> impl Iterator<Item = &Place> {
        self.places.get(connection).into_iter().flatten()
    }

    /// How long its item is, about: in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        // What stands beside a name, at most: its attribute's name, a time, or the length of an element.
        const BESIDE: usize = 48;
        const ELEMENT: usize = 4;
        let channel = |channel: &Channel| channel.as_str().len() + ELEMENT;
        let groups = self.rights.groups.iter().map(|group| group.len() + ELEMENT);
        let live = self.connections.iter();
        let live = live.map(|(id, one)| id.0.len() + one.endpoint.0.len() + BESIDE);
        let gone = self.gone.keys().map(|id| id.0.len() + BESIDE);
        let places = self.places.iter().map(|(id, places)| {
            // A shard is a mark and two digits more.
            let places = places.iter().map(|place| channel(&place.channel) + 3);
            id.0.len() + BESIDE + places.sum::<usize>()
        });
        let present = self.present.iter();
        let present = present.map(|(name, by)| by.len() * channel(name));
        let buckets = self.buckets.keys().map(|name| name.len() + BESIDE);
        let all = groups.chain(live).chain(gone).chain(places);
        all.chain(present).chain(buckets).sum::<usize>() + BESIDE
    }

    /// Whether the session is present in a channel by a connection other than this one.
    #[must_use]
    pub fn is_present_without(&self, connection: &ConnectionId, channel: &Channel) -> bool {
        self.present
            .get(channel)
            .is_some_and(|by| by.iter().any(|other| other != connection))
    }

    /// Whether the session is present in a channel by this connection.
    #[must_use]
    pub fn is_present_by(&self, connection: &ConnectionId, channel: &Channel) -> bool {
        self.present
            .get(channel)
            .is_some_and(|by| by.contains(connection))
    }
}

/// Who receives what is published in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// The connection to send to.
    pub connection: ConnectionId,
    /// The API that serves it.
    pub endpoint: Endpoint,
    /// The session that it belongs to.
    pub key: SessionKey,
    /// The shard in which its row is.
    pub shard: Shard,
    /// When its rights end, in epoch seconds. A delivery after that is a goodbye.
    pub expires_at: u64,
    /// When it was made or made anew, in epoch milliseconds.
    pub since_ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_and_read_back() {
        for text in ["room:lobby", "room:lobby#3"] {
            assert_eq!(text.parse::<Place>().unwrap().to_string(), text);
        }
        assert!("room:lobby#x".parse::<Place>().is_err());
    }

    #[test]
    fn who_knew_of_fewer_shards_chose_one_that_is_read() {
        for number in 0..200 {
            let connection = ConnectionId::new(format!("c{number}="));
            for shards in [1, 2, 4, 64] {
                assert!(Shard::of(&connection, shards).0 < shards);
            }
        }
        let used: BTreeSet<_> = (0..200)
            .map(|number| Shard::of(&ConnectionId::new(format!("c{number}=")), 4))
            .collect();
        assert_eq!(used.len(), 4);
    }
}
