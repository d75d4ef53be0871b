//! DynamoDB, as a function meets it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::FutureExt;
use tidegate_core::channel::Channel;
use tidegate_core::connection::{
    ConnectionId, NewConnection, Place, Session, SessionKey, Shard, Subscriber,
};
use tidegate_core::memory::{MemoryStore, Row};
use tidegate_core::protocol::IdempotencyKey;
use tidegate_core::rights::Rights;
use tidegate_core::store::{
    Claim, Claims, Histories, HistoryItem, JoinError, Lease, LeasePage, Leases, OpenError, Range,
    Revocations, RightsError, Scope, Sessions, StoreError, SubscriberPage, Subscriptions, Taken,
    Ticket, Tickets,
};

use super::Ports;
use crate::mutation::Mutation;

/// The subscribers as they were at some time.
#[derive(Debug)]
pub(crate) struct Snapshot(BTreeMap<(Channel, Shard), Vec<Subscriber>>);

impl Snapshot {
    pub(super) fn of(store: &MemoryStore) -> Self {
        let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in store.rows() {
            if let Row::Subscription {
                channel,
                subscriber,
            } = row
            {
                let shard = (channel, subscriber.shard);
                all.entry(shard).or_default().push(subscriber);
            }
        }
        Self(all)
    }
}

/// A request to the store in memory, which answers at once.
macro_rules! ask {
    ($call:expr) => {
        $call.now_or_never().unwrap_or_else(|| {
            Err(StoreError::Throttled {
                operation: "the store in memory waits",
            }
            .into())
        })
    };
}

#[async_trait]
impl Sessions for Ports {
    async fn open(
        &self,
        new: &NewConnection,
        keep_rights: bool,
        now_ms: u64,
    ) -> Result<Option<Session>, OpenError> {
        let new = new.clone();
        self.request("open", move |_, store| {
            ask!(store.open(&new, keep_rights, now_ms))
        })
        .await
    }

    async fn close(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        now_ms: u64,
    ) -> Result<Option<Session>, StoreError> {
        let (key, connection) = (key.clone(), connection.clone());
        self.request("close", move |_, store| {
            ask!(store.close(&key, &connection, now_ms))
        })
        .await
    }

    async fn session(&self, key: &SessionKey) -> Result<Option<Session>, StoreError> {
        let key = key.clone();
        self.request("session", move |_, store| ask!(store.session(&key)))
            .await
    }

    async fn sessions_of(&self, user: &str) -> Result<Vec<(SessionKey, Session)>, StoreError> {
        let user = user.to_owned();
        self.request("sessions_of", move |_, store| {
            ask!(store.sessions_of(&user))
        })
        .await
    }

    async fn join(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        place: &Place,
        present: bool,
        most: usize,
    ) -> Result<Session, JoinError> {
        let (key, connection, place) = (key.clone(), connection.clone(), place.clone());
        self.request("join", move |_, store| {
            ask!(store.join(&key, &connection, &place, present, most))
        })
        .await
    }

    async fn leave(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        place: &Place,
    ) -> Result<Option<Session>, StoreError> {
        let (key, connection, place) = (key.clone(), connection.clone(), place.clone());
        self.request("leave", move |_, store| {
            ask!(store.leave(&key, &connection, &place))
        })
        .await
    }

    async fn part(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        channel: &Channel,
    ) -> Result<Option<Session>, StoreError> {
        let (key, connection, channel) = (key.clone(), connection.clone(), channel.clone());
        self.request("part", move |_, store| {
            ask!(store.part(&key, &connection, &channel))
        })
        .await
    }

    async fn set_rights(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        rights: &Rights,
    ) -> Result<Session, RightsError> {
        let (key, connection, rights) = (key.clone(), connection.clone(), rights.clone());
        let keeps = self.mutation() == Some(Mutation::KeepsForbidden);
        let set = self
            .request("set_rights", move |_, store| {
                ask!(store.set_rights(&key, &connection, &rights))
            })
            .await;
        set.map(|mut before: Session| {
            if keeps {
                for places in before.places.values_mut() {
                    places.retain(|place| place.channel.namespace() != "team");
                }
            }
            before
        })
    }

    async fn take(
        &self,
        key: &SessionKey,
        bucket: &str,
        seen: Option<u64>,
        next: u64,
    ) -> Result<Taken, StoreError> {
        if self.mutation() == Some(Mutation::NoRates) {
            return Ok(Taken::Moved);
        }
        let (key, bucket) = (key.clone(), bucket.to_owned());
        self.request("take", move |_, store| {
            ask!(store.take(&key, &bucket, seen, next))
        })
        .await
    }

    async fn take_of_user(
        &self,
        user: &str,
        bucket: &str,
        seen: Option<u64>,
        next: u64,
        now_ms: u64,
    ) -> Result<Taken, StoreError> {
        let (user, bucket) = (user.to_owned(), bucket.to_owned());
        self.request("take_of_user", move |_, store| {
            ask!(store.take_of_user(&user, &bucket, seen, next, now_ms))
        })
        .await
    }

    async fn strike(&self, key: &SessionKey, window_ms: u64) -> Result<u32, StoreError> {
        let key = key.clone();
        self.request("strike", move |_, store| {
            ask!(store.strike(&key, window_ms))
        })
        .await
    }

    async fn vacate(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        present: bool,
    ) -> Result<(), StoreError> {
        let (key, connection) = (key.clone(), connection.clone());
        self.request("vacate", move |_, store| {
            ask!(store.vacate(&key, &connection, present))
        })
        .await
    }

    async fn forget(
        &self,
        key: &SessionKey,
        connections: &[ConnectionId],
    ) -> Result<(), StoreError> {
        let (key, connections) = (key.clone(), connections.to_vec());
        self.request("forget", move |_, store| {
            ask!(store.forget(&key, &connections))
        })
        .await
    }
}

#[async_trait]
impl Subscriptions for Ports {
    async fn put_subscription(
        &self,
        channel: &Channel,
        subscriber: &Subscriber,
    ) -> Result<(), StoreError> {
        let (channel, mut subscriber) = (channel.clone(), subscriber.clone());
        if self.mutation() == Some(Mutation::NeverExpires) {
            subscriber.expires_at = u64::MAX;
        }
        self.request("put_subscription", move |_, store| {
            ask!(store.put_subscription(&channel, &subscriber))
        })
        .await
    }

    async fn delete_subscription(
        &self,
        place: &Place,
        connection: &ConnectionId,
        since_ms: Option<u64>,
    ) -> Result<bool, StoreError> {
        let (place, connection) = (place.clone(), connection.clone());
        self.request("delete_subscription", move |_, store| {
            ask!(store.delete_subscription(&place, &connection, since_ms))
        })
        .await
    }

    async fn extend_subscription(
        &self,
        place: &Place,
        connection: &ConnectionId,
        expires_at: u64,
    ) -> Result<(), StoreError> {
        if self.mutation() == Some(Mutation::NeverExpires) {
            return Ok(());
        }
        let (place, connection) = (place.clone(), connection.clone());
        self.request("extend_subscription", move |_, store| {
            ask!(store.extend_subscription(&place, &connection, expires_at))
        })
        .await
    }

    async fn subscription(
        &self,
        place: &Place,
        connection: &ConnectionId,
    ) -> Result<Option<Subscriber>, StoreError> {
        let (place, connection) = (place.clone(), connection.clone());
        self.request("subscription", move |_, store| {
            ask!(store.subscription(&place, &connection))
        })
        .await
    }

    async fn subscribers(
        &self,
        channel: &Channel,
        shard: Shard,
        after: Option<&ConnectionId>,
        consistent: bool,
    ) -> Result<SubscriberPage, StoreError> {
        if let Some(before) = self.before.as_ref().filter(|_| consistent) {
            let rows = before.0.get(&(channel.clone(), shard));
            return Ok(SubscriberPage {
                subscribers: rows.cloned().unwrap_or_default(),
                ..SubscriberPage::default()
            });
        }
        let (channel, after) = (channel.clone(), after.cloned());
        self.request("subscribers", move |_, store| {
            ask!(store.subscribers(&channel, shard, after.as_ref(), consistent))
        })
        .await
    }

    async fn shards(&self, channel: &Channel) -> Result<u32, StoreError> {
        let channel = channel.clone();
        self.request("shards", move |_, store| ask!(store.shards(&channel)))
            .await
    }

    async fn cut(&self, channel: &Channel, shards: u32, now_ms: u64) -> Result<(), StoreError> {
        let channel = channel.clone();
        self.request("cut", move |_, store| {
            ask!(store.cut(&channel, shards, now_ms))
        })
        .await
    }
}

#[async_trait]
impl Histories for Ports {
    async fn head(&self, channel: &Channel) -> Result<Option<HistoryItem>, StoreError> {
        let channel = channel.clone();
        self.request("head", move |_, store| ask!(store.head(&channel)))
            .await
    }

    async fn put(&self, channel: &Channel, item: &HistoryItem) -> Result<bool, StoreError> {
        let (channel, item) = (channel.clone(), item.clone());
        let mutation = self.mutation();
        self.request("put", move |world, store| {
            if mutation == Some(Mutation::AcksWithoutPutting)
                && matches!(item, HistoryItem::Entry(_))
                && item.offset() % 3 == 0
            {
                return Ok(true);
            }
            if mutation == Some(Mutation::PutsOverOthers) {
                // Whatever is there goes first.
                let offset = item.offset();
                store.expire(u64::MAX, |row| {
                    matches!(row, Row::History { channel: of, item: there }
                        if *of == channel && there.offset() == offset)
                });
            }
            let put = ask!(store.put(&channel, &item))?;
            if put {
                let now_ms = world.now_ms;
                world.ledger.put(now_ms, &channel, &item);
            }
            Ok(put)
        })
        .await
    }

    async fn items(
        &self,
        channel: &Channel,
        range: Range,
        limit: usize,
    ) -> Result<Vec<HistoryItem>, StoreError> {
        let channel = channel.clone();
        self.request("items", move |_, store| {
            ask!(store.items(&channel, range, limit))
        })
        .await
    }
}

#[async_trait]
impl Claims for Ports {
    async fn claim(
        &self,
        scope: &Scope,
        channel: &Channel,
        key: &IdempotencyKey,
        claim: &Claim,
    ) -> Result<Option<Claim>, StoreError> {
        if self.mutation() == Some(Mutation::ForgetsKeys) {
            return Ok(None);
        }
        let (scope, channel, key, claim) =
            (scope.clone(), channel.clone(), key.clone(), claim.clone());
        self.request("claim", move |_, store| {
            ask!(store.claim(&scope, &channel, &key, &claim))
        })
        .await
    }
}

#[async_trait]
impl Leases for Ports {
    async fn put_lease(&self, minute: u64, lease: &Lease) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.request("put_lease", move |_, store| {
            ask!(store.put_lease(minute, &lease))
        })
        .await
    }

    async fn leases(&self, minute: u64, after: Option<&Lease>) -> Result<LeasePage, StoreError> {
        let after = after.cloned();
        self.request("leases", move |_, store| {
            ask!(store.leases(minute, after.as_ref()))
        })
        .await
    }

    async fn delete_lease(&self, minute: u64, lease: &Lease) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.request("delete_lease", move |_, store| {
            ask!(store.delete_lease(minute, &lease))
        })
        .await
    }
}

#[async_trait]
impl Tickets for Ports {
    async fn put_ticket(&self, digest: &str, ticket: &Ticket) -> Result<(), StoreError> {
        let (digest, ticket) = (digest.to_owned(), ticket.clone());
        self.request("put_ticket", move |_, store| {
            ask!(store.put_ticket(&digest, &ticket))
        })
        .await
    }

    async fn take_ticket(&self, digest: &str) -> Result<Option<Ticket>, StoreError> {
        let digest = digest.to_owned();
        self.request("take_ticket", move |_, store| {
            ask!(store.take_ticket(&digest))
        })
        .await
    }
}

#[async_trait]
impl Revocations for Ports {
    async fn revoke(&self, user: &str, before: u64) -> Result<(), StoreError> {
        let user = user.to_owned();
        self.request("revoke", move |_, store| ask!(store.revoke(&user, before)))
            .await
    }

    async fn revoked_before(&self, user: &str) -> Result<Option<u64>, StoreError> {
        let user = user.to_owned();
        self.request("revoked_before", move |_, store| {
            ask!(store.revoked_before(&user))
        })
        .await
    }
}
