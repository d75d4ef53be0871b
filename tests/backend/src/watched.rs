//! A store whose writes are counted, and that can be made to fail at any of them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tidegate_core::channel::Channel;
use tidegate_core::connection::{
    ConnectionId, NewConnection, Place, Session, SessionKey, Shard, Subscriber,
};
use tidegate_core::memory::MemoryStore;
use tidegate_core::protocol::IdempotencyKey;
use tidegate_core::rights::Rights;
use tidegate_core::store::{
    Claim, Claims, Entry, Histories, HistoryItem, JoinError, Lease, LeasePage, Leases, OpenError,
    Range, Revocations, RightsError, Scope, Sessions, StoreError, SubscriberPage, Subscriptions,
    Taken, Ticket, Tickets,
};

/// A store in memory whose writes are counted. A clone is the same one.
#[derive(Debug, Clone, Default)]
pub struct Watched {
    store: MemoryStore,
    writes: Arc<AtomicUsize>,
    ends_before: Arc<Mutex<Option<&'static str>>>,
    rival: Arc<AtomicBool>,
}

impl Watched {
    /// Watches `store`.
    #[must_use]
    pub fn new(store: MemoryStore) -> Self {
        Self {
            store,
            ..Self::default()
        }
    }

    /// How many writes there were.
    #[must_use]
    pub fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }

    /// From now on the call `operation` fails, and is not done; none heals it.
    pub fn end_before(&self, operation: Option<&'static str>) {
        *self
            .ends_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = operation;
    }

    /// The next publication finds that another one was faster, and took its place in the history.
    pub fn race_once(&self) {
        self.rival.store(true, Ordering::Relaxed);
    }

    fn read(&self, operation: &'static str) -> Result<(), StoreError> {
        let ends_before = *self
            .ends_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if ends_before == Some(operation) {
            return Err(StoreError::Unavailable {
                operation,
                source: "made to end here by a test".into(),
            });
        }
        Ok(())
    }

    fn write(&self, operation: &'static str) -> Result<(), StoreError> {
        self.read(operation)?;
        self.writes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

macro_rules! port {
    ($port:ident: $($kind:ident $name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl $port for Watched {
            $(async fn $name(&self, $($argument: $type),*) -> $answer {
                self.$kind(stringify!($name))?;
                self.store.$name($($argument),*).await
            })*
        }
    };
}

port! { Sessions:
    write open(new: &NewConnection, keep: bool, now_ms: u64) -> Result<Option<Session>, OpenError>;
    write close(key: &SessionKey, connection: &ConnectionId, now_ms: u64) -> Result<Option<Session>, StoreError>;
    read session(key: &SessionKey) -> Result<Option<Session>, StoreError>;
    read sessions_of(user: &str) -> Result<Vec<(SessionKey, Session)>, StoreError>;
    write join(key: &SessionKey, connection: &ConnectionId, place: &Place, present: bool, most: usize) -> Result<Session, JoinError>;
    write leave(key: &SessionKey, connection: &ConnectionId, place: &Place) -> Result<Option<Session>, StoreError>;
    write part(key: &SessionKey, connection: &ConnectionId, channel: &Channel) -> Result<Option<Session>, StoreError>;
    write set_rights(key: &SessionKey, connection: &ConnectionId, rights: &Rights) -> Result<Session, RightsError>;
    write take(key: &SessionKey, bucket: &str, seen: Option<u64>, next: u64) -> Result<Taken, StoreError>;
    write take_of_user(user: &str, bucket: &str, seen: Option<u64>, next: u64, now_ms: u64) -> Result<Taken, StoreError>;
    write strike(key: &SessionKey, window_ms: u64) -> Result<u32, StoreError>;
    write vacate(key: &SessionKey, connection: &ConnectionId, present: bool) -> Result<(), StoreError>;
    write forget(key: &SessionKey, connections: &[ConnectionId]) -> Result<(), StoreError>;
}

port! { Subscriptions:
    write put_subscription(channel: &Channel, subscriber: &Subscriber) -> Result<(), StoreError>;
    write delete_subscription(place: &Place, connection: &ConnectionId, since_ms: Option<u64>) -> Result<bool, StoreError>;
    write extend_subscription(place: &Place, connection: &ConnectionId, expires_at: u64) -> Result<(), StoreError>;
    read subscription(place: &Place, connection: &ConnectionId) -> Result<Option<Subscriber>, StoreError>;
    read subscribers(channel: &Channel, shard: Shard, after: Option<&ConnectionId>, consistent: bool) -> Result<SubscriberPage, StoreError>;
    read shards(channel: &Channel) -> Result<u32, StoreError>;
    write cut(channel: &Channel, shards: u32, now_ms: u64) -> Result<(), StoreError>;
}

#[async_trait]
impl Histories for Watched {
    async fn head(&self, channel: &Channel) -> Result<Option<HistoryItem>, StoreError> {
        self.read("head")?;
        self.store.head(channel).await
    }

    async fn put(&self, channel: &Channel, item: &HistoryItem) -> Result<bool, StoreError> {
        self.write("put")?;
        if let HistoryItem::Entry(entry) = item
            && self.rival.swap(false, Ordering::Relaxed)
        {
            let rival = HistoryItem::Entry(Entry {
                publication_id: "rival".to_owned(),
                user: Some("rival".to_owned()),
                ..entry.clone()
            });
            self.store.put(channel, &rival).await?;
        }
        self.store.put(channel, item).await
    }

    async fn items(
        &self,
        channel: &Channel,
        range: Range,
        limit: usize,
    ) -> Result<Vec<HistoryItem>, StoreError> {
        self.read("items")?;
        self.store.items(channel, range, limit).await
    }
}

port! { Claims:
    write claim(scope: &Scope, channel: &Channel, key: &IdempotencyKey, claim: &Claim) -> Result<Option<Claim>, StoreError>;
}

port! { Leases:
    write put_lease(minute: u64, lease: &Lease) -> Result<(), StoreError>;
    read leases(minute: u64, after: Option<&Lease>) -> Result<LeasePage, StoreError>;
    write delete_lease(minute: u64, lease: &Lease) -> Result<(), StoreError>;
}

port! { Tickets:
    write put_ticket(digest: &str, ticket: &Ticket) -> Result<(), StoreError>;
    write take_ticket(digest: &str) -> Result<Option<Ticket>, StoreError>;
}

port! { Revocations:
    write revoke(user: &str, before: u64) -> Result<(), StoreError>;
    read revoked_before(user: &str) -> Result<Option<u64>, StoreError>;
}
