//! The port to histories.

use async_trait::async_trait;

use super::StoreError;
use crate::channel::Channel;
use crate::protocol::Position;

/// A publication as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub position: Position,
    /// Its id.
    pub publication_id: String,
    /// The user who published; none for the server's side.
    pub user: Option<String>,
    /// When it was published, in epoch milliseconds. Never less than that of the entry before it.
    pub at_ms: u64,
    /// What was published, as JSON.
    pub data: String,
    /// From when on it may be removed, in epoch seconds. Never less than that of the entry before it.
    pub removable_at: u64,
}

/// What is at one offset of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryItem {
    /// A publication.
    Entry(Entry),
    /// The end of an epoch, or the beginning of all. Whoever publishes next begins a new epoch at `start`.
    Seal {
        /// Where this is.
        offset: u64,
        /// Where the next epoch begins.
        start: u64,
        /// Whether it comes right after the item that is one offset below it: whether it was made before that one, and so
        /// whatever came after it, may have been removed.
        follows: bool,
        /// From when on it may be removed, in epoch seconds.
        removable_at: u64,
    },
}

impl HistoryItem {
    /// The offset at which it is.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        match self {
            Self::Entry(entry) => entry.position.offset,
            Self::Seal { offset, .. } => *offset,
        }
    }

    /// From when on it may be removed, in epoch seconds.
    #[must_use]
    pub const fn removable_at(&self) -> u64 {
        match self {
            Self::Entry(entry) => entry.removable_at,
            Self::Seal { removable_at, .. } => *removable_at,
        }
    }
}

/// What of a history is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// Offsets above this one, ascending.
    After(u64),
    /// Offsets below this one, descending.
    Before(u64),
}

/// Keeps what was published in channels that have a history.
#[async_trait]
pub trait Histories: Send + Sync {
    /// The item with the highest offset, read consistently.
    async fn head(&self, channel: &Channel) -> Result<Option<HistoryItem>, StoreError>;

    /// Puts an item at its offset, if there is none; returns whether it was put. Where a request had to be made twice, the
    /// item that there was may be this very one. Offsets are below 2^53, and so have at most 16 digits.
    ///
    /// Costs one write for each kilobyte, of the item that there was when it was not put.
    async fn put(&self, channel: &Channel, item: &HistoryItem) -> Result<bool, StoreError>;

    /// Up to `limit` items of the range, read consistently. Fewer may come although there are more: only when none come
    /// there are none.
    async fn items(
        &self,
        channel: &Channel,
        range: Range,
        limit: usize,
    ) -> Result<Vec<HistoryItem>, StoreError>;
}
