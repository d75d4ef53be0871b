//! `$disconnect` as a function of its event and the registry: whenever it comes, what is gone stays gone.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use serde_json::Value;
use tidegate_core::channel::Channel;
use tidegate_core::connection::{ConnectionId, Endpoint, NewConnection, SessionKey};
use tidegate_core::memory::MemoryRegistry;
use tidegate_core::registry::{ConnectError, Registry};
use tidegate_core::rights::Rights;
use tidegate_disconnect::handle;
use tidegate_lambda::{Reply, Report};
use tidegate_test_events::{fixture, parsed};

const CONNECTION: &str = "RYGzEcSNvHcCH8A=";
const NOW_MS: u64 = 1_742_085_990_941;
const ENDS: [&str; 3] = [
    "disconnect-1005-client-gave-no-code",
    "disconnect-1001-going-away",
    "disconnect-1006-connection-lost",
];

fn lobby() -> Channel {
    "room:lobby".parse().unwrap()
}

fn connection(id: &str) -> NewConnection {
    NewConnection {
        key: SessionKey {
            user: "alice".to_owned(),
            session: id.to_owned(),
        },
        connection: ConnectionId::new(id),
        endpoint: Endpoint::new("abcdef1234"),
        rights: Rights {
            user: "alice".to_owned(),
            groups: [].into(),
            expires_at: 1_742_086_882,
        },
        channel: Some(lobby()),
    }
}

async fn connect(registry: &MemoryRegistry, id: &str) -> Result<(), ConnectError> {
    registry.connect(&connection(id), NOW_MS).await
}

async fn disconnect(registry: &MemoryRegistry, event: Value) -> (Result<Reply, String>, Report) {
    handle(registry, &parsed(event), NOW_MS).await
}

async fn receivers(registry: &MemoryRegistry) -> Vec<String> {
    let subscribers = registry.subscribers(&lobby()).await.unwrap();
    let connections = subscribers.iter();
    connections
        .map(|subscriber| subscriber.connection.to_string())
        .collect()
}

#[tokio::test]
async fn however_a_connection_ended_it_is_removed_and_no_other() {
    for name in ENDS {
        let registry = MemoryRegistry::default();
        connect(&registry, CONNECTION).await.unwrap();
        connect(&registry, "another=").await.unwrap();
        let (reply, report) = disconnect(&registry, fixture(name)).await;
        assert_eq!(reply, Ok(Reply::silent()), "{name}");
        assert_eq!(report.outcome, "ok");
        assert_eq!(
            (&*report.route, &*report.connection),
            ("$disconnect", CONNECTION)
        );
        assert_eq!(receivers(&registry).await, ["another="], "{name}");
        let key = connection(CONNECTION).key;
        let session = registry.session(&key).await.unwrap();
        assert!(
            session.is_none_or(|session| session.connections.is_empty()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn one_that_comes_twice_changes_nothing_more() {
    let registry = MemoryRegistry::default();
    connect(&registry, CONNECTION).await.unwrap();
    for name in ENDS {
        let (reply, report) = disconnect(&registry, fixture(name)).await;
        assert_eq!((reply, report.outcome), (Ok(Reply::silent()), "ok"));
        assert!(receivers(&registry).await.is_empty());
    }
}

#[tokio::test]
async fn one_that_comes_first_keeps_the_connection_from_being_registered() {
    let registry = MemoryRegistry::default();
    let (reply, _) = disconnect(&registry, fixture(ENDS[0])).await;
    assert_eq!(reply, Ok(Reply::silent()));
    let refused = connect(&registry, CONNECTION).await;
    assert!(matches!(refused, Err(ConnectError::Gone)));
    assert!(receivers(&registry).await.is_empty());
}

#[tokio::test]
async fn without_the_authorizers_context_there_is_nothing_to_remove() {
    let registry = MemoryRegistry::default();
    connect(&registry, CONNECTION).await.unwrap();
    let mut event = fixture(ENDS[0]);
    event["requestContext"]
        .as_object_mut()
        .unwrap()
        .remove("authorizer");
    let (reply, report) = disconnect(&registry, event).await;
    assert_eq!(
        (reply, report.outcome),
        (Ok(Reply::silent()), "unregistered")
    );
    assert_eq!(receivers(&registry).await, [CONNECTION]);
}

#[tokio::test]
async fn when_the_registry_is_down_the_function_fails_so_that_it_is_seen() {
    let registry = MemoryRegistry::default();
    registry.set_unavailable(true);
    let (reply, report) = disconnect(&registry, fixture(ENDS[0])).await;
    assert!(reply.unwrap_err().contains("does not answer"));
    assert_eq!(report.outcome, "unavailable");
}
