//! Leases in memory.

use std::ops::Bound;

use async_trait::async_trait;

use super::MemoryStore;
use crate::store::{Lease, LeasePage, Leases, StoreError};

#[async_trait]
impl Leases for MemoryStore {
    async fn put_lease(&self, minute: u64, lease: &Lease) -> Result<(), StoreError> {
        let mut tables = self.open_tables("put_lease")?;
        let of = (lease.key.clone(), lease.connection.clone());
        let leases = tables.leases.entry(minute).or_default();
        leases.insert(of, lease.clone());
        Ok(())
    }

    async fn leases(&self, minute: u64, after: Option<&Lease>) -> Result<LeasePage, StoreError> {
        let tables = self.open_tables("leases")?;
        let Some(leases) = tables.leases.get(&minute) else {
            return Ok(LeasePage::default());
        };
        let after = after.map(|lease| (lease.key.clone(), lease.connection.clone()));
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = leases.range((from, Bound::Unbounded));
        let leases: Vec<_> = rest
            .by_ref()
            .take(self.page)
            .map(|(_, lease)| lease.clone())
            .collect();
        let next = rest.next().and_then(|_| leases.last().cloned());
        Ok(LeasePage { leases, next })
    }

    async fn delete_lease(&self, minute: u64, lease: &Lease) -> Result<(), StoreError> {
        let mut tables = self.open_tables("delete_lease")?;
        tables.remove_lease(minute, lease);
        Ok(())
    }
}
