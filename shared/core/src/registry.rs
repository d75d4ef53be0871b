//! The port to where connections, sessions and subscriptions are kept.

use async_trait::async_trait;
use thiserror::Error;

use crate::channel::Channel;
use crate::connection::{
    ConnectionId, NewConnection, Session, SessionKey, Subscriber, Subscription,
};

/// How many channels a session may join. Their names stand in the session item, which this keeps small.
pub const MAX_SUBSCRIPTIONS: usize = 100;

/// Keeps connections, sessions and subscriptions.
///
/// Every call is by key: nothing scans, nothing needs an index. `now_ms` is the time in epoch milliseconds.
#[async_trait]
pub trait Registry: Send + Sync {
    /// Registers a connection, and its subscription where it brings a channel.
    ///
    /// Costs one write, and one more with a channel.
    async fn connect(&self, connection: &NewConnection, now_ms: u64) -> Result<(), ConnectError>;

    /// Marks a connection gone and removes its subscriptions; returns the channels that it had joined. May come before
    /// [`connect`](Registry::connect) has ended, after it, twice, or never.
    ///
    /// Costs one write, and one more for each subscription.
    async fn disconnect(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        now_ms: u64,
    ) -> Result<Vec<Channel>, RegistryError>;

    /// The session, read consistently; none when nothing of it is left.
    async fn session(&self, key: &SessionKey) -> Result<Option<Session>, RegistryError>;

    /// Makes a live connection a subscriber. Doing it again changes nothing.
    ///
    /// Costs two writes.
    async fn subscribe(
        &self,
        subscription: &Subscription,
        now_ms: u64,
    ) -> Result<(), SubscribeError>;

    /// Ends a subscription. Ending one that is not there changes nothing.
    ///
    /// Costs two writes.
    async fn unsubscribe(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        channel: &Channel,
    ) -> Result<(), RegistryError>;

    /// Everyone who receives what is published in `channel`, read consistently.
    async fn subscribers(&self, channel: &Channel) -> Result<Vec<Subscriber>, RegistryError>;

    /// Removes the row of a subscriber that turned out to be gone. Its session is left to `$disconnect` and to the time
    /// to live.
    ///
    /// Costs one write.
    async fn remove_subscriber(
        &self,
        channel: &Channel,
        connection: &ConnectionId,
    ) -> Result<(), RegistryError>;
}

/// The registry could not do what it was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// It asked for fewer requests.
    #[error("the registry is asked for more than it can do now ({operation})")]
    Throttled {
        /// What was tried.
        operation: &'static str,
    },
    /// It did not answer, or not in time.
    #[error("the registry does not answer ({operation})")]
    Unavailable {
        /// What was tried.
        operation: &'static str,
        /// What the transport said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It holds something that this version cannot read.
    #[error("the registry holds an item that cannot be read: {problem} ({operation})")]
    Corrupt {
        /// What was tried.
        operation: &'static str,
        /// What is wrong with the item.
        problem: String,
    },
}

/// Why a connection was not registered.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// It had ended before it was registered.
    #[error("the connection ended before it was registered")]
    Gone,
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// Why there was no subscription.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The connection is not registered, or is gone.
    #[error("the connection is not registered any more")]
    NotConnected,
    /// The session has as many as it may.
    #[error("a session may join {MAX_SUBSCRIPTIONS} channels, and this one has")]
    TooMany,
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}
