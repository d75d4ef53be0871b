//! Subscriptions: who receives what.

use futures::{StreamExt, stream};
use tidegate_core::connection::{ConnectionId, Endpoint, Place, Shard, Subscriber};
use tidegate_core::store::Store;

use crate::samples::{
    EXPIRES_AT, NOW_MS, channel, connection, place, receivers, session_key, subscriber, subscribers,
};

/// More subscribers of one channel than one page of DynamoDB (1 MB) holds, at the size that
/// [`a_channel_of_several_pages_is_read_whole`] gives them.
pub const SEVERAL_PAGES: usize = 600;

async fn put(store: &dyn Store, name: &str, subscriber: &Subscriber) {
    let put = store.put_subscription(&channel(name), subscriber).await;
    put.unwrap();
}

/// All of it.
pub async fn a_subscriber_is_read_as_it_was_put(store: &dyn Store) {
    let alice = subscriber(&connection("alice", "a1="));
    put(store, "room:lobby", &alice).await;
    assert_eq!(subscribers(store, "room:lobby", Shard(0)).await, [alice]);
    assert_eq!(subscribers(store, "room:attic", Shard(0)).await, []);
}

/// Consistently: as it was written last, or not at all.
pub async fn one_subscription_is_read_as_it_is_now(store: &dyn Store) {
    let alice = subscriber(&connection("alice", "a1="));
    let row = Subscriber {
        shard: Shard(3),
        ..alice.clone()
    };
    let there = Place {
        channel: channel("room:lobby"),
        shard: Shard(3),
    };
    for expires_at in [EXPIRES_AT, EXPIRES_AT + 900] {
        let row = Subscriber {
            expires_at,
            ..row.clone()
        };
        put(store, "room:lobby", &row).await;
        let read = store.subscription(&there, &alice.connection).await;
        assert_eq!(read.unwrap(), Some(row));
    }
    let elsewhere = [
        (place("room:lobby"), "a1="),
        (place("room:attic"), "a1="),
        (there.clone(), "b1="),
    ];
    for (place, id) in elsewhere {
        let read = store.subscription(&place, &ConnectionId::new(id)).await;
        assert_eq!(read.unwrap(), None);
    }
    let ended = store
        .delete_subscription(&there, &alice.connection, None)
        .await;
    ended.unwrap();
    let read = store.subscription(&there, &alice.connection).await;
    assert_eq!(read.unwrap(), None);
}

/// With all that is said then.
pub async fn subscribing_again_makes_the_row_anew(store: &dyn Store) {
    let first = subscriber(&connection("alice", "a1="));
    put(store, "room:lobby", &first).await;
    let again = Subscriber {
        expires_at: EXPIRES_AT + 900,
        since_ms: NOW_MS + 60_000,
        ..first
    };
    put(store, "room:lobby", &again).await;
    assert_eq!(subscribers(store, "room:lobby", Shard(0)).await, [again]);
}

/// A request to end the one before may come after it.
pub async fn a_subscription_that_was_made_anew_is_not_ended_with_the_one_before(store: &dyn Store) {
    let lobby = place("room:lobby");
    let first = subscriber(&connection("alice", "a1="));
    let again = Subscriber {
        since_ms: first.since_ms + 1,
        ..first.clone()
    };
    put(store, "room:lobby", &first).await;
    put(store, "room:lobby", &again).await;
    for (since_ms, left) in [
        (first.since_ms, 1),
        (again.since_ms, 0),
        (again.since_ms, 0),
    ] {
        let ended = store
            .delete_subscription(&lobby, &first.connection, Some(since_ms))
            .await;
        assert_eq!(ended.unwrap(), left == 0);
        assert_eq!(receivers(store, "room:lobby").await.len(), left);
    }
}

/// And a second time changes nothing, nor does one for somebody who is not there.
pub async fn an_ended_subscription_is_gone(store: &dyn Store) {
    let lobby = place("room:lobby");
    for id in ["a1=", "b1="] {
        put(store, "room:lobby", &subscriber(&connection(id, id))).await;
    }
    for _again in 0..2 {
        let ended = store
            .delete_subscription(&lobby, &ConnectionId::new("a1="), None)
            .await;
        ended.unwrap();
        assert_eq!(receivers(store, "room:lobby").await, ["b1="]);
    }
}

/// The rest stays.
pub async fn a_subscription_gets_another_expiry(store: &dyn Store) {
    let alice = subscriber(&connection("alice", "a1="));
    put(store, "room:lobby", &alice).await;
    for expires_at in [EXPIRES_AT + 900, EXPIRES_AT - 900] {
        let extended = store
            .extend_subscription(&place("room:lobby"), &alice.connection, expires_at)
            .await;
        extended.unwrap();
        let expected = Subscriber {
            expires_at,
            ..alice.clone()
        };
        assert_eq!(subscribers(store, "room:lobby", Shard(0)).await, [expected]);
    }
}

/// A refresh may come after the end.
pub async fn where_there_is_no_subscription_none_is_made_by_an_expiry(store: &dyn Store) {
    let nobody = ConnectionId::new("a1=");
    let extended = store
        .extend_subscription(&place("room:lobby"), &nobody, EXPIRES_AT)
        .await;
    extended.unwrap();
    assert!(receivers(store, "room:lobby").await.is_empty());
}

/// The publisher decides what is expired, not the store.
pub async fn a_row_whose_token_has_ended_is_still_returned(store: &dyn Store) {
    let mut alice = subscriber(&connection("alice", "a1="));
    alice.expires_at = 1;
    put(store, "room:lobby", &alice).await;
    assert_eq!(receivers(store, "room:lobby").await, ["a1="]);
}

/// Consistently, that is.
pub async fn what_was_written_is_read_at_once(store: &dyn Store) {
    let alice = subscriber(&connection("alice", "a1="));
    for _again in 0..20 {
        put(store, "room:lobby", &alice).await;
        assert_eq!(receivers(store, "room:lobby").await, ["a1="]);
        let ended = store
            .delete_subscription(&place("room:lobby"), &alice.connection, None)
            .await;
        ended.unwrap();
        assert!(receivers(store, "room:lobby").await.is_empty());
    }
}

/// In the order of their connections, from after any of them on, though that one has ended.
pub async fn a_page_goes_on_from_after_a_connection(store: &dyn Store) {
    let ids = ["+1=", "/2=", "0a=", "Zz=", "az="];
    for id in ids.iter().rev() {
        put(store, "room:lobby", &subscriber(&connection(id, id))).await;
    }
    assert_eq!(receivers(store, "room:lobby").await, ids);
    for (after, first) in [("/2=", Some("0a=")), ("/3=", Some("0a=")), ("az=", None)] {
        let after = ConnectionId::new(after);
        let page = store
            .subscribers(&channel("room:lobby"), Shard(0), Some(&after), true)
            .await;
        let page = page.unwrap();
        let read = page.subscribers.first();
        assert_eq!(read.map(|read| read.connection.as_str()), first);
    }
}

/// Perhaps a moment old, but where nothing changes it is the same.
pub async fn an_inconsistent_page_is_of_the_same_rows(store: &dyn Store) {
    let alice = subscriber(&connection("alice", "a1="));
    put(store, "room:lobby", &alice).await;
    let page = store
        .subscribers(&channel("room:lobby"), Shard(0), None, false)
        .await;
    let page = page.unwrap();
    assert_eq!(page.subscribers, [alice]);
    assert_eq!((page.unreadable, page.shards), (0, None));
}

/// Every subscriber once.
pub async fn a_channel_of_several_pages_is_read_whole(store: &dyn Store) {
    let user = "u".repeat(1_500);
    let session = "s".repeat(800);
    let all: Vec<_> = (0..SEVERAL_PAGES)
        .map(|n| Subscriber {
            key: session_key(&user, &session),
            ..subscriber(&connection("", &format!("c{n:04}=")))
        })
        .collect();
    stream::iter(&all)
        .for_each_concurrent(16, |subscriber| put(store, "room:lobby", subscriber))
        .await;
    assert_eq!(subscribers(store, "room:lobby", Shard(0)).await, all);
}

/// A shard is apart from another, and a channel from one whose name it begins with.
pub async fn shards_and_channels_are_kept_apart(store: &dyn Store) {
    let alice = subscriber(&connection("alice", "a1="));
    let names = ["room:a", "room:a.0", "room:a.1"];
    for name in names {
        for shard in [Shard(0), Shard(1), Shard(10)] {
            let row = Subscriber {
                shard,
                endpoint: Endpoint::new(format!("{name}-{shard}")),
                ..alice.clone()
            };
            put(store, name, &row).await;
        }
    }
    for name in names {
        for shard in [Shard(0), Shard(1), Shard(10)] {
            let read = subscribers(store, name, shard).await;
            let endpoints: Vec<_> = read.iter().map(|row| row.endpoint.to_string()).collect();
            assert_eq!(endpoints, [format!("{name}-{shard}")]);
            assert_eq!(read[0].shard, shard);
        }
    }
    let gone = Place {
        channel: channel("room:a"),
        shard: Shard(1),
    };
    let ended = store.delete_subscription(&gone, &alice.connection, None);
    ended.await.unwrap();
    assert_eq!(subscribers(store, "room:a", Shard(1)).await, []);
    assert_eq!(subscribers(store, "room:a", Shard(0)).await.len(), 1);
    assert_eq!(subscribers(store, "room:a", Shard(10)).await.len(), 1);
}

/// Nobody has to say so.
pub async fn a_channel_has_one_shard_until_it_is_cut(store: &dyn Store) {
    assert_eq!(store.shards(&channel("room:lobby")).await.unwrap(), 1);
    let page = store
        .subscribers(&channel("room:lobby"), Shard(0), None, true)
        .await;
    assert_eq!(page.unwrap().shards, None);
}

/// Two may cut at once; and each channel has its own.
pub async fn shards_only_ever_become_more(store: &dyn Store) {
    let lobby = channel("room:lobby");
    for (cut, shards) in [(1, 1), (4, 4), (2, 4), (4, 4), (8, 8), (1, 8)] {
        store.cut(&lobby, cut, NOW_MS).await.unwrap();
        assert_eq!(store.shards(&lobby).await.unwrap(), shards);
    }
    assert_eq!(store.shards(&channel("room:attic")).await.unwrap(), 1);
}

/// So that a publisher needs no other request where there is one shard, which is nearly everywhere.
pub async fn the_first_page_says_into_how_many_shards_a_channel_is_cut(store: &dyn Store) {
    let lobby = channel("room:lobby");
    store.cut(&lobby, 1, NOW_MS).await.unwrap();
    let page = store.subscribers(&lobby, Shard(0), None, true);
    assert_eq!(page.await.unwrap().shards, None, "one is not more than one");
    store.cut(&lobby, 4, NOW_MS).await.unwrap();
    for shard in [Shard(0), Shard(1)] {
        for id in ["+1=", "a1=", "b1="] {
            let row = Subscriber {
                shard,
                ..subscriber(&connection(id, id))
            };
            put(store, "room:lobby", &row).await;
        }
        let page = store.subscribers(&lobby, shard, None, true).await.unwrap();
        assert_eq!(page.shards, (shard == Shard(0)).then_some(4));
        let after = ConnectionId::new("+1=");
        let page = store.subscribers(&lobby, shard, Some(&after), true);
        assert_eq!(page.await.unwrap().shards, None);
        // The number is no subscriber.
        assert_eq!(subscribers(store, "room:lobby", shard).await.len(), 3);
    }
}
