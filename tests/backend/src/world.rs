//! A stack in memory, with a clock that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tidegate_core::broker::Rules;
use tidegate_core::channel::Channel;
use tidegate_core::connection::{
    ConnectionId, Endpoint, Join, NewConnection, Place, Session, SessionKey, Shard, Subscriber,
};
use tidegate_core::memory::{MemoryQueue, MemorySender, MemoryStore};
use tidegate_core::rights::Rights;
use tidegate_core::store::{Sessions, Subscriptions};
use tidegate_core::timer::WhenIdle;
use tidegate_lambda::{Backend, Moment};

use crate::{API, EXPIRES_AT, ISSUED_AT, NOW_MS, TIME_MS, TRACE, Watched};

type Clock = Box<dyn Fn() -> u64 + Send + Sync>;
type NewId = Box<dyn Fn(u64) -> String + Send + Sync>;

/// What the functions of a stack share. Each has a backend of its own over it.
pub struct World {
    /// What is kept.
    pub store: MemoryStore,
    /// The same, watched: this is what the functions see.
    pub watched: Watched,
    /// What connections were sent.
    pub sender: MemorySender,
    /// What waits for others.
    pub queue: MemoryQueue,
    /// What the stack is configured with.
    pub rules: Rules,
    now_ms: Arc<AtomicU64>,
    clock: Clock,
    new_id: NewId,
}

impl World {
    /// An empty stack with these rules, at [`NOW_MS`].
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        let store = MemoryStore::default();
        let now_ms = Arc::new(AtomicU64::new(NOW_MS));
        let (clock, ids) = (Arc::clone(&now_ms), AtomicU64::new(0));
        Self {
            watched: Watched::new(store.clone()),
            store,
            sender: MemorySender::default(),
            queue: MemoryQueue::default(),
            rules,
            now_ms,
            clock: Box::new(move || clock.load(Ordering::Relaxed)),
            new_id: Box::new(move |_| {
                format!("publication-{}", ids.fetch_add(1, Ordering::Relaxed) + 1)
            }),
        }
    }

    /// What a function of the stack stands on.
    #[must_use]
    pub fn backend(&self) -> Backend {
        Backend {
            store: Box::new(self.watched.clone()),
            sender: Box::new(self.sender.clone()),
            queue: Box::new(self.queue.clone()),
            timer: Box::new(WhenIdle),
            rules: self.rules.clone(),
        }
    }

    /// Now, in epoch milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        (self.clock)()
    }

    /// Moves the clock by so many milliseconds.
    pub fn pass(&self, ms: u64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Sets the clock, in epoch milliseconds.
    pub fn set_now_ms(&self, now_ms: u64) {
        self.now_ms.store(now_ms, Ordering::Relaxed);
    }

    /// This moment. Ids are `publication-1` and so on.
    #[must_use]
    pub fn moment(&self) -> Moment<'_> {
        let now_ms = self.now_ms();
        Moment {
            now_ms,
            deadline_ms: now_ms + TIME_MS,
            jitter: 1.0,
            trace: Some(TRACE),
            new_id: &*self.new_id,
            uptime: &|| Duration::ZERO,
            clock: &*self.clock,
        }
    }

    /// Registers a connection in a session, with the rights of the fixtures' token but this expiry.
    pub async fn open(&self, key: &SessionKey, connection: &str, expires_at: u64) {
        let rights = Rights {
            expires_at,
            ..rights(&key.user)
        };
        let new = new_connection(key, connection, rights);
        self.store.open(&new, false, self.now_ms()).await.unwrap();
    }

    /// Registers a connection whose session has the connection's name, and which receives what is published in a channel.
    pub async fn open_in(&self, user: &str, connection: &str, name: &str) {
        let key = key(user, connection);
        let mut new = new_connection(&key, connection, rights(user));
        let place = Place {
            channel: channel(name),
            shard: Shard(0),
        };
        let subscriber = Subscriber {
            connection: new.connection.clone(),
            endpoint: new.endpoint.clone(),
            key,
            shard: Shard(0),
            expires_at: EXPIRES_AT,
            since_ms: self.now_ms(),
        };
        let put = self.store.put_subscription(&place.channel, &subscriber);
        put.await.unwrap();
        new.joins = Some(Join {
            place,
            present: true,
        });
        self.store.open(&new, false, self.now_ms()).await.unwrap();
    }

    /// A session as it is kept.
    pub async fn session(&self, key: &SessionKey) -> Option<Session> {
        self.store.session(key).await.unwrap()
    }

    /// The live connections of a session, in order.
    pub async fn connections(&self, key: &SessionKey) -> Vec<String> {
        let session = self.session(key).await;
        let connections = session.map(|session| session.connections);
        let connections = connections.into_iter().flatten();
        connections.map(|(id, _)| id.to_string()).collect()
    }

    /// Who receives what is published in a channel.
    pub async fn subscribers(&self, name: &str) -> Vec<Subscriber> {
        let channel = channel(name);
        let page = self.store.subscribers(&channel, Shard(0), None, true);
        page.await.unwrap().subscribers
    }

    /// Their connections.
    pub async fn receivers(&self, name: &str) -> Vec<String> {
        let subscribers = self.subscribers(name).await;
        let connections = subscribers.iter();
        connections
            .map(|subscriber| subscriber.connection.to_string())
            .collect()
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

/// A session of a user.
#[must_use]
pub fn key(user: &str, session: &str) -> SessionKey {
    SessionKey {
        user: user.to_owned(),
        session: session.to_owned(),
    }
}

/// A channel by its name.
#[must_use]
pub fn channel(name: &str) -> Channel {
    name.parse().unwrap()
}

/// The rights that the token of the fixtures gives a user.
#[must_use]
pub fn rights(user: &str) -> Rights {
    Rights {
        user: user.to_owned(),
        groups: ["team:red".to_owned()].into(),
        issued_at: ISSUED_AT,
        expires_at: EXPIRES_AT,
    }
}

/// A connection of the fixtures' API that joins nothing.
#[must_use]
pub fn new_connection(key: &SessionKey, connection: &str, rights: Rights) -> NewConnection {
    NewConnection {
        key: key.clone(),
        connection: ConnectionId::new(connection),
        endpoint: Endpoint::new(API),
        rights,
        joins: None,
    }
}
