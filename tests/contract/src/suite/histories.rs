//! Histories: what was published.

use futures::future::join_all;
use tidegate_core::store::{Entry, HistoryItem, Range, Store};

use super::a_few_at_once;
use crate::samples::{EXPIRES_AT, channel, entry};

/// The offset of today, of 13 digits, and the highest that a position can have, of 16.
const OFFSETS: [u64; 5] = [9, 10, 1_790_000_000_123, 1_790_000_000_124, (1 << 53) - 1];

async fn put(store: &dyn Store, name: &str, item: &HistoryItem) -> bool {
    store.put(&channel(name), item).await.unwrap()
}

async fn offsets(store: &dyn Store, range: Range, limit: usize) -> Vec<u64> {
    let lobby = channel("room:lobby");
    let mut all = Vec::new();
    let mut from = range;
    while all.len() < limit {
        let items = store.items(&lobby, from, limit - all.len()).await.unwrap();
        let Some(last) = items.last() else { break };
        from = match range {
            Range::After(_) => Range::After(last.offset()),
            Range::Before(_) => Range::Before(last.offset()),
        };
        all.extend(items.iter().map(HistoryItem::offset));
    }
    all
}

/// No head, and nothing in any range.
pub async fn a_channel_in_which_nobody_published_is_empty(store: &dyn Store) {
    assert_eq!(store.head(&channel("room:lobby")).await.unwrap(), None);
    for range in [Range::After(0), Range::Before(u64::MAX)] {
        assert_eq!(offsets(store, range, 10).await, [0; 0]);
    }
}

/// Publications of users, of the server's side, and seals, each whole.
pub async fn items_are_read_as_they_were_put(store: &dyn Store) {
    let HistoryItem::Entry(published) = entry(101, "{\"text\":\"caf\u{e9} \\u0000 \u{1f30a}\"}")
    else {
        panic!("no entry")
    };
    let items = [
        HistoryItem::Seal {
            offset: 0,
            start: 100,
            follows: false,
            removable_at: EXPIRES_AT,
        },
        HistoryItem::Seal {
            offset: 1,
            start: 100,
            follows: true,
            removable_at: EXPIRES_AT,
        },
        HistoryItem::Entry(Entry {
            user: None,
            ..published.clone()
        }),
        HistoryItem::Entry(Entry {
            position: published.position.next(),
            data: "x".repeat(32_000),
            ..published
        }),
    ];
    for item in &items {
        assert!(put(store, "room:lobby", item).await);
        let head = store.head(&channel("room:lobby")).await.unwrap();
        assert_eq!(head.as_ref(), Some(item));
        let before = Range::Before(item.offset() + 1);
        let read = store.items(&channel("room:lobby"), before, 1).await;
        assert_eq!(read.unwrap(), std::slice::from_ref(item));
    }
}

/// By number, not by text, whatever came first.
pub async fn the_head_is_the_item_with_the_highest_offset(store: &dyn Store) {
    for offset in OFFSETS.iter().rev() {
        assert!(put(store, "room:lobby", &entry(*offset, "1")).await);
    }
    let head = store.head(&channel("room:lobby")).await.unwrap();
    assert_eq!(head.unwrap().offset(), (1 << 53) - 1);
}

/// Nor is what is there changed.
pub async fn an_item_is_put_only_where_there_is_none(store: &dyn Store) {
    assert!(put(store, "room:lobby", &entry(100, "1")).await);
    let seal = HistoryItem::Seal {
        offset: 100,
        start: 200,
        follows: true,
        removable_at: EXPIRES_AT,
    };
    for other in [&entry(100, "2"), &entry(100, "1"), &seal] {
        assert!(!put(store, "room:lobby", other).await);
    }
    let head = store.head(&channel("room:lobby")).await.unwrap();
    assert_eq!(head, Some(entry(100, "1")));
    assert!(put(store, "room:lobby", &entry(101, "2")).await);
    assert!(put(store, "room:attic", &entry(100, "2")).await);
}

/// And it is the one that is read.
pub async fn of_many_who_put_at_one_offset_one_does(store: &dyn Store) {
    for offset in [0, 100, 101] {
        let puts = (0..16).map(async |n| {
            let item = entry(offset, &n.to_string());
            put(store, "room:lobby", &item).await.then_some(item)
        });
        let winners: Vec<_> = join_all(puts).await.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1);
        let head = store.head(&channel("room:lobby")).await.unwrap();
        assert_eq!(head.as_ref(), winners.first());
    }
}

/// Those above it ascend, those below it descend; itself is in neither.
pub async fn a_range_begins_beside_its_offset(store: &dyn Store) {
    for offset in OFFSETS {
        put(store, "room:lobby", &entry(offset, "1")).await;
        // Another channel's, whose name begins in the same way.
        put(store, "room:lobby2", &entry(offset + 5, "1")).await;
    }
    let [a, b, c, d, e] = OFFSETS;
    for (range, expected) in [
        (Range::After(0), &[a, b, c, d, e][..]),
        (Range::After(b), &[c, d, e]),
        (Range::After(b + 1), &[c, d, e]),
        (Range::After(e), &[]),
        (Range::After(u64::MAX), &[]),
        (Range::Before(u64::MAX), &[e, d, c, b, a]),
        (Range::Before(c), &[b, a]),
        (Range::Before(c - 1), &[b, a]),
        (Range::Before(a), &[]),
        (Range::Before(0), &[]),
    ] {
        assert_eq!(offsets(store, range, 100).await, expected, "{range:?}");
    }
}

/// And those are the nearest.
pub async fn no_more_items_come_than_are_asked_for(store: &dyn Store) {
    for offset in 1..=7 {
        put(store, "room:lobby", &entry(offset, "1")).await;
    }
    for limit in [0, 1, 3, 7, 100] {
        let most = limit.min(7);
        for range in [Range::After(0), Range::Before(100)] {
            let once = store.items(&channel("room:lobby"), range, limit).await;
            assert!(once.unwrap().len() <= limit);
        }
        let ascending: Vec<_> = (1..=7).take(most).collect();
        assert_eq!(offsets(store, Range::After(0), limit).await, ascending);
        let descending: Vec<_> = (1..=7).rev().take(most).collect();
        assert_eq!(offsets(store, Range::Before(100), limit).await, descending);
    }
}

/// More than one page of DynamoDB (1 MB) holds: only when none come there are none.
pub async fn a_range_of_several_pages_is_read_whole(store: &dyn Store) {
    let data = "x".repeat(32_000);
    let puts = (1..=50).map(async |offset| put(store, "room:lobby", &entry(offset, &data)).await);
    assert!(a_few_at_once(puts).await.into_iter().all(|put| put));
    let all: Vec<_> = (1..=50).collect();
    assert_eq!(offsets(store, Range::After(0), 100).await, all);
    let back: Vec<_> = (1..=50).rev().collect();
    assert_eq!(offsets(store, Range::Before(u64::MAX), 100).await, back);
}
