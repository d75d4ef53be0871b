//! The client, and how requests are made and counted.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConsumedCapacity, ReturnConsumedCapacity, ReturnValue,
    ReturnValuesOnConditionCheckFailure,
};
use tidegate_contract::table::{PARTITION_KEY, SORT_KEY};
use tidegate_core::store::StoreError;

use super::attributes::{Item, read_text, text, write_units};
use super::client;
use super::errors::failed;
use crate::environment::AwsEnvironment;
use crate::meter::Meter;
use crate::surroundings::Surroundings;

/// The store in one DynamoDB table.
pub struct DynamoStore {
    client: Client,
    table: String,
    meter: Arc<Meter>,
    page: Option<i32>,
}

/// What came of a write with a condition.
pub(super) enum Written {
    /// It was done. For an update: the item as it was before, or the attributes that were asked for.
    Done(Item),
    /// The condition does not hold for the item that is there.
    Refused(Item),
}

impl DynamoStore {
    /// The store in `table`; what it consumes goes to the meter of its surroundings.
    #[must_use]
    pub fn new(environment: &AwsEnvironment, table: String, surroundings: Surroundings) -> Self {
        Self {
            meter: Arc::clone(&surroundings.meter),
            client: client::guarded(environment, surroundings),
            table,
            page: None,
        }
    }

    /// The same store, read in pages of at most `items` (at least one), for tests. Else a page is what DynamoDB reads at
    /// once: 1 MB.
    #[must_use]
    pub fn with_page_size(self, items: usize) -> Self {
        Self {
            page: Some(i32::try_from(items.max(1)).unwrap_or(i32::MAX)),
            ..self
        }
    }

    /// An update that returns the item as it was before, or as it is where a condition does not hold.
    pub(super) fn update(&self, key: Item) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    pub(super) async fn write(
        &self,
        operation: &'static str,
        update: UpdateItemFluentBuilder,
    ) -> Result<Written, StoreError> {
        match update.send().await {
            Ok(updated) => {
                self.wrote(updated.consumed_capacity());
                Ok(Written::Done(updated.attributes.unwrap_or_default()))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                    Ok(self.refused(failure.item()))
                }
                _ => Err(failed(operation)(error)),
            },
        }
    }

    /// Puts an item, perhaps under a condition.
    pub(super) async fn put_item(
        &self,
        operation: &'static str,
        item: Item,
        condition: Option<Condition>,
    ) -> Result<Written, StoreError> {
        let mut put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        if let Some(condition) = condition {
            put = put
                .condition_expression(condition.expression)
                .set_expression_attribute_names(Some(condition.names))
                .set_expression_attribute_values(condition.values);
        }
        match put.send().await {
            Ok(done) => {
                self.wrote(done.consumed_capacity());
                Ok(Written::Done(Item::new()))
            }
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failure)) => {
                    Ok(self.refused(failure.item()))
                }
                _ => Err(failed(operation)(error)),
            },
        }
    }

    /// Deletes an item, perhaps under a condition; what it was, if it was.
    pub(super) async fn delete_item(
        &self,
        operation: &'static str,
        key: Item,
        condition: Option<Condition>,
    ) -> Result<Written, StoreError> {
        let mut delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        if let Some(condition) = condition {
            delete = delete
                .condition_expression(condition.expression)
                .set_expression_attribute_names(Some(condition.names))
                .set_expression_attribute_values(condition.values);
        }
        match delete.send().await {
            Ok(deleted) => {
                self.wrote(deleted.consumed_capacity());
                Ok(Written::Done(deleted.attributes.unwrap_or_default()))
            }
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(failure)) => {
                    Ok(self.refused(failure.item()))
                }
                _ => Err(failed(operation)(error)),
            },
        }
    }

    pub(super) async fn get_item(
        &self,
        operation: &'static str,
        key: Item,
        consistent: bool,
    ) -> Result<Option<Item>, StoreError> {
        let got = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .consistent_read(consistent)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(failed(operation))?;
        self.has_read(got.consumed_capacity());
        Ok(got.item)
    }

    /// A consistent query of one partition, of its sort keys for which `condition` holds: one that is put together of `#sk`
    /// and `:sk`.
    pub(super) fn query(
        &self,
        partition: String,
        condition: Option<(&str, String)>,
    ) -> QueryFluentBuilder {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .expression_attribute_names("#pk", PARTITION_KEY)
            .expression_attribute_values(":pk", text(partition))
            .consistent_read(true)
            .set_limit(self.page)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match condition {
            None => query.key_condition_expression("#pk = :pk"),
            Some((condition, sort)) => query
                .key_condition_expression(format!("#pk = :pk AND {condition}"))
                .expression_attribute_names("#sk", SORT_KEY)
                .expression_attribute_values(":sk", text(sort)),
        }
    }

    /// How many items to ask for, of `limit`.
    pub(super) fn page_of(&self, limit: usize) -> i32 {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        self.page.map_or(limit, |page| page.min(limit))
    }

    pub(super) async fn read(
        &self,
        operation: &'static str,
        query: QueryFluentBuilder,
    ) -> Result<QueryOutput, StoreError> {
        let page = query.send().await.map_err(failed(operation))?;
        self.has_read(page.consumed_capacity());
        Ok(page)
    }

    /// A failed condition is charged as a write of the item that there is, and is not reported.
    fn refused(&self, item: Option<&Item>) -> Written {
        self.meter.write(Some(write_units(item)));
        Written::Refused(item.cloned().unwrap_or_default())
    }

    fn wrote(&self, consumed: Option<&ConsumedCapacity>) {
        self.meter
            .write(consumed.and_then(ConsumedCapacity::capacity_units));
    }

    fn has_read(&self, consumed: Option<&ConsumedCapacity>) {
        self.meter
            .read(consumed.and_then(ConsumedCapacity::capacity_units));
    }
}

/// Under which condition an item is put or deleted.
pub(super) struct Condition {
    expression: &'static str,
    names: HashMap<String, String>,
    values: Option<Item>,
}

impl Condition {
    /// There is no such item.
    pub(super) fn absent() -> Self {
        Self {
            expression: "attribute_not_exists(#pk)",
            names: [("#pk".to_owned(), PARTITION_KEY.to_owned())].into(),
            values: None,
        }
    }

    /// The attribute `name` of the item is this.
    pub(super) fn is(name: &str, value: AttributeValue) -> Self {
        Self {
            expression: "#name = :value",
            names: [("#name".to_owned(), name.to_owned())].into(),
            values: Some([(":value".to_owned(), value)].into()),
        }
    }

    /// There is no such item, or its attribute `name` is a number of at most `value`.
    pub(super) fn absent_or_at_most(name: &str, value: AttributeValue) -> Self {
        Self {
            expression: "attribute_not_exists(#pk) OR #name <= :value",
            names: [("#pk", PARTITION_KEY), ("#name", name)]
                .map(|(short, name)| (short.to_owned(), name.to_owned()))
                .into(),
            values: Some([(":value".to_owned(), value)].into()),
        }
    }
}

/// The sort key at which a page ended.
pub(super) fn end_of(page: &QueryOutput) -> Result<Option<String>, String> {
    let end = page.last_evaluated_key();
    end.map(|key| read_text(key, SORT_KEY)).transpose()
}
