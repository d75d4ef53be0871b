//! Places in the history of a channel.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place in the history of a channel: that of one publication, or of the newest.
///
/// Offsets of one epoch have no holes: the publication after `offset` has `offset + 1`. Positions of different epochs
/// cannot be compared: in between, the history was empty, and what was in it is not known any more. Both numbers stay
/// below 2^53, so that every JSON library reads them exactly.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
pub struct Position {
    /// The epoch: the offset of its first publication. 0 where nothing was ever published, or all of it has gone.
    pub epoch: u64,
    /// The offset. The first one of an epoch is the time in epoch milliseconds, so that no offset is used twice.
    pub offset: u64,
}

impl Position {
    /// The position of a channel in which there is nothing.
    pub const EMPTY: Self = Self {
        epoch: 0,
        offset: 0,
    };

    /// Whether there is nothing before it, nor at it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.offset == 0
    }

    /// The place that follows this one in the same epoch.
    #[must_use]
    pub const fn next(self) -> Self {
        Self {
            epoch: self.epoch,
            offset: self.offset.saturating_add(1),
        }
    }

    /// Whether `next` follows this one without a gap.
    #[must_use]
    pub const fn precedes(self, next: Self) -> bool {
        self.epoch == next.epoch && self.offset.saturating_add(1) == next.offset
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.offset, self.epoch)
    }
}
