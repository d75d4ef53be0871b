//! Tickets in memory.

use async_trait::async_trait;

use super::MemoryStore;
use crate::store::{StoreError, Ticket, Tickets};

#[async_trait]
impl Tickets for MemoryStore {
    async fn put_ticket(&self, digest: &str, ticket: &Ticket) -> Result<(), StoreError> {
        let mut tables = self.open_tables("put_ticket")?;
        tables.tickets.insert(digest.to_owned(), ticket.clone());
        Ok(())
    }

    async fn take_ticket(&self, digest: &str) -> Result<Option<Ticket>, StoreError> {
        let mut tables = self.open_tables("take_ticket")?;
        Ok(tables.tickets.remove(digest))
    }
}
