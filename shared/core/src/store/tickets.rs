//! The port to one-time tickets.

use async_trait::async_trait;

use super::StoreError;
use crate::rights::Rights;

/// What a ticket stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The rights of whoever brings it.
    pub rights: Rights,
    /// Until when it opens a connection, in epoch seconds.
    pub valid_until: u64,
}

/// Keeps tickets by the SHA-256 of their text: whoever can read the table cannot use them.
#[async_trait]
pub trait Tickets: Send + Sync {
    /// Keeps a ticket.
    ///
    /// Costs one write.
    async fn put_ticket(&self, digest: &str, ticket: &Ticket) -> Result<(), StoreError>;

    /// Takes a ticket away and returns what it stood for: once, whoever asks.
    ///
    /// Costs one write.
    async fn take_ticket(&self, digest: &str) -> Result<Option<Ticket>, StoreError>;
}
