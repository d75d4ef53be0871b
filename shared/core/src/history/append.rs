//! Publications go to the end of a history.

use thiserror::Error;

use super::{RETENTION_S, is_certain, is_stale};
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
        Known::PerhapsAfter(offset) => match end(histories, channel, draft, offset).await? {
            End::Twin(entry) => return Ok(appended(entry, true, 0)),
            End::Head(head) => head,
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
        head = match end(histories, channel, draft, before).await? {
            // A put whose answer was lost, or a writer that was given up too early.
            End::Twin(entry) => return Ok(appended(entry, false, collisions)),
            End::Head(head) => head,
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
    let seal = |offset: u64, follows: bool| HistoryItem::Seal {
        offset,
        start: now_ms.max(offset + 1),
        follows,
        removable_at: now_ms / 1_000 + rules.age_seconds + RETENTION_S,
    };
    match head {
        None => seal(0, false),
        // Where it is must be the same for every writer; whether it follows, their clocks may see differently: each is right
        // as long as it is the one that is put.
        Some(stale) if is_stale(stale, now_ms) => {
            seal(stale.offset().saturating_add(1), is_certain(stale, now_ms))
        }
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

enum End {
    Twin(Entry),
    Head(Option<HistoryItem>),
}

/// The newest item, where the publication is neither it nor any other above `offset`.
async fn end(
    histories: &dyn Histories,
    channel: &Channel,
    draft: Draft<'_>,
    offset: u64,
) -> Result<End, AppendError> {
    for _ in 0..ATTEMPTS {
        match newer(histories, channel, draft, offset).await? {
            Newer::Twin(entry) => return Ok(End::Twin(entry)),
            Newer::Last(last) => return Ok(End::Head(Some(last))),
            Newer::None => {}
        }
        // The newest is the one at the offset itself, or below it. One above it came since: it may be the publication, put by
        // a writer that goes on at this very time, and is looked at before anything is put after it.
        let head = histories.head(channel).await?;
        if head.as_ref().is_none_or(|head| head.offset() <= offset) {
            return Ok(End::Head(head));
        }
    }
    Err(AppendError::Busy)
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

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use async_trait::async_trait;
    use futures::executor::block_on;

    use super::*;
    use crate::memory::MemoryStore;

    const NOW_MS: u64 = 1_790_000_000_000;
    const RULES: HistoryRules = HistoryRules {
        size: 100,
        age_seconds: 3_600,
    };

    /// A history in which another writer puts an item in the moment before the newest one is read.
    struct Overtaken<'a> {
        store: &'a MemoryStore,
        by: Mutex<Option<HistoryItem>>,
    }

    #[async_trait]
    impl Histories for Overtaken<'_> {
        async fn head(&self, channel: &Channel) -> Result<Option<HistoryItem>, StoreError> {
            let other = self
                .by
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            if let Some(item) = other {
                assert!(self.store.put(channel, &item).await?);
            }
            self.store.head(channel).await
        }

        async fn put(&self, channel: &Channel, item: &HistoryItem) -> Result<bool, StoreError> {
            self.store.put(channel, item).await
        }

        async fn items(
            &self,
            channel: &Channel,
            range: Range,
            limit: usize,
        ) -> Result<Vec<HistoryItem>, StoreError> {
            self.store.items(channel, range, limit).await
        }
    }

    fn put(histories: &dyn Histories, id: &str, known: Known) -> Appended {
        let draft = Draft {
            publication_id: id,
            user: None,
            data: "1",
        };
        let channel = "room:a".parse().unwrap();
        block_on(append(histories, &channel, draft, &RULES, known, NOW_MS)).unwrap()
    }

    #[test]
    fn a_writer_finds_its_twin_that_is_put_while_it_looks() {
        let store = MemoryStore::default();
        let first = put(&store, "first", Known::Nothing).entry;
        let twin = Entry {
            position: first.position.next(),
            publication_id: "second".to_owned(),
            ..first.clone()
        };
        let overtaken = Overtaken {
            store: &store,
            by: Mutex::new(Some(HistoryItem::Entry(twin.clone()))),
        };
        let known = Known::PerhapsAfter(first.position.offset);
        let found = put(&overtaken, "second", known);
        assert!(found.was_there);
        assert_eq!(found.entry, twin);
        let head = block_on(store.head(&"room:a".parse().unwrap())).unwrap();
        assert_eq!(head, Some(HistoryItem::Entry(twin)), "and it is there once");
    }

    #[test]
    fn a_writer_goes_after_another_that_is_put_while_it_looks() {
        let store = MemoryStore::default();
        let first = put(&store, "first", Known::Nothing).entry;
        let other = Entry {
            position: first.position.next(),
            publication_id: "other".to_owned(),
            ..first.clone()
        };
        let overtaken = Overtaken {
            store: &store,
            by: Mutex::new(Some(HistoryItem::Entry(other.clone()))),
        };
        let known = Known::PerhapsAfter(first.position.offset);
        let put = put(&overtaken, "second", known);
        assert!(!put.was_there);
        assert_eq!(put.entry.position, other.position.next());
    }
}
