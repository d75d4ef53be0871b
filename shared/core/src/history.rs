//! Histories: what channels keep of their publications, without holes.
//!
//! A channel's history is a chain of items by offset. A publication is put at the offset after the newest item's, if there
//! is nothing yet: of several writers one succeeds, and the others read what is newer and try again. So there is no counter
//! that could disagree with the items, and no hole, whenever a writer ends.
//!
//! Items are removed some time after they are too old to be read. A chain whose newest item may soon be removed is not
//! prolonged, since it could be forgotten where it was: it is ended by a seal, which says where the next epoch begins.
//! They are removed in no order, the newest perhaps first: so once an item may be removed, nobody knows what was after it. A
//! seal says whether it was made before that, and only then nothing is missing between the two.

mod append;
mod chain;
mod read;
#[cfg(test)]
mod tests;

pub use append::{AppendError, Appended, Draft, Known, append};
pub use read::{Page, Recovery, head, page, recover};

use crate::namespace::HistoryRules;
use crate::protocol::{Channel, Position, Publication};
use crate::store::{Entry, HistoryItem, StoreError};

/// How long an item is kept after it is too old to be read, in seconds.
pub const RETENTION_S: u64 = 3_600;
/// How long before it may be removed an item is not built upon any more, in seconds: longer than clocks differ and than a
/// function takes.
pub const STALE_S: u64 = 600;
/// How long before it may be removed it is not said of an item any more that nothing came after it, in seconds: as long as
/// clocks may differ and a function take, and less than [`STALE_S`], so that a seal can be made in between.
const CERTAIN_S: u64 = STALE_S / 2;
/// What clocks may differ, and a function take, where it is to be said what came after a time. In milliseconds.
const DIFFER_MS: u64 = 60_000;
/// How long it can be said of an empty place, later, that nothing was missed: as long as what was published since is kept
/// at the least, less what clocks may differ. In milliseconds, beside the age of the namespace.
const EMPTY_MS: u64 = (RETENTION_S - STALE_S) * 1_000 - DIFFER_MS;

/// Whether nothing may be built upon an item any more.
const fn is_stale(item: &HistoryItem, now_ms: u64) -> bool {
    item.removable_at() <= now_ms / 1_000 + STALE_S
}

/// Whether nothing that came after an item can have been removed yet: what is newer is never removable before it.
const fn is_certain(item: &HistoryItem, now_ms: u64) -> bool {
    item.removable_at() > now_ms / 1_000 + CERTAIN_S
}

/// The place of the newest publication, as clients are told it.
fn position_of(head: Option<&HistoryItem>, now_ms: u64) -> Position {
    match head {
        Some(item @ HistoryItem::Entry(entry)) if !is_stale(item, now_ms) => entry.position,
        _ => Position::nothing_at(now_ms),
    }
}

/// Whether an entry is young enough to be read.
const fn is_readable(entry: &Entry, rules: &HistoryRules, now_ms: u64) -> bool {
    entry
        .at_ms
        .saturating_add(rules.age_seconds.saturating_mul(1_000))
        > now_ms
}

/// An entry as clients get it.
///
/// # Errors
/// When what was published is no JSON.
pub fn publication(channel: &Channel, entry: Entry) -> Result<Publication, StoreError> {
    let data = serde_json::value::RawValue::from_string(entry.data);
    let data = data.map_err(|error| StoreError::Corrupt {
        operation: "history",
        problem: format!("what was published at {}: {error}", entry.position),
    })?;
    Ok(Publication {
        channel: channel.clone(),
        publication_id: entry.publication_id,
        user: entry.user,
        at: entry.at_ms,
        data,
        position: Some(entry.position),
    })
}
