//! Publications go to the end of a history.

use thiserror::Error;

use super::{RETENTION_S, is_stale};
use crate::namespace::HistoryRules;
use crate::protocol::{Channel, Position};
use crate::store::{Entry, Histories, HistoryItem, Range, StoreError};

/// How many writers may be before this one at most.
const ATTEMPTS: usize = 16;
/// How many items are read at once to find what is newer.
const NEWER: usize = 50;

/// A publication that has no place yet.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Its id. An item with this id is this publication, whoever put it.
    pub publication_id: &'a str,
    /// The user who publishes; none for the server's side.
    pub user: Option<&'a str>,
    /// What is published, as JSON.
    pub data: &'a str,
}

/// What the writer knows of the end.
#[derive(Debug, Clone)]
pub enum Known {
    /// Nothing: it is read.
    Nothing,
    /// This was the newest item, and the publication is not in the chain up to it.
    Head(Option<HistoryItem>),
    /// The publication was perhaps made already, after this offset.
    PerhapsAfter(u64),
}

/// Why a publication got no place.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Too many others publish in the channel at this time.
    #[error("too many publish in the channel at once")]
    Busy,
    /// The database failed. The publication may have got a place all the same.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A publication that has its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// With its place.
    pub entry: Entry,
    /// Whether it was there already.
    pub was_there: bool,
    /// How many other writers were faster.
    pub collisions: u32,
}

/// Puts a publication at the end of a channel's history; returns it with its place.
///
/// Costs a read and a write, and a read and a write more for each writer that was faster.
///
/// # Errors
/// When there was no place to be had, or the database failed.
pub async fn append(
    histories: &dyn Histories,
    channel: &Channel,
    draft: Draft<'_>,
    rules: &HistoryRules,
    known: Known,
    now_ms: u64,
) -> Result<Appended, AppendError> {
    let mut collisions = 0;
    let appended = |entry, was_there, collisions| Appended {
        entry,
        was_there,
        collisions,
    };
    let mut head = match known {
        Known::Nothing => histories.head(channel).await?,
        Known::Head(head) => head,
        Known::PerhapsAfter(offset) => match newer(histories, channel, draft, offset).await? {
            Newer::Twin(entry) => return Ok(appended(entry, true, 0)),
            Newer::Last(last) => Some(last),
            // The newest item may be the one at the offset itself, which the publication is not.
            Newer::None => histories.head(channel).await?,
        },
    };
    for _ in 0..ATTEMPTS {
        let item = following(head.as_ref(), draft, rules, now_ms);
        if histories.put(channel, &item).await? {
            match item {
                HistoryItem::Entry(entry) => return Ok(appended(entry, false, collisions)),
                seal @ HistoryItem::Seal { .. } => head = Some(seal),
            }
            continue;
        }
        collisions += 1;
        let before = item.offset().saturating_sub(1);
        head = match newer(histories, channel, draft, before).await? {
            // A put whose answer was lost, or a writer that was given up too early.
            Newer::Twin(entry) => return Ok(appended(entry, false, collisions)),
            Newer::Last(last) => Some(last),
            // An item at offset 0 has nothing before it.
            Newer::None => histories.head(channel).await?,
        };
    }
    Err(AppendError::Busy)
}

/// What comes after the newest item.
fn following(
    head: Option<&HistoryItem>,
    draft: Draft<'_>,
    rules: &HistoryRules,
    now_ms: u64,
) -> HistoryItem {
    let entry = |position: Position, not_before: (u64, u64)| {
        let (at_ms, removable_at) = not_before;
        let at_ms = now_ms.max(at_ms);
        HistoryItem::Entry(Entry {
            position,
            publication_id: draft.publication_id.to_owned(),
            user: draft.user.map(str::to_owned),
            at_ms,
            data: draft.data.to_owned(),
            removable_at: (at_ms / 1_000 + rules.age_seconds + RETENTION_S).max(removable_at),
        })
    };
    let seal = |offset: u64| HistoryItem::Seal {
        offset,
        start: now_ms.max(offset + 1),
        removable_at: now_ms / 1_000 + rules.age_seconds + RETENTION_S,
    };
    match head {
        None => seal(0),
        Some(stale) if is_stale(stale, now_ms) => seal(stale.offset().saturating_add(1)),
        Some(HistoryItem::Seal {
            start,
            removable_at,
            ..
        }) => entry(
            Position {
                epoch: *start,
                offset: *start,
            },
            (0, *removable_at),
        ),
        Some(HistoryItem::Entry(last)) => {
            entry(last.position.next(), (last.at_ms, last.removable_at))
        }
    }
}

enum Newer {
    Twin(Entry),
    Last(HistoryItem),
    None,
}

/// Reads to the end what is newer than `offset`.
async fn newer(
    histories: &dyn Histories,
    channel: &Channel,
    draft: Draft<'_>,
    offset: u64,
) -> Result<Newer, StoreError> {
    let mut last = None;
    let mut after = offset;
    loop {
        let items = histories.items(channel, Range::After(after), NEWER).await?;
        let Some(newest) = items.last() else {
            return Ok(last.map_or(Newer::None, Newer::Last));
        };
        after = newest.offset();
        for item in items {
            match item {
                HistoryItem::Entry(entry) if entry.publication_id == draft.publication_id => {
                    return Ok(Newer::Twin(entry));
                }
                item => last = Some(item),
            }
        }
    }
}
