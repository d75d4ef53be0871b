//! Subscriptions in memory.

use std::ops::Bound;

use async_trait::async_trait;

use super::MemoryStore;
use crate::channel::Channel;
use crate::connection::{ConnectionId, Place, Shard, Subscriber};
use crate::store::{StoreError, SubscriberPage, Subscriptions};

#[async_trait]
impl Subscriptions for MemoryStore {
    async fn put_subscription(
        &self,
        channel: &Channel,
        subscriber: &Subscriber,
    ) -> Result<(), StoreError> {
        let mut tables = self.open_tables("put_subscription")?;
        let shard = (channel.clone(), subscriber.shard);
        let rows = tables.subscribed.rows.entry(shard).or_default();
        rows.insert(subscriber.connection.clone(), subscriber.clone());
        Ok(())
    }

    async fn delete_subscription(
        &self,
        place: &Place,
        connection: &ConnectionId,
        since_ms: Option<u64>,
    ) -> Result<bool, StoreError> {
        let mut tables = self.open_tables("delete_subscription")?;
        let shard = (place.channel.clone(), place.shard);
        let Some(rows) = tables.subscribed.rows.get_mut(&shard) else {
            return Ok(true);
        };
        let is_another =
            |row: &Subscriber| since_ms.is_some_and(|since_ms| row.since_ms != since_ms);
        let stays = rows.get(connection).is_some_and(is_another);
        if !stays {
            rows.remove(connection);
        }
        Ok(!stays)
    }

    async fn extend_subscription(
        &self,
        place: &Place,
        connection: &ConnectionId,
        expires_at: u64,
    ) -> Result<(), StoreError> {
        let mut tables = self.open_tables("extend_subscription")?;
        let shard = (place.channel.clone(), place.shard);
        let rows = tables.subscribed.rows.get_mut(&shard);
        if let Some(row) = rows.and_then(|rows| rows.get_mut(connection)) {
            row.expires_at = expires_at;
        }
        Ok(())
    }

    async fn subscription(
        &self,
        place: &Place,
        connection: &ConnectionId,
    ) -> Result<Option<Subscriber>, StoreError> {
        let tables = self.open_tables("subscription")?;
        let shard = (place.channel.clone(), place.shard);
        let rows = tables.subscribed.rows.get(&shard);
        Ok(rows.and_then(|rows| rows.get(connection)).cloned())
    }

    async fn subscribers(
        &self,
        channel: &Channel,
        shard: Shard,
        after: Option<&ConnectionId>,
        consistent: bool,
    ) -> Result<SubscriberPage, StoreError> {
        let mut tables = self.open_tables("subscribers")?;
        tables.queries += 1;
        let stale = tables.stale.as_ref().filter(|_| !consistent);
        let subscribed = stale.unwrap_or(&tables.subscribed);
        let rows = subscribed.rows.get(&(channel.clone(), shard));
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = rows
            .into_iter()
            .flat_map(|rows| rows.range((from, Bound::Unbounded)).map(|(_, row)| row));
        let subscribers: Vec<_> = rest.by_ref().take(self.page).cloned().collect();
        let next = rest
            .next()
            .and_then(|_| Some(subscribers.last()?.connection.clone()));
        let is_first = shard == Shard(0) && after.is_none();
        let shards = subscribed.shards.get(channel).copied();
        Ok(SubscriberPage {
            subscribers,
            unreadable: 0,
            shards: shards.filter(|shards| is_first && *shards > 1),
            next,
        })
    }

    async fn shards(&self, channel: &Channel) -> Result<u32, StoreError> {
        let tables = self.open_tables("shards")?;
        let subscribed = tables.stale.as_ref().unwrap_or(&tables.subscribed);
        Ok(subscribed.shards.get(channel).copied().unwrap_or(1))
    }

    async fn cut(&self, channel: &Channel, shards: u32, _now_ms: u64) -> Result<(), StoreError> {
        let mut tables = self.open_tables("cut")?;
        let held = tables.subscribed.shards.entry(channel.clone()).or_insert(1);
        *held = shards.max(*held);
        Ok(())
    }
}
