//! Revocations in memory.

use async_trait::async_trait;

use super::MemoryStore;
use crate::store::{Revocations, StoreError};

#[async_trait]
impl Revocations for MemoryStore {
    async fn revoke(&self, user: &str, before: u64) -> Result<(), StoreError> {
        let mut tables = self.open_tables("revoke")?;
        let held = tables.revocations.entry(user.to_owned()).or_insert(before);
        *held = before.max(*held);
        Ok(())
    }

    async fn revoked_before(&self, user: &str) -> Result<Option<u64>, StoreError> {
        let tables = self.open_tables("revoked_before")?;
        Ok(tables.revocations.get(user).copied())
    }
}
