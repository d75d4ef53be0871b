//! Revocations in DynamoDB.

use async_trait::async_trait;
use tidegate_contract::table::TIME_TO_LIVE;
use tidegate_core::store::{REVOCATION_S, Revocations, StoreError};

use super::attributes::{number, read_number};
use super::errors::corrupt;
use super::keys;
use super::store::DynamoStore;

/// Before when tokens are refused, in epoch seconds.
const BEFORE: &str = "before";

#[async_trait]
impl Revocations for DynamoStore {
    async fn revoke(&self, user: &str, before: u64) -> Result<(), StoreError> {
        let update = self
            .update(keys::revocation(user))
            .update_expression("SET #before = :before, #ttl = :ttl")
            .condition_expression("attribute_not_exists(#before) OR #before < :before")
            .expression_attribute_names("#before", BEFORE)
            .expression_attribute_names("#ttl", TIME_TO_LIVE)
            .expression_attribute_values(":before", number(before))
            .expression_attribute_values(":ttl", number(before + REVOCATION_S));
        self.write("revoke", update).await.map(drop)
    }

    async fn revoked_before(&self, user: &str) -> Result<Option<u64>, StoreError> {
        let operation = "revoked_before";
        let item = self
            .get_item(operation, keys::revocation(user), true)
            .await?;
        let before = item.map(|item| read_number(&item, BEFORE)).transpose();
        before.map_err(corrupt(operation))
    }
}
