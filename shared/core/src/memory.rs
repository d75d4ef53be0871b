//! The ports in memory, for tests: as strict as the real ones, and held to the same contract suite.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::channel::Channel;
use crate::connection::{
    ConnectionId, NewConnection, Session, SessionKey, Subscriber, Subscription,
};
use crate::registry::{ConnectError, MAX_SUBSCRIPTIONS, Registry, RegistryError, SubscribeError};
use crate::rights::Rights;
use crate::sender::{SendError, Sender};

#[derive(Debug, Default)]
struct Item {
    rights: Option<Rights>,
    connections: BTreeSet<ConnectionId>,
    gone: BTreeSet<ConnectionId>,
    channels: BTreeSet<Channel>,
}

#[derive(Debug, Default)]
struct Tables {
    sessions: BTreeMap<SessionKey, Item>,
    subscribers: BTreeMap<Channel, BTreeMap<ConnectionId, Subscriber>>,
    unavailable: bool,
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
        item.connections.insert(new.connection.clone());
        if let Some(channel) = &new.channel {
            item.channels.insert(channel.clone());
            let subscriber = Subscriber {
                connection: new.connection.clone(),
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
        if !item.connections.contains(&subscriber.connection) {
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
        let tables = self.open("subscribers")?;
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
    async fn send(&self, connection: &ConnectionId, frame: &str) -> Result<(), SendError> {
        let mut sent = self.lock();
        if let Some(error) = sent.refusals.get(connection.as_str()) {
            return Err(error());
        }
        sent.frames
            .entry(connection.as_str().to_owned())
            .or_default()
            .push(frame.to_owned());
        Ok(())
    }

    async fn end(&self, connection: &ConnectionId) -> Result<(), SendError> {
        self.lock().ended.push(connection.as_str().to_owned());
        Ok(())
    }
}
