//! What the registry asks of DynamoDB: no more units than the design's budget. That it asks by key and consistently is
//! what [`Proxy`] sees to.

use std::sync::Arc;

use tidegate_aws::{DynamoRegistry, Meter, Units};
use tidegate_contract::table::TIME_TO_LIVE;
use tidegate_contract_tests::proxy::{Call, Proxy};
use tidegate_contract_tests::samples::{
    NOW_MS, channel, connection, connection_in, receivers, subscription,
};
use tidegate_contract_tests::{suite, table};
use tidegate_core::registry::{MAX_SUBSCRIPTIONS, Registry};

struct Metered {
    registry: DynamoRegistry,
    meter: Arc<Meter>,
    proxy: Proxy,
    /// DynamoDB itself, for what a test asks.
    endpoint: String,
}

async fn metered() -> Metered {
    let (proxy, endpoint) = table::dynoxide_behind_a_proxy().await;
    let (registry, meter) = table::registry(&proxy.endpoint);
    Metered {
        registry,
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

    /// What was consumed since the last call of this, and by which operations.
    fn spent(&self) -> (f64, Vec<String>) {
        let calls = self.proxy.take();
        let operations = calls.into_iter().map(|call| call.operation);
        (self.meter.take().write, operations.collect())
    }

    #[track_caller]
    fn assert_spent(&self, writes: f64, operations: &[&str]) {
        let (spent, asked) = self.spent();
        assert_eq!(asked, operations);
        assert!(
            (spent - writes).abs() < f64::EPSILON,
            "{spent} units, not {writes}"
        );
    }
}

#[tokio::test]
async fn connecting_costs_one_write_and_one_more_with_a_channel() {
    let metered = metered().await;
    let registry = &metered.registry;
    registry
        .connect(&connection("alice", "a1="), NOW_MS)
        .await
        .unwrap();
    metered.assert_spent(1.0, &["UpdateItem"]);
    let with_room = connection_in("alice", "a2=", "room:lobby");
    registry.connect(&with_room, NOW_MS).await.unwrap();
    metered.assert_spent(2.0, &["PutItem", "UpdateItem"]);
}

#[tokio::test]
async fn a_refused_connection_is_charged_for_its_failed_condition() {
    let metered = metered().await;
    let registry = &metered.registry;
    let alice = connection("alice", "a1=");
    registry
        .disconnect(&alice.key, &alice.connection, NOW_MS)
        .await
        .unwrap();
    metered.assert_spent(1.0, &["UpdateItem"]);
    registry.connect(&alice, NOW_MS).await.unwrap_err();
    metered.assert_spent(1.0, &["UpdateItem"]);
    let with_room = connection_in("alice", "a1=", "room:lobby");
    registry.connect(&with_room, NOW_MS).await.unwrap_err();
    metered.assert_spent(3.0, &["PutItem", "UpdateItem", "DeleteItem"]);
}

#[tokio::test]
async fn disconnecting_costs_one_write_and_one_for_each_subscription() {
    let metered = metered().await;
    let registry = &metered.registry;
    for subscriptions in [0, 1, 3] {
        let new = connection("alice", &format!("a{subscriptions}="));
        registry.connect(&new, NOW_MS).await.unwrap();
        for n in 0..subscriptions {
            let subscription = subscription(&new, &format!("room:r{n}"));
            registry.subscribe(&subscription, NOW_MS).await.unwrap();
        }
        metered.forget();
        registry
            .disconnect(&new.key, &new.connection, NOW_MS)
            .await
            .unwrap();
        let operations = [&["UpdateItem"][..], &vec!["DeleteItem"; subscriptions]].concat();
        metered.assert_spent(
            f64::from(u32::try_from(1 + subscriptions).unwrap()),
            &operations,
        );
    }
}

#[tokio::test]
async fn subscribing_and_unsubscribing_cost_two_writes_each() {
    let metered = metered().await;
    let registry = &metered.registry;
    let alice = connection("alice", "a1=");
    registry.connect(&alice, NOW_MS).await.unwrap();
    metered.forget();
    let subscription = subscription(&alice, "room:lobby");
    for _again in 0..2 {
        registry.subscribe(&subscription, NOW_MS).await.unwrap();
        metered.assert_spent(2.0, &["PutItem", "UpdateItem"]);
    }
    for _again in 0..2 {
        let left = registry.unsubscribe(&alice.key, &alice.connection, &subscription.channel);
        left.await.unwrap();
        metered.assert_spent(2.0, &["DeleteItem", "UpdateItem"]);
    }
    let nobody = connection("nobody", "n1=");
    let left = registry.unsubscribe(&nobody.key, &nobody.connection, &subscription.channel);
    left.await.unwrap();
    metered.assert_spent(2.0, &["DeleteItem", "UpdateItem"]);
}

#[tokio::test]
async fn a_refused_subscription_is_charged_for_its_failed_condition() {
    let metered = metered().await;
    let registry = &metered.registry;
    let nobody = connection("nobody", "n1=");
    let refused = registry
        .subscribe(&subscription(&nobody, "room:lobby"), NOW_MS)
        .await;
    refused.unwrap_err();
    metered.assert_spent(3.0, &["PutItem", "UpdateItem", "DeleteItem"]);
}

#[tokio::test]
async fn the_reads_of_a_publication_write_nothing() {
    let metered = metered().await;
    let registry = &metered.registry;
    let alice = connection_in("alice", "a1=", "room:lobby");
    registry.connect(&alice, NOW_MS).await.unwrap();
    metered.forget();
    registry.session(&alice.key).await.unwrap();
    registry.subscribers(&channel("room:lobby")).await.unwrap();
    registry.subscribers(&channel("room:empty")).await.unwrap();
    let asked = metered.proxy.take();
    let operations: Vec<_> = asked.iter().map(|call| &*call.operation).collect();
    assert_eq!(operations, ["GetItem", "Query", "Query"]);
    assert_eq!(
        metered.meter.take(),
        Units {
            read: 3.0,
            write: 0.0
        },
        "consistent reads cost one unit each"
    );
}

#[tokio::test]
async fn removing_a_row_costs_one_write() {
    let metered = metered().await;
    let alice = connection_in("alice", "a1=", "room:lobby");
    metered.registry.connect(&alice, NOW_MS).await.unwrap();
    metered.forget();
    let lobby = channel("room:lobby");
    metered
        .registry
        .remove_subscriber(&lobby, &alice.connection)
        .await
        .unwrap();
    metered.assert_spent(1.0, &["DeleteItem"]);
}

#[tokio::test]
async fn a_channel_of_several_pages_is_queried_page_by_page() {
    let metered = metered().await;
    suite::a_channel_of_several_pages_is_read_whole(&metered.registry).await;
    let calls = metered.proxy.take();
    let queries: Vec<_> = calls
        .iter()
        .filter(|call| call.operation == "Query")
        .collect();
    assert!(queries.len() > 1, "{} query", queries.len());
    let continued = |call: &&&Call| call.input.get("ExclusiveStartKey").is_some();
    assert_eq!(queries.iter().filter(continued).count(), queries.len() - 1);
}

#[tokio::test]
async fn every_item_ends_by_its_time_to_live() {
    let metered = metered().await;
    let registry = &metered.registry;
    let alice = connection_in("alice", "a1=", "room:lobby");
    registry.connect(&alice, NOW_MS).await.unwrap();
    let client = table::client(&metered.endpoint);
    let times = async || {
        let scanned = client.scan().table_name(table::TABLE).send().await.unwrap();
        let items = scanned.items().iter();
        let times = items.map(|item| item[TIME_TO_LIVE].as_n().unwrap().parse().unwrap());
        times.collect::<Vec<u64>>()
    };
    let (now, two_hours) = (NOW_MS / 1000, 7200);
    let all = times().await;
    assert_eq!(all.len(), 2);
    assert!(
        all.iter().all(|at| *at > now + two_hours),
        "{all:?}: a connection may live two hours"
    );

    registry
        .disconnect(&alice.key, &alice.connection, NOW_MS)
        .await
        .unwrap();
    let all = times().await;
    assert_eq!(all.len(), 1, "the mark is left");
    assert!(
        all[0] > now + 29 && all[0] < now + two_hours,
        "{all:?}: as long as `$connect` may still come"
    );
}

#[tokio::test]
async fn a_full_session_still_fits_the_items_that_are_read() {
    let metered = metered().await;
    let registry = &metered.registry;
    let alice = connection("alice", "a1=");
    registry.connect(&alice, NOW_MS).await.unwrap();
    let long = "x".repeat(120);
    for n in 0..MAX_SUBSCRIPTIONS {
        let subscription = subscription(&alice, &format!("room:{long}{n:03}"));
        registry.subscribe(&subscription, NOW_MS).await.unwrap();
    }
    let left = registry
        .disconnect(&alice.key, &alice.connection, NOW_MS)
        .await
        .unwrap();
    assert_eq!(left.len(), MAX_SUBSCRIPTIONS);
    assert!(
        receivers(registry, &format!("room:{long}000"))
            .await
            .is_empty()
    );
}
