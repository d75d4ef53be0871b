//! The items of the registry table.
//!
//! | item | partition key | sort key | attributes |
//! |---|---|---|---|
//! | session | `U#<user>` | `S#<session>` | `conn#<connection>`: the API that serves it; `gone#<connection>`: since when it is gone; `exp`, `groups`, `subs`, `ttl` |
//! | subscription | `CH#<channel>#<shard>` | `<connection>` | `api`, `user`, `session`, `exp`, `since`, `ttl` |
//!
//! No key needs an index: the authorizer's context carries user and session to every event.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use tidegate_contract::table::{PARTITION_KEY, SORT_KEY};
use tidegate_core::channel::Channel;
use tidegate_core::connection::{ConnectionId, Endpoint, Session, SessionKey, Subscriber};
use tidegate_core::rights::Rights;

pub(super) type Item = HashMap<String, AttributeValue>;

/// When the token ends, in epoch seconds.
pub(super) const EXPIRES: &str = "exp";
/// The user's groups.
pub(super) const GROUPS: &str = "groups";
/// The names of the channels that the session has joined.
pub(super) const CHANNELS: &str = "subs";
/// Since when a subscription holds, in epoch milliseconds.
pub(super) const SINCE: &str = "since";
/// The API that serves a subscription's connection.
pub(super) const ENDPOINT: &str = "api";
/// The user of a subscription.
pub(super) const USER: &str = "user";
/// The session of a subscription.
pub(super) const SESSION: &str = "session";
const LIVE_PREFIX: &str = "conn#";
const GONE_PREFIX: &str = "gone#";
/// A channel of one shard; a channel that grows gets more.
const SHARD: u32 = 0;

pub(super) fn live(connection: &ConnectionId) -> String {
    format!("{LIVE_PREFIX}{connection}")
}

pub(super) fn gone(connection: &ConnectionId) -> String {
    format!("{GONE_PREFIX}{connection}")
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn session_key(key: &SessionKey) -> Item {
    keys(format!("U#{}", key.user), format!("S#{}", key.session))
}

pub(super) fn channel_partition(channel: &Channel) -> String {
    format!("CH#{channel}#{SHARD}")
}

pub(super) fn subscription_key(channel: &Channel, connection: &ConnectionId) -> Item {
    keys(channel_partition(channel), connection.to_string())
}

fn keys(partition: String, sort: String) -> Item {
    [
        (PARTITION_KEY.to_owned(), text(partition)),
        (SORT_KEY.to_owned(), text(sort)),
    ]
    .into()
}

/// Reads a session. A tombstone, which is all that is left of a connection that ended before it was registered, is none.
pub(super) fn to_session(key: &SessionKey, item: &Item) -> Result<Option<Session>, String> {
    if !item.contains_key(EXPIRES) {
        return Ok(None);
    }
    let groups = item
        .get(GROUPS)
        .and_then(|value| value.as_ss().ok())
        .cloned()
        .unwrap_or_default();
    let rights = Rights {
        user: key.user.clone(),
        groups: groups.into_iter().collect(),
        expires_at: read_number(item, EXPIRES)?,
    };
    let mut connections = BTreeMap::new();
    for name in item.keys() {
        if let Some(connection) = name.strip_prefix(LIVE_PREFIX) {
            let endpoint = Endpoint::new(read_text(item, name)?);
            connections.insert(ConnectionId::new(connection), endpoint);
        }
    }
    Ok(Some(Session {
        rights,
        connections,
        channels: to_channels(item)?,
    }))
}

pub(super) fn to_channels(item: &Item) -> Result<BTreeSet<Channel>, String> {
    let names = item.get(CHANNELS).and_then(|value| value.as_ss().ok());
    let parse = |name: &String| {
        name.parse()
            .map_err(|error| format!("a channel of a session: {error}"))
    };
    names.into_iter().flatten().map(parse).collect()
}

pub(super) fn to_subscriber(item: &Item) -> Result<Subscriber, String> {
    Ok(Subscriber {
        connection: ConnectionId::new(read_text(item, SORT_KEY)?),
        endpoint: Endpoint::new(read_text(item, ENDPOINT)?),
        key: SessionKey {
            user: read_text(item, USER)?,
            session: read_text(item, SESSION)?,
        },
        expires_at: read_number(item, EXPIRES)?,
        since_ms: read_number(item, SINCE)?,
    })
}

fn read_text(item: &Item, name: &str) -> Result<String, String> {
    let value = item.get(name).and_then(|value| value.as_s().ok());
    value
        .cloned()
        .ok_or_else(|| format!("`{name}` is missing or no text"))
}

fn read_number(item: &Item, name: &str) -> Result<u64, String> {
    let value = item.get(name).and_then(|value| value.as_n().ok());
    value
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| format!("`{name}` is missing or no whole number"))
}
