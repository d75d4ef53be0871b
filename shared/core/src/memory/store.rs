//! The store in memory.

mod claims;
mod histories;
mod leases;
mod revocations;
mod rows;
mod sessions;
mod subscriptions;
mod tickets;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use rows::{Row, SessionRow, UserRow};

use crate::channel::Channel;
use crate::connection::{ConnectionId, SessionKey, Shard, Subscriber};
use crate::protocol::IdempotencyKey;
use crate::store::{Claim, HistoryItem, Lease, Scope, StoreError, Ticket};

/// How many items a page holds, if a test does not say otherwise.
const PAGE: usize = 1_000;

/// The rows of the subscribers of each shard.
type Subscriptions = BTreeMap<(Channel, Shard), BTreeMap<ConnectionId, Subscriber>>;

/// What the tables of subscriptions held at some time.
#[derive(Debug, Clone, Default)]
struct Subscribed {
    rows: Subscriptions,
    shards: BTreeMap<Channel, u32>,
}

#[derive(Debug, Default)]
struct Tables {
    sessions: BTreeMap<SessionKey, SessionRow>,
    strikes: BTreeMap<(SessionKey, u64), u32>,
    users: BTreeMap<String, UserRow>,
    subscribed: Subscribed,
    /// What reads see that did not ask to be consistent; none when it is the newest.
    stale: Option<Subscribed>,
    histories: BTreeMap<Channel, BTreeMap<u64, HistoryItem>>,
    claims: BTreeMap<(Scope, Channel, IdempotencyKey), Claim>,
    leases: BTreeMap<u64, BTreeMap<(SessionKey, ConnectionId), Lease>>,
    tickets: BTreeMap<String, Ticket>,
    revocations: BTreeMap<String, u64>,
    unavailable: bool,
    queries: usize,
}

/// A store in memory. A clone is the same store.
///
/// Nothing in it depends on anything but the calls and their order, so that a run can be done again.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
    page: usize,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            tables: Arc::default(),
            page: PAGE,
        }
    }
}

impl MemoryStore {
    /// The same store, read in pages of at most `items`: at least one.
    #[must_use]
    pub fn with_page_size(self, items: usize) -> Self {
        Self {
            page: items.max(1),
            ..self
        }
    }

    /// From now on every call fails as if the store were down; `false` heals it.
    pub fn set_unavailable(&self, unavailable: bool) {
        self.lock().unavailable = unavailable;
    }

    /// How often the subscribers of a channel were read: the one call whose cost grows with the channel.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.lock().queries
    }

    /// From now on reads that do not ask to be consistent see what is there now, until [`catch_up`](Self::catch_up).
    pub fn fall_behind(&self) {
        let mut tables = self.lock();
        tables.stale = Some(tables.subscribed.clone());
    }

    /// From now on all reads see what is there.
    pub fn catch_up(&self) {
        self.lock().stale = None;
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_tables(&self, operation: &'static str) -> Result<MutexGuard<'_, Tables>, StoreError> {
        let tables = self.lock();
        if tables.unavailable {
            return Err(StoreError::Unavailable {
                operation,
                source: "made unavailable by a test".into(),
            });
        }
        Ok(tables)
    }
}
