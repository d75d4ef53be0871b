//! Connections, sessions and subscriptions as the registry keeps them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::rights::Rights;

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
    /// A channel that it joins in the same step.
    pub channel: Option<Channel>,
}

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What its newest token allows.
    pub rights: Rights,
    /// Its live connections, and the API that serves each.
    pub connections: BTreeMap<ConnectionId, Endpoint>,
    /// The channels that it has joined.
    pub channels: BTreeSet<Channel>,
}

/// One subscription: a connection that receives what is published in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The channel.
    pub channel: Channel,
    /// Who receives.
    pub subscriber: Subscriber,
}

/// Who receives what is published in a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscriber {
    /// The connection to send to.
    pub connection: ConnectionId,
    /// The API that serves it.
    pub endpoint: Endpoint,
    /// The session that it belongs to.
    pub key: SessionKey,
    /// When its rights end, in epoch seconds. A delivery after that is a goodbye.
    pub expires_at: u64,
    /// Since when it receives, in epoch milliseconds.
    pub since_ms: u64,
}
