//! Claims in DynamoDB.

use async_trait::async_trait;
use tidegate_contract::table::TIME_TO_LIVE;
use tidegate_core::channel::Channel;
use tidegate_core::protocol::IdempotencyKey;
use tidegate_core::store::{CLAIM_S, Claim, Claims, Scope, StoreError};

use super::attributes::{AT, Item, PUBLICATION, attributes, number, read_number, read_text, text};
use super::errors::corrupt;
use super::keys;
use super::store::{Condition, DynamoStore, Written};

/// The highest offset of the channel when the key was claimed.
const FROM: &str = "from";

fn to_claim(item: &Item) -> Result<Claim, String> {
    Ok(Claim {
        publication_id: read_text(item, PUBLICATION)?,
        from: read_number(item, FROM)?,
        at_ms: read_number(item, AT)?,
    })
}

#[async_trait]
impl Claims for DynamoStore {
    /// A claim whose time is over may still be there, for DynamoDB removes late.
    async fn claim(
        &self,
        scope: &Scope,
        channel: &Channel,
        key: &IdempotencyKey,
        claim: &Claim,
    ) -> Result<Option<Claim>, StoreError> {
        let operation = "claim";
        let mut item = keys::claim(scope, channel, key);
        item.extend(attributes([
            (PUBLICATION, text(&claim.publication_id)),
            (FROM, number(claim.from)),
            (AT, number(claim.at_ms)),
            (TIME_TO_LIVE, number(claim.at_ms / 1000 + CLAIM_S)),
        ]));
        let lapsed = match claim.at_ms.checked_sub(CLAIM_S * 1000) {
            Some(lapsed) => Condition::absent_or_at_most(AT, number(lapsed)),
            None => Condition::absent(),
        };
        match self.put_item(operation, item, Some(lapsed)).await? {
            Written::Done(_) => Ok(None),
            Written::Refused(item) => to_claim(&item).map(Some).map_err(corrupt(operation)),
        }
    }
}
