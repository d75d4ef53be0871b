//! What the store in memory has for tests beyond the ports.

use tidegate_contract_tests::samples::{
    EXPIRES_AT, NOW_MS, channel, connection, entry, open, subscriber,
};
use tidegate_core::connection::Shard;
use tidegate_core::memory::{MemoryStore, Row};
use tidegate_core::store::{Histories, Range, Sessions, StoreError, Subscriptions};

#[tokio::test]
async fn rows_end_not_before_their_time_and_in_the_order_that_is_picked() {
    let store = MemoryStore::default();
    let lobby = channel("room:lobby");
    open(&store, &connection("alice", "a1=")).await;
    for offset in 1..=3 {
        store.put(&lobby, &entry(offset, "1")).await.unwrap();
    }
    assert_eq!(store.rows().len(), 4);
    let of = |offset: u64| (EXPIRES_AT + offset) * 1000;
    assert_eq!(store.expire(of(1) - 1, |_| true), 0);
    // The newest first: DynamoDB promises no order.
    let is_third = |row: &Row| matches!(row, Row::History { item, .. } if item.offset() == 3);
    assert_eq!(store.expire(of(3), is_third), 1);
    let left = store.items(&lobby, Range::After(0), 10).await.unwrap();
    assert_eq!(left, [entry(1, "1"), entry(2, "1")]);
    assert_eq!(store.expire(of(3), |_| true), 2);
    let ttl = store.rows().first().and_then(Row::ttl).unwrap();
    assert_eq!(ttl, NOW_MS / 1000 + 7_800, "a connection and some slack");
    assert_eq!(store.expire(ttl * 1000, |_| true), 1);
    assert!(store.rows().is_empty());
}

#[tokio::test]
async fn only_reads_that_may_be_stale_fall_behind() {
    let store = MemoryStore::default();
    let lobby = channel("room:lobby");
    store.fall_behind();
    let alice = subscriber(&connection("alice", "a1="));
    store.put_subscription(&lobby, &alice).await.unwrap();
    store.cut(&lobby, 4, NOW_MS).await.unwrap();
    for (caught_up, seen, shards) in [(false, 0, 1), (true, 1, 4)] {
        if caught_up {
            store.catch_up();
        }
        let newest = store.subscribers(&lobby, Shard(0), None, true).await;
        assert_eq!(newest.unwrap().subscribers.len(), 1);
        let stale = store.subscribers(&lobby, Shard(0), None, false).await;
        assert_eq!(stale.unwrap().subscribers.len(), seen);
        assert_eq!(store.shards(&lobby).await.unwrap(), shards);
    }
    assert_eq!(store.queries(), 4);
}

#[tokio::test]
async fn a_store_that_is_unavailable_does_nothing_and_heals() {
    let store = MemoryStore::default();
    let alice = connection("alice", "a1=");
    store.set_unavailable(true);
    let problem = store.close(&alice.key, &alice.connection, NOW_MS).await;
    assert!(matches!(problem, Err(StoreError::Unavailable { .. })));
    assert!(store.rows().is_empty());
    store.set_unavailable(false);
    open(&store, &alice).await;
    assert_eq!(store.rows().len(), 1);
}
