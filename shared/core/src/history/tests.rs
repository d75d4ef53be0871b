//! What a client that was away is told when the time to live removes items in no order.

use futures::FutureExt;

use super::*;
use crate::memory::{MemoryStore, Row};
use crate::protocol::Bound;
use crate::store::Histories;

const START_MS: u64 = 1_790_000_000_000;
const AGE_S: u64 = 3_600;
const RULES: HistoryRules = HistoryRules {
    size: 100,
    age_seconds: AGE_S,
};
/// When what is published at [`START_MS`] may be removed.
const REMOVABLE_MS: u64 = START_MS + (AGE_S + RETENTION_S) * 1_000;

struct Room(MemoryStore, Channel);

impl Room {
    fn new() -> Self {
        Self(MemoryStore::default(), "room:a".parse().unwrap())
    }

    fn publish(&self, id: &str, now_ms: u64) -> Position {
        let draft = Draft {
            publication_id: id,
            user: None,
            data: "1",
        };
        let appended = append(&self.0, &self.1, draft, &RULES, Known::Nothing, now_ms);
        let appended = appended.now_or_never().unwrap().unwrap();
        appended.entry.position
    }

    /// What the time to live takes at `now_ms`: only what is at this offset.
    fn remove(&self, offset: u64, now_ms: u64) {
        let removed = self.0.expire(
            now_ms,
            |row| matches!(row, Row::History { item, .. } if item.offset() == offset),
        );
        assert_eq!(removed, 1);
    }

    /// The ids of what was missed; none where something is lost.
    fn recover(&self, since: Position, now_ms: u64) -> Option<Vec<String>> {
        let recovery = recover(&self.0, &self.1, &RULES, since, 30_000, now_ms);
        match recovery.now_or_never().unwrap().unwrap().1 {
            Recovery::All(publications) => {
                let ids = publications.into_iter();
                Some(ids.map(|one| one.publication_id).collect())
            }
            Recovery::Lost => None,
            Recovery::Paged => panic!("it fits"),
        }
    }

    fn newest(&self) -> Option<HistoryItem> {
        let head = self.0.head(&self.1).now_or_never();
        head.unwrap().unwrap()
    }
}

fn ids(of: &[&str]) -> Option<Vec<String>> {
    Some(of.iter().map(|id| (*id).to_owned()).collect())
}

#[test]
fn the_newest_that_is_left_is_not_taken_for_the_newest_that_was() {
    let room = Room::new();
    let seen = room.publish("seen", START_MS);
    let missed = room.publish("missed", START_MS + 1);
    let later_ms = REMOVABLE_MS + 60_000;
    room.remove(missed.offset, later_ms);
    assert_eq!(room.recover(seen, later_ms), None);
    assert_eq!(room.recover(missed, later_ms), None, "nobody knows it");
}

#[test]
fn who_has_the_newest_is_told_so_as_long_as_it_is_certain() {
    let room = Room::new();
    let seen = room.publish("seen", START_MS);
    let certain_ms = REMOVABLE_MS - CERTAIN_S * 1_000;
    assert_eq!(room.recover(seen, certain_ms - 1_000), ids(&[]));
    assert_eq!(room.recover(seen, certain_ms), None);
}

#[test]
fn a_seal_upon_an_item_that_could_be_removed_hides_what_was_between() {
    let room = Room::new();
    let seen = room.publish("seen", START_MS);
    let missed = room.publish("missed", START_MS + 1);
    let later_ms = REMOVABLE_MS + 60_000;
    room.remove(missed.offset, later_ms);
    room.publish("newer", later_ms);
    assert!(matches!(
        room.0.items(&room.1, crate::store::Range::After(seen.offset), 1).now_or_never(),
        Some(Ok(items)) if matches!(items[..], [HistoryItem::Seal { follows: false, .. }])
    ));
    assert_eq!(room.recover(seen, later_ms), None);
}

#[test]
fn a_seal_upon_an_item_that_could_not_be_removed_yet_hides_nothing() {
    let room = Room::new();
    let seen = room.publish("seen", START_MS);
    let stale_ms = REMOVABLE_MS - STALE_S * 1_000;
    room.publish("newer", stale_ms);
    assert_eq!(room.recover(seen, stale_ms), ids(&["newer"]));
}

#[test]
fn a_seal_upon_a_seal_hides_what_was_between_too() {
    let room = Room::new();
    let seen = room.publish("seen", START_MS);
    let sealed_ms = REMOVABLE_MS - STALE_S * 1_000;
    let missed = room.publish("missed", sealed_ms);
    let later_ms = sealed_ms + (AGE_S + RETENTION_S + 60) * 1_000;
    room.remove(missed.offset, later_ms);
    assert!(matches!(room.newest(), Some(HistoryItem::Seal { .. })));
    assert_eq!(room.recover(seen, later_ms), None, "at a seal's end");
    room.publish("newer", later_ms);
    assert_eq!(room.recover(seen, later_ms), None, "behind another seal");
}

/// A writer that ended between the seal and its publication.
fn sealed(room: &Room, start: u64, now_ms: u64) {
    let seal = HistoryItem::Seal {
        offset: 0,
        start,
        follows: false,
        removable_at: now_ms / 1_000 + AGE_S + RETENTION_S,
    };
    let put = room.0.put(&room.1, &seal).now_or_never();
    assert!(put.unwrap().unwrap());
}

#[test]
fn an_epoch_that_an_old_seal_named_is_not_missed() {
    let room = Room::new();
    sealed(&room, START_MS, START_MS);
    let nothing = Position::nothing_at(START_MS + 5 * 60_000);
    assert_eq!(room.recover(nothing, nothing.offset + 1), ids(&[]));
    let at_ms = START_MS + 6 * 60_000;
    let first = room.publish("first", at_ms);
    assert_eq!(first.epoch, START_MS);
    room.publish("second", at_ms + 1);
    let missed = ids(&["first", "second"]);
    assert_eq!(room.recover(nothing, at_ms + 60_000), missed);
}

#[test]
fn what_was_before_nothing_was_seen_is_not_given_again() {
    let room = Room::new();
    room.publish("old", START_MS);
    let stale_ms = REMOVABLE_MS - STALE_S * 1_000;
    let nothing = Position::nothing_at(stale_ms);
    assert_eq!(room.recover(nothing, stale_ms + 1), ids(&[]));
    // A reader whose clock is behind takes the old one for something to build upon.
    assert_eq!(room.recover(nothing, stale_ms - 5_000), ids(&[]));
    room.publish("newer", stale_ms + 2);
    assert_eq!(room.recover(nothing, stale_ms + 3), ids(&["newer"]));
}

/// A history whose items go between the look at the newest one and the reading of them.
struct Vanishing<'a>(&'a MemoryStore);

#[async_trait::async_trait]
impl Histories for Vanishing<'_> {
    async fn head(&self, channel: &Channel) -> Result<Option<HistoryItem>, StoreError> {
        self.0.head(channel).await
    }

    async fn put(&self, channel: &Channel, item: &HistoryItem) -> Result<bool, StoreError> {
        self.0.put(channel, item).await
    }

    async fn items(
        &self,
        _: &Channel,
        _: crate::store::Range,
        _: usize,
    ) -> Result<Vec<HistoryItem>, StoreError> {
        Ok(Vec::new())
    }
}

#[test]
fn an_end_that_is_not_reached_is_a_gap() {
    let room = Room::new();
    let nothing = Position::nothing_at(START_MS - 1);
    let seen = room.publish("seen", START_MS);
    room.publish("missed", START_MS + 1);
    for since in [nothing, seen] {
        let histories = Vanishing(&room.0);
        let bound = Bound::After(since);
        let page = page(&histories, &room.1, &RULES, bound, 10, 30_000, START_MS + 2);
        let page = page.now_or_never().unwrap().unwrap();
        assert!(page.gap, "{since}");
    }
}
