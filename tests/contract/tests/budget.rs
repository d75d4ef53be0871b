//! What the store asks of DynamoDB: one request for each call of a port, and no more units than the ports say. That it
//! asks by key, and consistently where it must, is what [`Proxy`] sees to.

use std::sync::Arc;

use tidegate_aws::{DynamoStore, Meter};
use tidegate_contract::table::TIME_TO_LIVE;
use tidegate_contract_tests::proxy::{Call, Proxy};
use tidegate_contract_tests::samples::{
    EXPIRES_AT, ISSUED_AT, MOST, NOW_MS, channel, connection, connection_in, entry, open, place,
    session_key, subscriber,
};
use tidegate_contract_tests::{suite, table};
use tidegate_core::connection::{ConnectionId, Shard};
use tidegate_core::protocol::IdempotencyKey;
use tidegate_core::store::{
    Claim, Claims, Histories, HistoryItem, Lease, Leases, Range, Revocations, Scope, Sessions,
    Subscriptions, Ticket, Tickets,
};

struct Metered {
    store: DynamoStore,
    meter: Arc<Meter>,
    proxy: Proxy,
    /// DynamoDB itself, for what a test asks.
    endpoint: String,
}

async fn metered() -> Metered {
    let (proxy, endpoint) = table::dynoxide_behind_a_proxy().await;
    let (store, meter) = table::store(&proxy.endpoint);
    Metered {
        store,
        meter,
        proxy,
        endpoint,
    }
}

impl Metered {
    fn forget(&self) {
        let _ = self.proxy.take();
        let _ = self.meter.take();
    }

    /// What was done since the last call of this is one request of this kind, and cost so much.
    #[track_caller]
    fn assert_spent(&self, operation: &str, read: f64, write: f64) {
        let calls = self.proxy.take();
        let asked: Vec<_> = calls.iter().map(|call| &*call.operation).collect();
        let units = self.meter.take();
        assert_eq!(asked, [operation]);
        assert!(
            (units.read - read).abs() < f64::EPSILON && (units.write - write).abs() < f64::EPSILON,
            "{operation}: {units:?}, not {read} and {write}"
        );
    }

    #[track_caller]
    fn assert_updated(&self) {
        self.assert_spent("UpdateItem", 0.0, 1.0);
    }
}

#[tokio::test]
async fn each_call_for_a_session_is_one_write() {
    let metered = metered().await;
    let store = &metered.store;
    let alice = connection_in("alice", "a1=", "room:lobby", true);
    let (key, id) = (&alice.key, &alice.connection);
    open(store, &alice).await;
    metered.assert_updated();
    for name in ["room:attic", "room:attic"] {
        store.join(key, id, &place(name), true, MOST).await.unwrap();
        metered.assert_updated();
    }
    for _again in 0..2 {
        store.leave(key, id, &place("room:attic")).await.unwrap();
        metered.assert_updated();
        store.part(key, id, &channel("room:lobby")).await.unwrap();
        metered.assert_updated();
        store.set_rights(key, id, &alice.rights).await.unwrap();
        metered.assert_updated();
        store.take(key, "messages", None, 1).await.unwrap();
        metered.assert_updated();
        let taken = store.take_of_user("alice", "messages", None, 1, NOW_MS);
        taken.await.unwrap();
        metered.assert_updated();
        store.strike(key, NOW_MS).await.unwrap();
        metered.assert_updated();
    }
    for _again in 0..2 {
        store.close(key, id, NOW_MS).await.unwrap();
        metered.assert_updated();
    }
    for _again in 0..2 {
        store.vacate(key, id, true).await.unwrap();
        metered.assert_updated();
        store.forget(key, std::slice::from_ref(id)).await.unwrap();
        metered.assert_updated();
    }
}

#[tokio::test]
async fn a_failed_condition_is_charged_as_a_write() {
    let metered = metered().await;
    let store = &metered.store;
    let alice = connection("alice", "a1=");
    let (key, id) = (&alice.key, &alice.connection);
    store.close(key, id, NOW_MS).await.unwrap();
    metered.forget();
    store.open(&alice, false, NOW_MS).await.unwrap_err();
    metered.assert_updated();
    let lobby = place("room:lobby");
    store.join(key, id, &lobby, true, MOST).await.unwrap_err();
    metered.assert_updated();
    store.set_rights(key, id, &alice.rights).await.unwrap_err();
    metered.assert_updated();
    store.take(key, "messages", None, 1).await.unwrap();
    metered.assert_updated();
    let nobody = session_key("nobody", "n1=");
    store.leave(&nobody, id, &lobby).await.unwrap();
    metered.assert_updated();
    let extended = store.extend_subscription(&lobby, id, EXPIRES_AT).await;
    extended.unwrap();
    metered.assert_updated();
    let long = entry(100, &"x".repeat(3_000));
    assert!(store.put(&channel("room:lobby"), &long).await.unwrap());
    metered.assert_spent("PutItem", 0.0, 4.0);
    let short = entry(100, "1");
    assert!(!store.put(&channel("room:lobby"), &short).await.unwrap());
    metered.assert_spent("PutItem", 0.0, 4.0);
}

#[tokio::test]
async fn each_call_for_a_subscription_is_one_write() {
    let metered = metered().await;
    let store = &metered.store;
    let (lobby, alice) = (place("room:lobby"), connection("alice", "a1="));
    let row = subscriber(&alice);
    for _again in 0..2 {
        let put = store.put_subscription(&lobby.channel, &row).await;
        put.unwrap();
        metered.assert_updated();
        let extended = store.extend_subscription(&lobby, &row.connection, 1).await;
        extended.unwrap();
        metered.assert_updated();
        store.cut(&lobby.channel, 4, NOW_MS).await.unwrap();
        metered.assert_updated();
    }
    for _again in 0..2 {
        for since_ms in [Some(row.since_ms + 1), None] {
            let ended = store
                .delete_subscription(&lobby, &row.connection, since_ms)
                .await;
            ended.unwrap();
            metered.assert_spent("DeleteItem", 0.0, 1.0);
        }
    }
}

#[tokio::test]
async fn claims_leases_tickets_and_revocations_are_one_write_each() {
    let metered = metered().await;
    let store = &metered.store;
    let (lobby, key) = (channel("room:lobby"), IdempotencyKey::new("k").unwrap());
    let claim = Claim {
        publication_id: "p1".to_owned(),
        from: 1,
        at_ms: NOW_MS,
    };
    let lease = Lease {
        key: session_key("alice", "session-1"),
        connection: ConnectionId::new("a1="),
        endpoint: connection("alice", "a1=").endpoint,
        place: None,
    };
    let ticket = Ticket {
        rights: connection("alice", "a1=").rights,
        valid_until: EXPIRES_AT,
    };
    for _again in 0..2 {
        let claimed = store.claim(&Scope::Server, &lobby, &key, &claim).await;
        claimed.unwrap();
        metered.assert_spent("PutItem", 0.0, 1.0);
        store.put_lease(1, &lease).await.unwrap();
        metered.assert_spent("PutItem", 0.0, 1.0);
        store.put_ticket("d1", &ticket).await.unwrap();
        metered.assert_spent("PutItem", 0.0, 1.0);
        store.revoke("alice", ISSUED_AT).await.unwrap();
        metered.assert_updated();
    }
    for _again in 0..2 {
        store.delete_lease(1, &lease).await.unwrap();
        metered.assert_spent("DeleteItem", 0.0, 1.0);
        store.take_ticket("d1").await.unwrap();
        metered.assert_spent("DeleteItem", 0.0, 1.0);
    }
}

#[tokio::test]
async fn reads_cost_one_unit_and_half_of_one_where_they_may_be_a_moment_old() {
    let metered = metered().await;
    let store = &metered.store;
    let alice = connection("alice", "a1=");
    open(store, &alice).await;
    let lobby = channel("room:lobby");
    store.put(&lobby, &entry(100, "1")).await.unwrap();
    metered.forget();
    store.session(&alice.key).await.unwrap();
    metered.assert_spent("GetItem", 1.0, 0.0);
    store.sessions_of("alice").await.unwrap();
    metered.assert_spent("Query", 1.0, 0.0);
    store.revoked_before("alice").await.unwrap();
    metered.assert_spent("GetItem", 1.0, 0.0);
    for (consistent, units) in [(true, 1.0), (false, 0.5)] {
        let page = store.subscribers(&lobby, Shard(0), None, consistent).await;
        page.unwrap();
        metered.assert_spent("Query", units, 0.0);
    }
    let there = place("room:lobby");
    let read = store.subscription(&there, &alice.connection).await;
    read.unwrap();
    metered.assert_spent("GetItem", 1.0, 0.0);
    store.shards(&lobby).await.unwrap();
    metered.assert_spent("GetItem", 0.5, 0.0);
    store.head(&lobby).await.unwrap();
    metered.assert_spent("Query", 1.0, 0.0);
    store.items(&lobby, Range::After(0), 100).await.unwrap();
    metered.assert_spent("Query", 1.0, 0.0);
    store.leases(1, None).await.unwrap();
    metered.assert_spent("Query", 1.0, 0.0);
    assert_eq!(store.items(&lobby, Range::After(0), 0).await.unwrap(), []);
    assert!(metered.proxy.take().is_empty(), "nothing is asked for");
}

#[tokio::test]
async fn a_channel_of_several_pages_is_queried_page_by_page() {
    let metered = metered().await;
    suite::subscriptions::a_channel_of_several_pages_is_read_whole(&metered.store).await;
    let calls = metered.proxy.take();
    let queries = calls.iter().filter(|call| call.operation == "Query");
    assert!(queries.count() > 1);
    let metered = self::metered().await;
    suite::histories::a_range_of_several_pages_is_read_whole(&metered.store).await;
    let calls = metered.proxy.take();
    let forwards = |call: &&Call| call.input["ScanIndexForward"] == true;
    let queries = calls.iter().filter(|call| call.operation == "Query");
    // One page more than there are items for, which tells that there are none.
    assert!(queries.filter(forwards).count() > 2);
}

/// Of each kind of item, in seconds after now; none where it stays.
#[tokio::test]
async fn every_item_ends_by_its_time_to_live_but_the_number_of_shards() {
    let metered = metered().await;
    let store = &metered.store;
    let now = NOW_MS / 1000;
    let alice = connection("alice", "a1=");
    open(store, &alice).await;
    store.strike(&alice.key, NOW_MS).await.unwrap();
    let taken = store.take_of_user("alice", "messages", None, 1, NOW_MS);
    taken.await.unwrap();
    store.revoke("alice", now).await.unwrap();
    let lobby = channel("room:lobby");
    let put = store.put_subscription(&lobby, &subscriber(&alice)).await;
    put.unwrap();
    store.cut(&lobby, 4, NOW_MS).await.unwrap();
    let seal = HistoryItem::Seal {
        offset: 0,
        start: 1,
        follows: false,
        removable_at: now + 5,
    };
    store.put(&lobby, &seal).await.unwrap();
    let claim = Claim {
        publication_id: "p1".to_owned(),
        from: 1,
        at_ms: NOW_MS,
    };
    let key = IdempotencyKey::new("k").unwrap();
    let claimed = store.claim(&Scope::Server, &lobby, &key, &claim).await;
    claimed.unwrap();
    let lease = Lease {
        key: alice.key.clone(),
        connection: alice.connection.clone(),
        endpoint: alice.endpoint.clone(),
        place: None,
    };
    store.put_lease(now / 60, &lease).await.unwrap();
    let ticket = Ticket {
        rights: alice.rights.clone(),
        valid_until: now + 30,
    };
    store.put_ticket("d1", &ticket).await.unwrap();

    let client = table::client(&metered.endpoint);
    let scanned = client.scan().table_name(table::TABLE).send().await.unwrap();
    let mut times: Vec<_> = scanned
        .items()
        .iter()
        .map(|item| {
            let ttl = item.get(TIME_TO_LIVE)?.as_n().unwrap();
            Some(ttl.parse::<u64>().unwrap() - now)
        })
        .collect();
    times.sort_unstable();
    let of_the_minute = 3_600 - now % 60;
    let expected = [
        None,
        Some(5),
        Some(30),
        Some(600),
        Some(600),
        Some(of_the_minute),
        Some(7_800),
        Some(7_800),
        Some(86_400),
        Some(172_800),
    ];
    assert_eq!(times, expected);
}

#[tokio::test]
async fn a_session_of_the_usual_size_is_a_small_item() {
    let metered = metered().await;
    let store = &metered.store;
    let user = "6f1a2b3c-4d5e-6f70-8192-a3b4c5d6e7f8";
    let mut alice = connection(user, "RYGzEcSNvHcCH8A=");
    alice.key.session = "3f7c9a1b2d4e6f8091a2b3c4d5e6f708".to_owned();
    open(store, &alice).await;
    for n in 0..5 {
        let place = place(&format!("room:a-room-with-a-name-{n}"));
        let joined = store.join(&alice.key, &alice.connection, &place, true, MOST);
        joined.await.unwrap();
    }
    metered.forget();
    let closed = store.close(&alice.key, &alice.connection, NOW_MS).await;
    assert_eq!(closed.unwrap().unwrap().places[&alice.connection].len(), 5);
    metered.assert_updated();
}
