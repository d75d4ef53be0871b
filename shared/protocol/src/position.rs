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
    /// The epoch: the offset of its first publication. 0 where there is nothing: nothing was ever published, or all of it
    /// has gone.
    pub epoch: u64,
    /// The offset. The first one of an epoch is the time in epoch milliseconds, so that no offset is used twice. Where there
    /// is nothing: the server's time when it was looked for, in epoch milliseconds.
    pub offset: u64,
}

impl Position {
    /// The position of a channel in which there is nothing at `now_ms` (epoch milliseconds).
    #[must_use]
    pub const fn nothing_at(now_ms: u64) -> Self {
        Self {
            epoch: 0,
            offset: now_ms,
        }
    }

    /// Whether there is nothing before it, nor at it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.epoch == 0
    }

    /// The place that follows this one in the same epoch.
    #[must_use]
    pub const fn next(self) -> Self {
        Self {
            epoch: self.epoch,
            offset: self.offset.saturating_add(1),
        }
    }

    /// Whether a publication at `next` follows this place without a gap: it has the next offset, or it is the first of its
    /// epoch and there was nothing here.
    #[must_use]
    pub const fn precedes(self, next: Self) -> bool {
        if self.is_empty() {
            next.epoch == next.offset
        } else {
            self.epoch == next.epoch && self.offset.saturating_add(1) == next.offset
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.offset, self.epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_next_offset_of_an_epoch_follows_and_only_the_first_of_one_follows_nothing() {
        let at = |epoch, offset| Position { epoch, offset };
        assert!(at(5, 7).precedes(at(5, 8)));
        assert!(!at(5, 7).precedes(at(5, 9)));
        assert!(!at(5, 7).precedes(at(8, 8)));
        assert!(Position::nothing_at(3).precedes(at(8, 8)));
        assert!(!Position::nothing_at(3).precedes(at(8, 9)));
    }
}
