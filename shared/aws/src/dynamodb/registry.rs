//! The registry's operations, each by key.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConsumedCapacity, ReturnConsumedCapacity, ReturnValue,
    ReturnValuesOnConditionCheckFailure,
};
use tidegate_contract::table::{PARTITION_KEY, TIME_TO_LIVE};
use tidegate_core::channel::Channel;
use tidegate_core::connection::{
    ConnectionId, NewConnection, Session, SessionKey, Subscriber, Subscription,
};
use tidegate_core::registry::{
    ConnectError, MAX_SUBSCRIPTIONS, Registry, RegistryError, SubscribeError,
};

use super::client;
use super::errors::{corrupt, failed};
use super::items::{
    CHANNELS, ENDPOINT, EXPIRES, GROUPS, Item, SESSION, SINCE, USER, channel_partition, gone, live,
    number, session_key, subscription_key, text, to_channels, to_session, to_subscriber,
};
use crate::environment::AwsEnvironment;
use crate::meter::Meter;
use crate::surroundings::Surroundings;

/// What a connection can live (two hours, an AWS quota) and some slack for what comes late.
const LIFETIME_S: u64 = 2 * 3600 + 600;
/// How long a connection stays marked as gone. Longer than any `$connect` that is still under way (29 s, an AWS quota).
const TOMBSTONE_S: u64 = 600;

/// A failed condition is charged as one write of the item, and is not reported.
const FAILED_CONDITION: Option<f64> = Some(1.0);

/// The registry in one DynamoDB table.
pub struct DynamoRegistry {
    client: Client,
    table: String,
    meter: Arc<Meter>,
}

impl DynamoRegistry {
    /// The registry in `table`; what it consumes goes to the meter of its surroundings.
    #[must_use]
    pub fn new(environment: &AwsEnvironment, table: String, surroundings: Surroundings) -> Self {
        Self {
            meter: Arc::clone(&surroundings.meter),
            client: client::guarded(environment, surroundings),
            table,
        }
    }

    fn update(&self, key: Item) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    fn wrote(&self, consumed: Option<&ConsumedCapacity>) {
        self.meter
            .write(consumed.and_then(ConsumedCapacity::capacity_units));
    }

    fn has_read(&self, consumed: Option<&ConsumedCapacity>) {
        self.meter
            .read(consumed.and_then(ConsumedCapacity::capacity_units));
    }

    async fn put_subscription(
        &self,
        operation: &'static str,
        channel: &Channel,
        subscriber: &Subscriber,
    ) -> Result<(), RegistryError> {
        let mut item = subscription_key(channel, &subscriber.connection);
        item.extend([
            (ENDPOINT.to_owned(), text(subscriber.endpoint.as_str())),
            (USER.to_owned(), text(&subscriber.key.user)),
            (SESSION.to_owned(), text(&subscriber.key.session)),
            (EXPIRES.to_owned(), number(subscriber.expires_at)),
            (SINCE.to_owned(), number(subscriber.since_ms)),
            (
                TIME_TO_LIVE.to_owned(),
                number(subscriber.since_ms / 1000 + LIFETIME_S),
            ),
        ]);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item));
        let put = put
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        self.wrote(put.map_err(failed(operation))?.consumed_capacity());
        Ok(())
    }

    async fn delete_subscription(
        &self,
        operation: &'static str,
        channel: &Channel,
        connection: &ConnectionId,
    ) -> Result<(), RegistryError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.set_key(Some(subscription_key(channel, connection)));
        let deleted = delete
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        self.wrote(deleted.map_err(failed(operation))?.consumed_capacity());
        Ok(())
    }
}

/// Set for one channel name.
fn channel_set(channel: &Channel) -> AttributeValue {
    AttributeValue::Ss(vec![channel.to_string()])
}

#[async_trait]
impl Registry for DynamoRegistry {
    /// The subscription's row comes first, the session's item second and under its condition: so `$disconnect`, which
    /// removes what the session names, either finds the row or makes the condition fail, and then the row goes here.
    async fn connect(&self, new: &NewConnection, now_ms: u64) -> Result<(), ConnectError> {
        let operation = "connect";
        if let Some(channel) = &new.channel {
            let subscriber = Subscriber {
                connection: new.connection.clone(),
                endpoint: new.endpoint.clone(),
                key: new.key.clone(),
                expires_at: new.rights.expires_at,
                since_ms: now_ms,
            };
            self.put_subscription(operation, channel, &subscriber)
                .await?;
        }
        let mut expression = "SET #live = :api, #exp = :exp, #ttl = :ttl".to_owned();
        let mut update = self
            .update(session_key(&new.key))
            .condition_expression("attribute_not_exists(#gone)")
            .expression_attribute_names("#live", live(&new.connection))
            .expression_attribute_names("#gone", gone(&new.connection))
            .expression_attribute_names("#exp", EXPIRES)
            .expression_attribute_names("#ttl", TIME_TO_LIVE)
            .expression_attribute_names("#groups", GROUPS)
            .expression_attribute_values(":api", text(new.endpoint.as_str()))
            .expression_attribute_values(":exp", number(new.rights.expires_at))
            .expression_attribute_values(":ttl", number(now_ms / 1000 + LIFETIME_S));
        if new.rights.groups.is_empty() {
            expression.push_str(" REMOVE #groups");
        } else {
            expression.push_str(", #groups = :groups");
            let groups = new.rights.groups.iter().cloned().collect();
            update = update.expression_attribute_values(":groups", AttributeValue::Ss(groups));
        }
        if let Some(channel) = &new.channel {
            expression.push_str(" ADD #subs :channel");
            update = update
                .expression_attribute_names("#subs", CHANNELS)
                .expression_attribute_values(":channel", channel_set(channel));
        }
        let refused = match update.update_expression(expression).send().await {
            Ok(updated) => {
                self.wrote(updated.consumed_capacity());
                return Ok(());
            }
            Err(error) if is_failed_condition(error.as_service_error()) => {
                self.meter.write(FAILED_CONDITION);
                ConnectError::Gone
            }
            Err(error) => failed(operation)(error).into(),
        };
        if let Some(channel) = &new.channel {
            // The time to live takes a row that cannot be removed now.
            let _removed = self
                .delete_subscription(operation, channel, &new.connection)
                .await;
        }
        Err(refused)
    }

    async fn disconnect(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        now_ms: u64,
    ) -> Result<Vec<Channel>, RegistryError> {
        let operation = "disconnect";
        let updated = self
            .update(session_key(key))
            .update_expression("SET #gone = :now, #ttl = :ttl REMOVE #live")
            .expression_attribute_names("#live", live(connection))
            .expression_attribute_names("#gone", gone(connection))
            .expression_attribute_names("#ttl", TIME_TO_LIVE)
            .expression_attribute_values(":now", number(now_ms))
            .expression_attribute_values(":ttl", number(now_ms / 1000 + TOMBSTONE_S))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(failed(operation))?;
        self.wrote(updated.consumed_capacity());
        let item = updated.attributes.unwrap_or_default();
        let channels = to_channels(&item).map_err(corrupt(operation))?;
        for channel in &channels {
            self.delete_subscription(operation, channel, connection)
                .await?;
        }
        Ok(channels.into_iter().collect())
    }

    async fn session(&self, key: &SessionKey) -> Result<Option<Session>, RegistryError> {
        let operation = "session";
        let get = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(session_key(key)));
        let get = get
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let got = get.send().await.map_err(failed(operation))?;
        self.has_read(got.consumed_capacity());
        got.item()
            .map_or(Ok(None), |item| to_session(key, item))
            .map_err(corrupt(operation))
    }

    /// Row first, session second, for the reason given at `connect`.
    async fn subscribe(
        &self,
        subscription: &Subscription,
        _now_ms: u64,
    ) -> Result<(), SubscribeError> {
        let operation = "subscribe";
        let Subscription {
            channel,
            subscriber,
        } = subscription;
        self.put_subscription(operation, channel, subscriber)
            .await?;
        let updated = self
            .update(session_key(&subscriber.key))
            .update_expression("ADD #subs :channel")
            .condition_expression(
                "attribute_exists(#live) AND attribute_not_exists(#gone) AND \
                 (attribute_not_exists(#subs) OR contains(#subs, :name) OR size(#subs) < :most)",
            )
            .expression_attribute_names("#live", live(&subscriber.connection))
            .expression_attribute_names("#gone", gone(&subscriber.connection))
            .expression_attribute_names("#subs", CHANNELS)
            .expression_attribute_values(":channel", channel_set(channel))
            .expression_attribute_values(":name", text(channel.as_str()))
            .expression_attribute_values(":most", number(MAX_SUBSCRIPTIONS as u64))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let refused = match updated {
            Ok(updated) => {
                self.wrote(updated.consumed_capacity());
                return Ok(());
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                    self.meter.write(FAILED_CONDITION);
                    let is_live = |item: &Item| item.contains_key(&live(&subscriber.connection));
                    if failure.item().is_some_and(is_live) {
                        SubscribeError::TooMany
                    } else {
                        SubscribeError::NotConnected
                    }
                }
                _ => failed(operation)(error).into(),
            },
        };
        // The time to live takes a row that cannot be removed now.
        let _removed = self
            .delete_subscription(operation, channel, &subscriber.connection)
            .await;
        Err(refused)
    }

    async fn unsubscribe(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        channel: &Channel,
    ) -> Result<(), RegistryError> {
        let operation = "unsubscribe";
        self.delete_subscription(operation, channel, connection)
            .await?;
        let updated = self
            .update(session_key(key))
            .update_expression("DELETE #subs :channel")
            // Without it, an item would be made where there is none.
            .condition_expression("attribute_exists(#pk)")
            .expression_attribute_names("#pk", PARTITION_KEY)
            .expression_attribute_names("#subs", CHANNELS)
            .expression_attribute_values(":channel", channel_set(channel))
            .send()
            .await;
        match updated {
            Ok(updated) => self.wrote(updated.consumed_capacity()),
            Err(error) if is_failed_condition(error.as_service_error()) => {
                self.meter.write(FAILED_CONDITION);
            }
            Err(error) => return Err(failed(operation)(error)),
        }
        Ok(())
    }

    async fn subscribers(&self, channel: &Channel) -> Result<Vec<Subscriber>, RegistryError> {
        let operation = "subscribers";
        let mut subscribers = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("#pk = :channel")
                .expression_attribute_names("#pk", PARTITION_KEY)
                .expression_attribute_values(":channel", text(channel_partition(channel)))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(failed(operation))?;
            self.has_read(page.consumed_capacity());
            for item in page.items() {
                subscribers.push(to_subscriber(item).map_err(corrupt(operation))?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(subscribers);
            }
        }
    }

    async fn remove_subscriber(
        &self,
        channel: &Channel,
        connection: &ConnectionId,
    ) -> Result<(), RegistryError> {
        self.delete_subscription("remove_subscriber", channel, connection)
            .await
    }
}

fn is_failed_condition(error: Option<&UpdateItemError>) -> bool {
    error.is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}
