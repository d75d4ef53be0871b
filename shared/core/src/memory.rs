//! The ports in memory, for tests: as strict as the real ones, and held to the same contract suite.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::channel::Channel;
use crate::connection::{
    ConnectionId, Endpoint, NewConnection, Session, SessionKey, Subscriber, Subscription,
};
use crate::fanout::{FanoutQueue, QueueError, Slice};
use crate::registry::{ConnectError, MAX_SUBSCRIPTIONS, Registry, RegistryError, SubscribeError};
use crate::rights::Rights;
use crate::sender::{SendError, Sender};

#[derive(Debug, Default)]
struct Item {
    rights: Option<Rights>,
    connections: BTreeMap<ConnectionId, Endpoint>,
    gone: BTreeSet<ConnectionId>,
    channels: BTreeSet<Channel>,
}

#[derive(Debug, Default)]
struct Tables {
    sessions: BTreeMap<SessionKey, Item>,
    subscribers: BTreeMap<Channel, BTreeMap<ConnectionId, Subscriber>>,
    unavailable: bool,
    queries: usize,
}

/// A registry in memory. A clone is the same registry.
#[derive(Debug, Clone, Default)]
pub struct MemoryRegistry {
    tables: Arc<Mutex<Tables>>,
}

impl MemoryRegistry {
    /// From now on every call fails as if the registry were down; `false` heals it.
    pub fn set_unavailable(&self, unavailable: bool) {
        self.lock().unavailable = unavailable;
    }

    /// How often the subscribers of a channel were read: the one call whose cost grows with the channel.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.lock().queries
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, operation: &'static str) -> Result<MutexGuard<'_, Tables>, RegistryError> {
        let tables = self.lock();
        if tables.unavailable {
            return Err(RegistryError::Unavailable {
                operation,
                source: "made unavailable by a test".into(),
            });
        }
        Ok(tables)
    }
}

#[async_trait]
impl Registry for MemoryRegistry {
    async fn connect(&self, new: &NewConnection, now_ms: u64) -> Result<(), ConnectError> {
        let mut tables = self.open("connect")?;
        let item = tables.sessions.entry(new.key.clone()).or_default();
        if item.gone.contains(&new.connection) {
            return Err(ConnectError::Gone);
        }
        item.rights = Some(new.rights.clone());
        item.connections
            .insert(new.connection.clone(), new.endpoint.clone());
        if let Some(channel) = &new.channel {
            item.channels.insert(channel.clone());
            let subscriber = Subscriber {
                connection: new.connection.clone(),
                endpoint: new.endpoint.clone(),
                key: new.key.clone(),
                expires_at: new.rights.expires_at,
                since_ms: now_ms,
            };
            tables
                .subscribers
                .entry(channel.clone())
                .or_default()
                .insert(new.connection.clone(), subscriber);
        }
        Ok(())
    }

    async fn disconnect(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        _now_ms: u64,
    ) -> Result<Vec<Channel>, RegistryError> {
        let mut tables = self.open("disconnect")?;
        let item = tables.sessions.entry(key.clone()).or_default();
        item.connections.remove(connection);
        item.gone.insert(connection.clone());
        let channels: Vec<_> = item.channels.iter().cloned().collect();
        for channel in &channels {
            if let Some(subscribers) = tables.subscribers.get_mut(channel) {
                subscribers.remove(connection);
            }
        }
        Ok(channels)
    }

    async fn session(&self, key: &SessionKey) -> Result<Option<Session>, RegistryError> {
        let tables = self.open("session")?;
        Ok(tables.sessions.get(key).and_then(|item| {
            Some(Session {
                rights: item.rights.clone()?,
                connections: item.connections.clone(),
                channels: item.channels.clone(),
            })
        }))
    }

    async fn subscribe(
        &self,
        subscription: &Subscription,
        _now_ms: u64,
    ) -> Result<(), SubscribeError> {
        let mut tables = self.open("subscribe")?;
        let Subscription {
            channel,
            subscriber,
        } = subscription;
        let item = tables
            .sessions
            .get_mut(&subscriber.key)
            .ok_or(SubscribeError::NotConnected)?;
        if !item.connections.contains_key(&subscriber.connection) {
            return Err(SubscribeError::NotConnected);
        }
        if item.channels.len() >= MAX_SUBSCRIPTIONS && !item.channels.contains(channel) {
            return Err(SubscribeError::TooMany);
        }
        item.channels.insert(channel.clone());
        let rows = tables.subscribers.entry(channel.clone()).or_default();
        rows.insert(subscriber.connection.clone(), subscriber.clone());
        Ok(())
    }

    async fn unsubscribe(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        channel: &Channel,
    ) -> Result<(), RegistryError> {
        let mut tables = self.open("unsubscribe")?;
        if let Some(subscribers) = tables.subscribers.get_mut(channel) {
            subscribers.remove(connection);
        }
        if let Some(item) = tables.sessions.get_mut(key) {
            item.channels.remove(channel);
        }
        Ok(())
    }

    async fn subscribers(&self, channel: &Channel) -> Result<Vec<Subscriber>, RegistryError> {
        let mut tables = self.open("subscribers")?;
        tables.queries += 1;
        Ok(tables
            .subscribers
            .get(channel)
            .map(|rows| rows.values().cloned().collect())
            .unwrap_or_default())
    }

    async fn remove_subscriber(
        &self,
        channel: &Channel,
        connection: &ConnectionId,
    ) -> Result<(), RegistryError> {
        let mut tables = self.open("remove_subscriber")?;
        if let Some(subscribers) = tables.subscribers.get_mut(channel) {
            subscribers.remove(connection);
        }
        Ok(())
    }
}

#[derive(Default)]
struct Sent {
    frames: HashMap<String, Vec<String>>,
    endpoints: HashMap<String, BTreeSet<Endpoint>>,
    ended: Vec<String>,
    refusals: HashMap<String, fn() -> SendError>,
}

/// A sender in memory: remembers what it was asked to send. A clone is the same sender.
#[derive(Clone, Default)]
pub struct MemorySender {
    sent: Arc<Mutex<Sent>>,
}

impl MemorySender {
    /// From now on everything sent to `connection` fails with what `error` makes.
    pub fn refuse(&self, connection: &str, error: fn() -> SendError) {
        self.lock().refusals.insert(connection.to_owned(), error);
    }

    /// The frames that `connection` took.
    #[must_use]
    pub fn sent_to(&self, connection: &str) -> Vec<String> {
        self.lock()
            .frames
            .get(connection)
            .cloned()
            .unwrap_or_default()
    }

    /// The APIs through which `connection` was sent to.
    #[must_use]
    pub fn endpoints_of(&self, connection: &str) -> BTreeSet<Endpoint> {
        self.lock()
            .endpoints
            .get(connection)
            .cloned()
            .unwrap_or_default()
    }

    /// From now on what was refused is sent.
    pub fn take_all(&self) {
        self.lock().refusals.clear();
    }

    /// The connections that were ended, in order.
    #[must_use]
    pub fn ended(&self) -> Vec<String> {
        self.lock().ended.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Sender for MemorySender {
    async fn send(
        &self,
        endpoint: &Endpoint,
        connection: &ConnectionId,
        frame: &str,
    ) -> Result<(), SendError> {
        let mut sent = self.lock();
        let connection = connection.as_str().to_owned();
        let endpoints = sent.endpoints.entry(connection.clone()).or_default();
        endpoints.insert(endpoint.clone());
        if let Some(error) = sent.refusals.get(&connection) {
            return Err(error());
        }
        let frames = sent.frames.entry(connection).or_default();
        frames.push(frame.to_owned());
        Ok(())
    }

    async fn end(&self, _endpoint: &Endpoint, connection: &ConnectionId) -> Result<(), SendError> {
        self.lock().ended.push(connection.as_str().to_owned());
        Ok(())
    }
}

/// A slice that a [`MemoryQueue`] holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// The slice.
    pub slice: Slice,
    /// How long it is held back, in seconds.
    pub delay_s: u32,
    /// The trace that it belongs to.
    pub trace: Option<String>,
}

#[derive(Debug, Default)]
struct Waiting {
    slices: Vec<Queued>,
    unavailable: bool,
}

/// A fan-out queue in memory: holds what it was handed. A clone is the same queue.
#[derive(Debug, Clone, Default)]
pub struct MemoryQueue {
    waiting: Arc<Mutex<Waiting>>,
}

impl MemoryQueue {
    /// From now on it takes nothing; `false` heals it.
    pub fn set_unavailable(&self, unavailable: bool) {
        self.lock().unavailable = unavailable;
    }

    /// What it was handed since the last call of this, in order.
    #[must_use]
    pub fn take(&self) -> Vec<Queued> {
        std::mem::take(&mut self.lock().slices)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl FanoutQueue for MemoryQueue {
    async fn send(
        &self,
        slices: &[Slice],
        delay_s: u32,
        trace: Option<&str>,
    ) -> Vec<Result<(), QueueError>> {
        let mut waiting = self.lock();
        if waiting.unavailable {
            let unavailable = || QueueError::Unavailable("made unavailable by a test".into());
            return slices.iter().map(|_| Err(unavailable())).collect();
        }
        let queued = slices.iter().map(|slice| Queued {
            slice: slice.clone(),
            delay_s,
            trace: trace.map(str::to_owned),
        });
        waiting.slices.extend(queued);
        slices.iter().map(|_| Ok(())).collect()
    }
}
