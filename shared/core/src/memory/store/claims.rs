//! Claims in memory.

use async_trait::async_trait;

use super::MemoryStore;
use crate::channel::Channel;
use crate::protocol::IdempotencyKey;
use crate::store::{Claim, Claims, Scope, StoreError};

#[async_trait]
impl Claims for MemoryStore {
    async fn claim(
        &self,
        scope: &Scope,
        channel: &Channel,
        key: &IdempotencyKey,
        claim: &Claim,
    ) -> Result<Option<Claim>, StoreError> {
        let mut tables = self.open_tables("claim")?;
        let of = (scope.clone(), channel.clone(), key.clone());
        let held = tables.claims.get(&of);
        if let Some(held) = held.filter(|held| held.holds_at(claim.at_ms)) {
            return Ok(Some(held.clone()));
        }
        tables.claims.insert(of, claim.clone());
        Ok(None)
    }
}
