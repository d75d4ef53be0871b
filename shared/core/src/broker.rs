//! What connections, servers and schedules ask for: the domain's use cases, over its ports.
//!
//! Each is a sequence of single requests in an order that is right wherever it ends: a subscription's row before the
//! session that names it, a publication's place before anybody is told of it.

mod connect;
mod disconnect;
mod history;
mod look;
mod presence;
mod publish;
mod put_out;
mod refresh;
mod subscribe;
mod sweep;

use serde::{Deserialize, Serialize};

pub use connect::ConnectError;
pub use history::HistoryError;
pub use look::{Look, LookError};
pub use presence::{Announced, PresenceError, Present};
pub use publish::{Author, PublishError, Published, Request};
pub use put_out::{Ended, Which};
pub use refresh::{RefreshError, Renewed};
pub use subscribe::{Joined, SubscribeError};
pub use sweep::Swept;

use crate::connection::{ConnectionId, Endpoint, Session, SessionKey};
use crate::fanout::{Circumstances, FanoutQueue};
use crate::limits::Limits;
use crate::namespace::Namespaces;
use crate::protocol::MAX_FRAME_BYTES;
use crate::sender::Sender;
use crate::store::Store;
use crate::timer::Timer;

/// How many requests of one use case are under way at once.
const AT_ONCE: usize = 16;

/// How much of a frame is left to publications: the rest is for the envelope of the longest reply that has some.
pub const MAX_PUBLICATION_BYTES: usize = MAX_FRAME_BYTES - 1_024;

/// How presence is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PresenceRules {
    /// How long after its connection ended a session is still taken for present: a client that comes back within it has not
    /// been away. In seconds, at most 900 (what a queue can hold back).
    pub grace_seconds: u32,
    /// After how many minutes a connection that is present somewhere is looked after.
    pub lease_minutes: u32,
}

impl Default for PresenceRules {
    fn default() -> Self {
        Self {
            grace_seconds: 10,
            lease_minutes: 3,
        }
    }
}

/// What a stack is configured with.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Who may do what in which channels.
    pub namespaces: Namespaces,
    /// How fast and how much.
    pub limits: Limits,
    /// How presence is told.
    pub presence: PresenceRules,
    /// A publication with more receivers than this goes by way of the queue.
    pub direct_receivers: usize,
    /// After a mass drop, the window over which clients spread their return, in milliseconds.
    pub reconnect_window_ms: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            namespaces: Namespaces::default(),
            limits: Limits::default(),
            presence: PresenceRules::default(),
            direct_receivers: 100,
            reconnect_window_ms: 60_000,
        }
    }
}

/// The use cases, over the ports.
#[derive(Clone, Copy)]
pub struct Broker<'a> {
    /// What is kept.
    pub store: &'a dyn Store,
    /// By which connections are reached.
    pub sender: &'a dyn Sender,
    /// What others do later.
    pub queue: &'a dyn FanoutQueue,
    /// By which the time is kept to.
    pub timer: &'a dyn Timer,
    /// What the stack is configured with.
    pub rules: &'a Rules,
    /// When this is, and in which trace.
    pub circumstances: Circumstances<'a>,
}

/// Who sent a frame: a live connection of a session whose rights have not ended.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The session.
    pub key: SessionKey,
    /// The connection.
    pub connection: ConnectionId,
    /// The API that serves it.
    pub endpoint: Endpoint,
    /// The session as it was read for this frame.
    pub session: Session,
}

/// What is to be told of who comes and goes: a message of the fan-out queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "what",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Notice {
    /// A session came to a channel.
    Joined {
        /// The channel.
        channel: crate::protocol::Channel,
        /// The session.
        key: SessionKey,
        /// When, in epoch milliseconds.
        at_ms: u64,
    },
    /// A session left a channel.
    Left {
        /// The channel.
        channel: crate::protocol::Channel,
        /// The session.
        key: SessionKey,
        /// When, in epoch milliseconds.
        at_ms: u64,
    },
    /// A connection ended; whether its session left is to be seen when the grace is over.
    Ended {
        /// The channels in which it was present.
        channels: Vec<crate::protocol::Channel>,
        /// The session.
        key: SessionKey,
        /// The connection.
        connection: ConnectionId,
        /// When, in epoch milliseconds.
        at_ms: u64,
    },
}

impl Broker<'_> {
    const fn now_ms(&self) -> u64 {
        self.circumstances.now_ms
    }
}
