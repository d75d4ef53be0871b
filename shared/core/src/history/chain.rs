//! Whether items follow each other without a gap.

use crate::protocol::Position;
use crate::store::{Entry, HistoryItem};

/// A place in the chain, and what has to follow it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Link {
    /// A publication, at a position.
    Entry(Position),
    /// A seal at this offset, after which an epoch starts there.
    Seal { offset: u64, start: u64 },
    /// There was nothing: the first of an epoch.
    Nothing,
}

impl Link {
    /// The place that a client has seen.
    pub(super) const fn of(position: Position) -> Self {
        if position.is_empty() {
            Self::Nothing
        } else {
            Self::Entry(position)
        }
    }

    /// Whether `item` comes right after this.
    const fn precedes(self, item: &HistoryItem) -> bool {
        match (self, item) {
            (Self::Entry(place), HistoryItem::Entry(entry)) => {
                place.epoch == entry.position.epoch && place.offset + 1 == entry.position.offset
            }
            (
                Self::Entry(Position { offset: place, .. }) | Self::Seal { offset: place, .. },
                HistoryItem::Seal {
                    offset, follows, ..
                },
            ) => *follows && place + 1 == *offset,
            (Self::Seal { start, .. }, HistoryItem::Entry(entry)) => {
                start == entry.position.epoch && start == entry.position.offset
            }
            (Self::Nothing, HistoryItem::Entry(entry)) => {
                entry.position.epoch == entry.position.offset
            }
            // It ends an epoch of which something is missing.
            (Self::Nothing, HistoryItem::Seal { .. }) => false,
        }
    }

    /// The place of an item.
    pub(super) const fn at(item: &HistoryItem) -> Self {
        match item {
            HistoryItem::Entry(entry) => Self::Entry(entry.position),
            HistoryItem::Seal { offset, start, .. } => Self::Seal {
                offset: *offset,
                start: *start,
            },
        }
    }
}

/// The entries of `items`, and whether they follow `from` and each other without a gap. What comes after a gap is returned
/// too.
pub(super) fn entries(mut from: Link, items: Vec<HistoryItem>) -> (Vec<Entry>, bool) {
    let mut whole = true;
    let mut entries = Vec::with_capacity(items.len());
    for item in items {
        whole &= from.precedes(&item);
        from = Link::at(&item);
        if let HistoryItem::Entry(entry) = item {
            entries.push(entry);
        }
    }
    (entries, whole)
}
