//! `$disconnect` as a function of its event and what is kept: whenever it comes, what is gone stays gone.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use serde_json::Value;
use tidegate_core::broker::Rules;
use tidegate_core::store::{OpenError, Sessions};
use tidegate_disconnect::handle;
use tidegate_lambda::{Reply, Report};
use tidegate_test_backend::{ALICE as CONNECTION, World, key, new_connection, rights};
use tidegate_test_events::{fixture, parsed};

const ENDS: [&str; 3] = [
    "disconnect-1005-client-gave-no-code",
    "disconnect-1001-going-away",
    "disconnect-1006-connection-lost",
];

fn world() -> World {
    World::new(Rules::default())
}

async fn connect(world: &World, id: &str) {
    world.open_in("alice", id, "room:lobby").await;
}

async fn disconnect(world: &World, event: Value) -> (Result<Reply, String>, Report) {
    handle(&world.backend(), &parsed(event), world.moment()).await
}

async fn receivers(world: &World) -> Vec<String> {
    world.receivers("room:lobby").await
}

#[tokio::test]
async fn however_a_connection_ended_it_is_removed_and_no_other() {
    for name in ENDS {
        let world = world();
        connect(&world, CONNECTION).await;
        connect(&world, "another=").await;
        let (reply, report) = disconnect(&world, fixture(name)).await;
        assert_eq!(reply, Ok(Reply::silent()), "{name}");
        assert_eq!(report.outcome, "ok");
        assert_eq!(
            (&*report.route, &*report.connection),
            ("$disconnect", CONNECTION)
        );
        assert_eq!(receivers(&world).await, ["another="], "{name}");
        let session = world.session(&key("alice", CONNECTION)).await;
        assert!(
            session.is_none_or(|session| session.connections.is_empty()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn one_that_comes_twice_changes_nothing_more() {
    let world = world();
    connect(&world, CONNECTION).await;
    for name in ENDS {
        let (reply, report) = disconnect(&world, fixture(name)).await;
        assert_eq!((reply, report.outcome), (Ok(Reply::silent()), "ok"));
        assert!(receivers(&world).await.is_empty());
    }
}

#[tokio::test]
async fn one_that_comes_first_keeps_the_connection_from_being_registered() {
    let world = world();
    let (reply, _) = disconnect(&world, fixture(ENDS[0])).await;
    assert_eq!(reply, Ok(Reply::silent()));
    let late = new_connection(&key("alice", CONNECTION), CONNECTION, rights("alice"));
    let refused = world.store.open(&late, false, world.now_ms()).await;
    assert!(matches!(refused, Err(OpenError::Gone)));
    assert!(receivers(&world).await.is_empty());
}

#[tokio::test]
async fn without_the_authorizers_context_there_is_nothing_to_remove() {
    let world = world();
    connect(&world, CONNECTION).await;
    let mut event = fixture(ENDS[0]);
    event["requestContext"]
        .as_object_mut()
        .unwrap()
        .remove("authorizer");
    let (reply, report) = disconnect(&world, event).await;
    assert_eq!(
        (reply, report.outcome),
        (Ok(Reply::silent()), "unregistered")
    );
    assert_eq!(receivers(&world).await, [CONNECTION]);
}

#[tokio::test]
async fn when_the_database_is_down_the_function_fails_so_that_it_is_seen() {
    let world = world();
    world.store.set_unavailable(true);
    let (reply, report) = disconnect(&world, fixture(ENDS[0])).await;
    assert!(reply.unwrap_err().contains("does not answer"));
    assert_eq!(report.outcome, "unavailable");
}
