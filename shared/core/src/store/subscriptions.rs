//! The port to subscriptions.

use async_trait::async_trait;

use super::StoreError;
use crate::channel::Channel;
use crate::connection::{ConnectionId, Place, Shard, Subscriber};

/// One page of the subscribers in one shard of a channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriberPage {
    /// Who receives.
    pub subscribers: Vec<Subscriber>,
    /// Rows that this version cannot read. They stay, and stop nobody else.
    pub unreadable: usize,
    /// Into how many shards the channel is cut; only on the first page of shard 0, and only where it is more than one.
    pub shards: Option<u32>,
    /// Where to go on, where perhaps nobody is left; none when this was all.
    pub next: Option<ConnectionId>,
}

/// Keeps who receives what is published in which channel.
#[async_trait]
pub trait Subscriptions: Send + Sync {
    /// Makes a connection a subscriber. Doing it again makes the row anew.
    ///
    /// Costs one write.
    async fn put_subscription(
        &self,
        channel: &Channel,
        subscriber: &Subscriber,
    ) -> Result<(), StoreError>;

    /// Ends a subscription. Ending one that is not there changes nothing; nor, with `since_ms`, does ending one that was made
    /// at another time. Without it this is for connections that are gone: where one may subscribe again, a request of before
    /// that may arrive after it. Returns whether there is none now.
    ///
    /// Costs one write.
    async fn delete_subscription(
        &self,
        place: &Place,
        connection: &ConnectionId,
        since_ms: Option<u64>,
    ) -> Result<bool, StoreError>;

    /// Gives a subscription another expiry, in epoch seconds. Where there is none, none is made.
    ///
    /// Costs one write.
    async fn extend_subscription(
        &self,
        place: &Place,
        connection: &ConnectionId,
        expires_at: u64,
    ) -> Result<(), StoreError>;

    /// A subscription as it is now, read consistently; none where it has ended.
    async fn subscription(
        &self,
        place: &Place,
        connection: &ConnectionId,
    ) -> Result<Option<Subscriber>, StoreError>;

    /// A page of who receives, in the order of their connections, from after `after` on. `consistent` as deliveries need
    /// it, else at half the price and perhaps a moment old.
    async fn subscribers(
        &self,
        channel: &Channel,
        shard: Shard,
        after: Option<&ConnectionId>,
        consistent: bool,
    ) -> Result<SubscriberPage, StoreError>;

    /// Into how many shards a channel is cut, perhaps as it was a moment ago. Only ever more.
    async fn shards(&self, channel: &Channel) -> Result<u32, StoreError>;

    /// Cuts a channel into `shards`, unless it is cut into as many or more already. That is never forgotten: whoever did
    /// would lose those who receive in the other shards.
    ///
    /// Costs one write.
    async fn cut(&self, channel: &Channel, shards: u32, now_ms: u64) -> Result<(), StoreError>;
}
