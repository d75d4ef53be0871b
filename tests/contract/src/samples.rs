//! Connections, subscriptions and publications to test with.

use tidegate_core::channel::Channel;
use tidegate_core::connection::{
    ConnectionId, Endpoint, Join, NewConnection, Place, SessionKey, Shard, Subscriber,
};
use tidegate_core::protocol::Position;
use tidegate_core::rights::Rights;
use tidegate_core::store::{Entry, HistoryItem, Sessions, Store, Subscriptions};

/// Some time, in epoch milliseconds.
pub const NOW_MS: u64 = 1_790_000_000_123;
/// When the tokens end, in epoch seconds.
pub const EXPIRES_AT: u64 = 1_790_000_900;
/// When the tokens were issued, in epoch seconds.
pub const ISSUED_AT: u64 = 1_790_000_000;
/// How many places a connection may have, where a test does not say otherwise.
pub const MOST: usize = 100;

/// A channel.
#[must_use]
pub fn channel(name: &str) -> Channel {
    name.parse().unwrap()
}

/// A place in the first shard of a channel.
#[must_use]
pub fn place(name: &str) -> Place {
    Place {
        channel: channel(name),
        shard: Shard(0),
    }
}

/// The API that serves them.
#[must_use]
pub fn endpoint() -> Endpoint {
    Endpoint::new("abcdef1234")
}

/// A session of a user.
#[must_use]
pub fn session_key(user: &str, session: &str) -> SessionKey {
    SessionKey {
        user: user.to_owned(),
        session: session.to_owned(),
    }
}

/// The connection `id` of `user`, in a session of its own.
#[must_use]
pub fn connection(user: &str, id: &str) -> NewConnection {
    NewConnection {
        key: session_key(user, id),
        connection: ConnectionId::new(id),
        endpoint: endpoint(),
        rights: Rights {
            user: user.to_owned(),
            groups: ["team:red".to_owned()].into(),
            issued_at: ISSUED_AT,
            expires_at: EXPIRES_AT,
        },
        joins: None,
    }
}

/// The same, and it has a place in a channel, where its session may be `present`.
#[must_use]
pub fn connection_in(user: &str, id: &str, name: &str, present: bool) -> NewConnection {
    NewConnection {
        joins: Some(Join {
            place: place(name),
            present,
        }),
        ..connection(user, id)
    }
}

/// Another connection of the same session.
#[must_use]
pub fn second(of: &NewConnection, id: &str) -> NewConnection {
    NewConnection {
        connection: ConnectionId::new(id),
        joins: None,
        ..of.clone()
    }
}

/// A connection as a subscriber of the first shard of some channel.
#[must_use]
pub fn subscriber(of: &NewConnection) -> Subscriber {
    Subscriber {
        connection: of.connection.clone(),
        endpoint: of.endpoint.clone(),
        key: of.key.clone(),
        shard: Shard(0),
        expires_at: of.rights.expires_at,
        since_ms: NOW_MS,
    }
}

/// A publication at `offset` of the epoch 100.
#[must_use]
pub fn entry(offset: u64, data: &str) -> HistoryItem {
    HistoryItem::Entry(Entry {
        position: Position { epoch: 100, offset },
        publication_id: format!("p{offset}"),
        user: Some("alice".to_owned()),
        at_ms: NOW_MS + offset,
        data: data.to_owned(),
        removable_at: EXPIRES_AT + offset,
    })
}

/// Registers a connection.
pub async fn open(store: &(impl Sessions + ?Sized), new: &NewConnection) {
    store.open(new, false, NOW_MS).await.unwrap();
}

/// All who receive in one shard of a channel, page by page.
pub async fn subscribers(
    store: &(impl Subscriptions + ?Sized),
    name: &str,
    shard: Shard,
) -> Vec<Subscriber> {
    let channel = channel(name);
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = store.subscribers(&channel, shard, after.as_ref(), true);
        let page = page.await.unwrap();
        assert_eq!(page.unreadable, 0);
        all.extend(page.subscribers);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

/// The connections that receive in the first shard of a channel, in the order in which they are read.
pub async fn receivers(store: &dyn Store, name: &str) -> Vec<String> {
    let subscribers = subscribers(store, name, Shard(0)).await;
    let connections = subscribers.into_iter();
    connections
        .map(|subscriber| subscriber.connection.to_string())
        .collect()
}
