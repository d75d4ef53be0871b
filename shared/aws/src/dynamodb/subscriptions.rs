//! Subscriptions in DynamoDB.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::ReturnValue;
use tidegate_contract::table::{PARTITION_KEY, SORT_KEY, TIME_TO_LIVE};
use tidegate_core::channel::Channel;
use tidegate_core::connection::{ConnectionId, Endpoint, Place, SessionKey, Shard, Subscriber};
use tidegate_core::store::{CONNECTION_S, SLACK_S, StoreError, SubscriberPage, Subscriptions};

use super::attributes::{
    COUNT, ENDPOINT, EXPIRES, Item, SESSION, USER, number, read_number, read_text, text,
};
use super::errors::corrupt;
use super::keys;
use super::store::{Condition, DynamoStore, Written, end_of};

/// When a subscription was made or made anew, in epoch milliseconds.
const SINCE: &str = "since";

fn to_subscriber(item: &Item, shard: Shard) -> Result<Subscriber, String> {
    Ok(Subscriber {
        connection: ConnectionId::new(read_text(item, SORT_KEY)?),
        endpoint: Endpoint::new(read_text(item, ENDPOINT)?),
        key: SessionKey {
            user: read_text(item, USER)?,
            session: read_text(item, SESSION)?,
        },
        shard,
        expires_at: read_number(item, EXPIRES)?,
        since_ms: read_number(item, SINCE)?,
    })
}

fn to_shards(item: &Item) -> Result<u32, String> {
    let count = read_number(item, COUNT)?;
    u32::try_from(count).map_err(|_| format!("{count} shards are too many"))
}

#[async_trait]
impl Subscriptions for DynamoStore {
    async fn put_subscription(
        &self,
        channel: &Channel,
        subscriber: &Subscriber,
    ) -> Result<(), StoreError> {
        let place = Place {
            channel: channel.clone(),
            shard: subscriber.shard,
        };
        let ttl = subscriber.since_ms / 1000 + CONNECTION_S + SLACK_S;
        let update = self
            .update(keys::subscription(&place, &subscriber.connection))
            .return_values(ReturnValue::None)
            .update_expression(
                "SET #api = :api, #user = :user, #session = :session, #exp = :exp, \
                 #since = :since, #ttl = :ttl",
            )
            .expression_attribute_names("#api", ENDPOINT)
            .expression_attribute_names("#user", USER)
            .expression_attribute_names("#session", SESSION)
            .expression_attribute_names("#exp", EXPIRES)
            .expression_attribute_names("#since", SINCE)
            .expression_attribute_names("#ttl", TIME_TO_LIVE)
            .expression_attribute_values(":api", text(subscriber.endpoint.as_str()))
            .expression_attribute_values(":user", text(&subscriber.key.user))
            .expression_attribute_values(":session", text(&subscriber.key.session))
            .expression_attribute_values(":exp", number(subscriber.expires_at))
            .expression_attribute_values(":since", number(subscriber.since_ms))
            .expression_attribute_values(":ttl", number(ttl));
        self.write("put_subscription", update).await.map(drop)
    }

    async fn delete_subscription(
        &self,
        place: &Place,
        connection: &ConnectionId,
        since_ms: Option<u64>,
    ) -> Result<bool, StoreError> {
        let key = keys::subscription(place, connection);
        let made_then = since_ms.map(|since_ms| Condition::is(SINCE, number(since_ms)));
        let deleted = self.delete_item("delete_subscription", key, made_then);
        // Refused with nothing: there is none.
        Ok(match deleted.await? {
            Written::Done(_) => true,
            Written::Refused(item) => item.is_empty(),
        })
    }

    async fn extend_subscription(
        &self,
        place: &Place,
        connection: &ConnectionId,
        expires_at: u64,
    ) -> Result<(), StoreError> {
        let update = self
            .update(keys::subscription(place, connection))
            .update_expression("SET #exp = :exp")
            .condition_expression("attribute_exists(#pk)")
            .expression_attribute_names("#pk", PARTITION_KEY)
            .expression_attribute_names("#exp", EXPIRES)
            .expression_attribute_values(":exp", number(expires_at));
        self.write("extend_subscription", update).await.map(drop)
    }

    async fn subscription(
        &self,
        place: &Place,
        connection: &ConnectionId,
    ) -> Result<Option<Subscriber>, StoreError> {
        let operation = "subscription";
        let key = keys::subscription(place, connection);
        let item = self.get_item(operation, key, true).await?;
        let subscriber = item.map(|item| to_subscriber(&item, place.shard));
        subscriber.transpose().map_err(corrupt(operation))
    }

    async fn subscribers(
        &self,
        channel: &Channel,
        shard: Shard,
        after: Option<&ConnectionId>,
        consistent: bool,
    ) -> Result<SubscriberPage, StoreError> {
        let operation = "subscribers";
        let after = after.map(|after| ("#sk > :sk", after.to_string()));
        let query = self.query(keys::shard(channel, shard), after);
        let read = self
            .read(operation, query.consistent_read(consistent))
            .await?;
        let mut page = SubscriberPage {
            next: end_of(&read)
                .map_err(corrupt(operation))?
                .map(ConnectionId::new),
            ..SubscriberPage::default()
        };
        for item in read.items() {
            let is_shards = item
                .get(SORT_KEY)
                .and_then(|sort| sort.as_s().ok())
                .is_some_and(|sort| sort == keys::SHARDS);
            if is_shards {
                let shards = to_shards(item).map_err(corrupt(operation))?;
                page.shards = (shards > 1).then_some(shards);
            } else {
                match to_subscriber(item, shard) {
                    Ok(subscriber) => page.subscribers.push(subscriber),
                    Err(_problem) => page.unreadable += 1,
                }
            }
        }
        Ok(page)
    }

    async fn shards(&self, channel: &Channel) -> Result<u32, StoreError> {
        let operation = "shards";
        let item = self
            .get_item(operation, keys::shards(channel), false)
            .await?;
        item.map_or(Ok(1), |item| to_shards(&item).map_err(corrupt(operation)))
    }

    async fn cut(&self, channel: &Channel, shards: u32, _now_ms: u64) -> Result<(), StoreError> {
        let update = self
            .update(keys::shards(channel))
            .update_expression("SET #count = :shards")
            .condition_expression("attribute_not_exists(#count) OR #count < :shards")
            .expression_attribute_names("#count", COUNT)
            .expression_attribute_values(":shards", number(u64::from(shards)));
        self.write("cut", update).await.map(drop)
    }
}
