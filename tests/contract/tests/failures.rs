//! What the registry over DynamoDB makes of a DynamoDB that fails.

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use tidegate_aws::Units;
use tidegate_contract::table::{PARTITION_KEY, SORT_KEY};
use tidegate_contract_tests::management::{Answer, Management};
use tidegate_contract_tests::samples::{NOW_MS, channel, connection, connection_in};
use tidegate_contract_tests::table;
use tidegate_core::registry::{ConnectError, Registry, RegistryError};

#[tokio::test]
async fn an_item_that_cannot_be_read_is_named_and_not_taken_for_none() {
    let (proxy, endpoint) = table::dynoxide_behind_a_proxy().await;
    let (registry, _) = table::registry(&proxy.endpoint);
    let client = table::client(&endpoint);
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let put = client.put_item().table_name(table::TABLE);
    let put = put
        .item(PARTITION_KEY, text("CH#room:lobby#0"))
        .item(SORT_KEY, text("a1="));
    put.send().await.unwrap();
    let error = registry
        .subscribers(&channel("room:lobby"))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            RegistryError::Corrupt {
                operation: "subscribers",
                ..
            }
        ),
        "{error:?}"
    );

    let put = client
        .put_item()
        .table_name(table::TABLE)
        .item("exp", text("soon"));
    let put = put
        .item(PARTITION_KEY, text("U#alice"))
        .item(SORT_KEY, text("S#a1="));
    put.send().await.unwrap();
    let error = registry
        .session(&connection("alice", "a1=").key)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`exp`"), "{error}");
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_unavailable() {
    let (registry, meter) = table::registry("http://127.0.0.1:9");
    let error = registry
        .session(&connection("alice", "a1=").key)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            RegistryError::Unavailable {
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
        let (registry, meter) = table::registry(&server.url);
        let alice = connection_in("alice", "a1=", "room:lobby");
        let error = registry.connect(&alice, NOW_MS).await.unwrap_err();
        let throttled = RegistryError::Throttled {
            operation: "connect",
        };
        assert_eq!(error.to_string(), throttled.to_string(), "{code}");
        assert!(
            matches!(
                error,
                ConnectError::Registry(RegistryError::Throttled { .. })
            ),
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
    let (registry, _) = table::registry(&server.url);
    let error = registry
        .session(&connection("alice", "a1=").key)
        .await
        .unwrap_err();
    let RegistryError::Unavailable {
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
    let (registry, _) = table::registry(&server.url);
    let error = registry
        .session(&connection("alice", "a1=").key)
        .await
        .unwrap_err();
    assert!(
        matches!(error, RegistryError::Unavailable { .. }),
        "{error:?}"
    );
    assert!((1..=3).contains(&server.asked().len()));
}
