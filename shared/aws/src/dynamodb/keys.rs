//! Where each item is.

use tidegate_contract::table::{PARTITION_KEY, SORT_KEY};
use tidegate_core::channel::Channel;
use tidegate_core::connection::{ConnectionId, Place, SessionKey, Shard};
use tidegate_core::protocol::IdempotencyKey;
use tidegate_core::store::{Lease, Scope};

use super::attributes::{Item, attributes, text};

/// What the sort keys of sessions begin with, and of nothing else of a user.
pub(super) const SESSIONS: &str = "S#";
/// The sort key of the number of a channel's shards. It comes before every connection.
pub(super) const SHARDS: &str = "#shards";
/// The highest offset that has so many digits as sort keys have.
const LAST_OFFSET: u64 = 9_999_999_999_999_999;

fn key(partition: impl Into<String>, sort: impl Into<String>) -> Item {
    attributes([(PARTITION_KEY, text(partition)), (SORT_KEY, text(sort))])
}

pub(super) fn user(user: &str) -> String {
    format!("U#{user}")
}

pub(super) fn session(of: &SessionKey) -> Item {
    key(user(&of.user), format!("{SESSIONS}{}", of.session))
}

pub(super) fn strikes(of: &SessionKey, window_ms: u64) -> Item {
    key(user(&of.user), format!("F#{}#{window_ms}", of.session))
}

pub(super) fn buckets(of: &str) -> Item {
    key(user(of), "B")
}

pub(super) fn revocation(of: &str) -> Item {
    key(user(of), "R")
}

pub(super) fn claim(scope: &Scope, channel: &Channel, of: &IdempotencyKey) -> Item {
    let partition = match scope {
        Scope::User(of) => user(of),
        Scope::Server => format!("K#{channel}"),
    };
    key(partition, format!("K#{channel}#{of}"))
}

pub(super) fn shard(channel: &Channel, shard: Shard) -> String {
    format!("CH#{channel}#{shard}")
}

pub(super) fn subscription(place: &Place, connection: &ConnectionId) -> Item {
    key(shard(&place.channel, place.shard), connection.as_str())
}

pub(super) fn shards(channel: &Channel) -> Item {
    key(shard(channel, Shard(0)), SHARDS)
}

pub(super) fn history(channel: &Channel) -> String {
    format!("H#{channel}")
}

pub(super) fn offset(offset: u64) -> String {
    format!("{:016}", offset.min(LAST_OFFSET))
}

pub(super) fn history_item(channel: &Channel, at: u64) -> Item {
    key(history(channel), offset(at))
}

pub(super) fn minute(minute: u64) -> String {
    format!("L#{minute}")
}

pub(super) fn lease_sort(of: &Lease) -> String {
    format!("{}#{}#{}", of.key.user, of.key.session, of.connection)
}

pub(super) fn lease(at: u64, of: &Lease) -> Item {
    key(minute(at), lease_sort(of))
}

pub(super) fn ticket(digest: &str) -> Item {
    key(format!("T#{digest}"), "T")
}
