//! The port to claims: by them a publication that is sent again is known to be the same.

use async_trait::async_trait;

use super::StoreError;
use crate::channel::Channel;
use crate::protocol::IdempotencyKey;

/// Whose keys they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One user's.
    User(String),
    /// The server's side's.
    Server,
}

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The publication, whether it was made or not.
    pub publication_id: String,
    /// The highest offset of the channel when the key was claimed: if the publication was made, it is above this. 0 where
    /// there was none, and in channels without history.
    pub from: u64,
    /// When it was claimed, in epoch milliseconds.
    pub at_ms: u64,
}

impl Claim {
    /// Whether it still stands when the same key is claimed at `now_ms`.
    #[must_use]
    pub const fn holds_at(&self, now_ms: u64) -> bool {
        now_ms < self.at_ms.saturating_add(CLAIM_S * 1000)
    }
}

/// Keeps claims, for ten minutes.
#[async_trait]
pub trait Claims: Send + Sync {
    /// Claims a key for a publication in a channel. Returns what it stands for already, if it does: that may be this very
    /// claim, where a request had to be made twice. A claim older than [`CLAIM_S`] stands for nothing, though its item may
    /// still be there.
    ///
    /// Costs one write.
    async fn claim(
        &self,
        scope: &Scope,
        channel: &Channel,
        key: &IdempotencyKey,
        claim: &Claim,
    ) -> Result<Option<Claim>, StoreError>;
}

/// How long a key is known, in seconds: less than a history keeps its items.
pub const CLAIM_S: u64 = 600;
