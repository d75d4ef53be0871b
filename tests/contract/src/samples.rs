//! Connections and subscriptions to test with.

use tidegate_core::channel::Channel;
use tidegate_core::connection::{
    ConnectionId, Endpoint, NewConnection, SessionKey, Subscriber, Subscription,
};
use tidegate_core::registry::Registry;
use tidegate_core::rights::Rights;

/// Some time, in epoch milliseconds.
pub const NOW_MS: u64 = 1_790_000_000_123;
/// When the tokens end, in epoch seconds.
pub const EXPIRES_AT: u64 = 1_790_000_900;

/// A channel.
#[must_use]
pub fn channel(name: &str) -> Channel {
    name.parse().unwrap()
}

/// The API that serves them.
#[must_use]
pub fn endpoint() -> Endpoint {
    Endpoint::new("abcdef1234")
}

/// The connection `id` of `user`, in a session of its own.
#[must_use]
pub fn connection(user: &str, id: &str) -> NewConnection {
    NewConnection {
        key: SessionKey {
            user: user.to_owned(),
            session: id.to_owned(),
        },
        connection: ConnectionId::new(id),
        endpoint: endpoint(),
        rights: Rights {
            user: user.to_owned(),
            groups: ["team:red".to_owned()].into(),
            expires_at: EXPIRES_AT,
        },
        channel: None,
    }
}

/// The same, and it joins a channel.
#[must_use]
pub fn connection_in(user: &str, id: &str, name: &str) -> NewConnection {
    NewConnection {
        channel: Some(channel(name)),
        ..connection(user, id)
    }
}

/// The subscription of a connection to a channel.
#[must_use]
pub fn subscription(of: &NewConnection, name: &str) -> Subscription {
    Subscription {
        channel: channel(name),
        subscriber: Subscriber {
            connection: of.connection.clone(),
            endpoint: of.endpoint.clone(),
            key: of.key.clone(),
            expires_at: of.rights.expires_at,
            since_ms: NOW_MS,
        },
    }
}

/// The connections that receive what is published in a channel, in order.
pub async fn receivers(registry: &dyn Registry, name: &str) -> Vec<String> {
    let subscribers = registry.subscribers(&channel(name)).await.unwrap();
    let connections = subscribers.into_iter();
    let mut connections: Vec<_> = connections
        .map(|subscriber| subscriber.connection.to_string())
        .collect();
    connections.sort();
    connections
}
