//! What the store in DynamoDB makes of a DynamoDB that fails.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use tidegate_aws::Units;
use tidegate_contract::table::{PARTITION_KEY, SORT_KEY};
use tidegate_contract_tests::management::{Answer, Management};
use tidegate_contract_tests::samples::{NOW_MS, channel, connection, place, subscriber};
use tidegate_contract_tests::table;
use tidegate_core::connection::{NewConnection, Shard};
use tidegate_core::store::{
    Histories, Leases, OpenError, Range, Revocations, Sessions, StoreError, Subscriptions, Tickets,
};

async fn put(endpoint: &str, partition: &str, sort: &str, attribute: (&str, &str)) {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let put = table::client(endpoint)
        .put_item()
        .table_name(table::TABLE)
        .item(PARTITION_KEY, text(partition))
        .item(SORT_KEY, text(sort))
        .item(attribute.0, text(attribute.1));
    put.send().await.unwrap();
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_counted_and_stops_nobody_else() {
    let (proxy, endpoint) = table::dynoxide_behind_a_proxy().await;
    let (store, _) = table::store(&proxy.endpoint);
    let lobby = channel("room:lobby");
    put(&endpoint, "CH#room:lobby#0", "a1=", ("api", "x")).await;
    let bob = subscriber(&connection("bob", "b1="));
    store.put_subscription(&lobby, &bob).await.unwrap();
    put(&endpoint, "CH#room:lobby#0", "c1=", ("exp", "soon")).await;
    let page = store.subscribers(&lobby, Shard(0), None, true).await;
    let page = page.unwrap();
    assert_eq!(page.subscribers, [bob]);
    assert_eq!((page.unreadable, page.next), (2, None));
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_named_and_not_taken_for_none() {
    let (proxy, endpoint) = table::dynoxide_behind_a_proxy().await;
    let (store, _) = table::store(&proxy.endpoint);
    let lobby = channel("room:lobby");
    let NewConnection {
        key,
        connection: id,
        ..
    } = connection("alice", "a1=");
    put(&endpoint, "U#alice", "S#a1=", ("exp", "soon")).await;
    put(&endpoint, "U#alice", "R", ("before", "soon")).await;
    put(&endpoint, "CH#room:lobby#0", "#shards", ("n", "many")).await;
    put(&endpoint, "CH#room:lobby#0", "a1=", ("exp", "soon")).await;
    put(&endpoint, "H#room:lobby", "0000000000000100", ("id", "p1")).await;
    put(&endpoint, "L#1", "alice#a1=#a1=", ("user", "alice")).await;
    put(&endpoint, "T#d1", "T", ("user", "alice")).await;
    let problems = [
        ("session", store.session(&key).await.err()),
        ("sessions_of", store.sessions_of("alice").await.err()),
        ("revoked_before", store.revoked_before("alice").await.err()),
        (
            "subscription",
            store.subscription(&place("room:lobby"), &id).await.err(),
        ),
        ("shards", store.shards(&lobby).await.err()),
        ("head", store.head(&lobby).await.err()),
        ("items", store.items(&lobby, Range::After(0), 1).await.err()),
        ("leases", store.leases(1, None).await.err()),
        ("take_ticket", store.take_ticket("d1").await.err()),
    ];
    for (called, problem) in problems {
        let Some(StoreError::Corrupt { operation, problem }) = problem else {
            panic!("{called}: {problem:?}")
        };
        assert_eq!(operation, called);
        assert!(problem.contains("` is missing or no "), "{problem}");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_unavailable() {
    let (store, meter) = table::store("http://127.0.0.1:9");
    let error = store
        .session(&connection("alice", "a1=").key)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Unavailable {
                operation: "session",
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(meter.take(), Units::default());
}

#[tokio::test]
async fn a_request_for_fewer_requests_is_known_as_one() {
    let codes = [
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
    ];
    let attempts = codes.map(async |code| {
        let server = Management::answering(&[Answer::Refusal(code); 9]).await;
        let (store, meter) = table::store(&server.url);
        let alice = connection("alice", "a1=");
        let error = store.open(&alice, false, NOW_MS).await.unwrap_err();
        let throttled = StoreError::Throttled { operation: "open" };
        assert_eq!(error.to_string(), throttled.to_string(), "{code}");
        assert!(
            matches!(error, OpenError::Store(StoreError::Throttled { .. })),
            "{code}"
        );
        let asked = server.asked().len();
        assert!(asked <= 6, "{code}: {asked} requests");
        assert_eq!(meter.take(), Units::default());
    });
    join_all(attempts).await;
}

#[tokio::test]
async fn an_error_of_another_kind_is_unavailable_and_says_why() {
    let server = Management::answering(&[Answer::Refusal("ResourceNotFoundException"); 9]).await;
    let (store, _) = table::store(&server.url);
    let error = store
        .session(&connection("alice", "a1=").key)
        .await
        .unwrap_err();
    let StoreError::Unavailable {
        operation: "session",
        source,
    } = error
    else {
        panic!("{error:?}")
    };
    assert!(
        format!("{source:?}").contains("ResourceNotFoundException"),
        "{source:?}"
    );
    assert_eq!(server.asked().len(), 1, "trying again would not help");
}

#[tokio::test]
async fn a_table_that_never_answers_is_given_up() {
    let server = Management::answering(&[Answer::Never; 9]).await;
    let (store, _) = table::store(&server.url);
    let error = store
        .session(&connection("alice", "a1=").key)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert!((1..=3).contains(&server.asked().len()));
}
