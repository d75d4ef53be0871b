//! Sessions over reconnects and hand-overs, how many of them a user may have, and whatever order `$disconnect` comes in.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use serde_json::{Value, json};
use tidegate_connect::handle;
use tidegate_core::broker::Rules;
use tidegate_core::connection::{ConnectionId, LARGE_SESSION_BYTES, Place};
use tidegate_core::limits::{Limits, WhenFull};
use tidegate_core::sender::SendError;
use tidegate_core::store::{JoinError, OpenError, Revocations, Sessions, StoreError};
use tidegate_test_backend::{EXPIRES_AT, ISSUED_AT, World, key, new_connection, rights};
use tidegate_test_events::{fixture, parsed};

/// After which a connection that is not there is not only on its way.
const HANDSHAKE_MS: u64 = 30_000;

fn world() -> World {
    limited(None, WhenFull::Refuse)
}

fn limited(connections_per_user: Option<u32>, when_full: WhenFull) -> World {
    let namespaces = json!({"room": {"subscribe": "member", "publish": "signedIn"}});
    World::new(Rules {
        namespaces: serde_json::from_value(namespaces).unwrap(),
        limits: Limits {
            connections_per_user,
            when_full,
            ..Limits::default()
        },
        ..Rules::default()
    })
}

fn handshake(user: &str, session: &str, connection: &str) -> Value {
    let mut event = fixture("connect-with-room");
    event["multiValueQueryStringParameters"]["session"] = json!([session]);
    let context = &mut event["requestContext"];
    context["connectionId"] = json!(connection);
    context["authorizer"]["user"] = json!(user);
    context["authorizer"]["session"] = json!(session);
    context["authorizer"]["groups"] = json!(r#"["room:lobby"]"#);
    event
}

async fn answered(world: &World, event: Value) -> (u16, &'static str) {
    let (reply, report) = handle(&world.backend(), &parsed(event), world.moment()).await;
    (reply.unwrap().status_code, report.outcome)
}

async fn connect(
    world: &World,
    user: &str,
    session: &str,
    connection: &str,
) -> (u16, &'static str) {
    world.pass(1);
    answered(world, handshake(user, session, connection)).await
}

async fn disconnect(world: &World, user: &str, session: &str, connection: &str) {
    let (backend, moment) = (world.backend(), world.moment());
    let broker = backend.broker(&moment);
    let connection = ConnectionId::new(connection);
    let ended = broker.disconnect(&key(user, session), &connection).await;
    ended.unwrap();
}

async fn live(world: &World, user: &str, session: &str) -> Vec<String> {
    world.connections(&key(user, session)).await
}

fn goodbye(reason: &str) -> Vec<String> {
    vec![format!(
        r#"{{"type":"goodbye","reason":"{reason}","reconnect":false}}"#
    )]
}

#[tokio::test]
async fn a_session_goes_on_with_the_connection_that_takes_over() {
    let world = world();
    for connection in ["c1=", "c2="] {
        assert_eq!(
            connect(&world, "alice", "tab-0001", connection).await,
            (200, "ok")
        );
    }
    assert_eq!(live(&world, "alice", "tab-0001").await, ["c1=", "c2="]);
    assert_eq!(world.receivers("room:lobby").await, ["c1=", "c2="]);
    assert!(world.sender.ended().is_empty());
    disconnect(&world, "alice", "tab-0001", "c1=").await;
    assert_eq!(live(&world, "alice", "tab-0001").await, ["c2="]);
    assert_eq!(world.receivers("room:lobby").await, ["c2="]);
}

#[tokio::test]
async fn a_third_connection_of_a_session_takes_the_place_of_the_oldest() {
    let world = world();
    for connection in ["c2=", "c1=", "c3="] {
        assert_eq!(
            connect(&world, "alice", "tab-0001", connection).await,
            (200, "ok")
        );
    }
    assert_eq!(world.sender.sent_to("c2="), goodbye("replaced"));
    assert_eq!(world.sender.ended(), ["c2="]);
    assert_eq!(live(&world, "alice", "tab-0001").await, ["c1=", "c3="]);
    assert_eq!(world.receivers("room:lobby").await, ["c1=", "c3="]);
}

#[tokio::test]
async fn a_session_of_the_same_name_is_another_one_for_another_user() {
    let world = world();
    for user in ["alice", "bob"] {
        for number in 1..=2 {
            let connection = format!("{user}{number}=");
            assert_eq!(connect(&world, user, "tab-0001", &connection).await.0, 200);
        }
    }
    assert!(world.sender.ended().is_empty());
    assert_eq!(
        live(&world, "alice", "tab-0001").await,
        ["alice1=", "alice2="]
    );
}

#[tokio::test]
async fn what_is_no_session_is_refused() {
    let long = "x".repeat(65);
    for session in [
        "",
        "short-7",
        &long,
        "tab 00001",
        "tab#00001",
        "tab:00001",
        "t\u{e4}b-00001",
        "tab\u{0}00001",
    ] {
        let world = world();
        let event = handshake("alice", session, "c1=");
        assert_eq!(
            answered(&world, event).await,
            (400, "bad_session"),
            "{session:?}"
        );
        assert!(world.receivers("room:lobby").await.is_empty());
        assert!(world.store.sessions_of("alice").await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_revoked_token_opens_nothing_and_a_later_one_does() {
    let world = world();
    world.store.revoke("alice", ISSUED_AT + 1).await.unwrap();
    assert_eq!(
        connect(&world, "alice", "tab-0001", "c1=").await,
        (401, "revoked")
    );
    assert!(live(&world, "alice", "tab-0001").await.is_empty());
    assert!(world.receivers("room:lobby").await.is_empty());
    let mut event = handshake("alice", "tab-0001", "c2=");
    event["requestContext"]["authorizer"]["issuedAt"] = json!((ISSUED_AT + 1).to_string());
    assert_eq!(answered(&world, event).await, (200, "ok"));
    assert_eq!(connect(&world, "bob", "tab-0001", "b1=").await, (200, "ok"));
}

#[tokio::test]
async fn who_has_as_many_sessions_as_may_be_is_refused_one_more() {
    let world = limited(Some(2), WhenFull::Refuse);
    for number in 1..=2 {
        let session = format!("tab-000{number}");
        assert_eq!(
            connect(&world, "alice", &session, &format!("c{number}="))
                .await
                .0,
            200
        );
    }
    assert_eq!(
        connect(&world, "alice", "tab-0003", "c3=").await,
        (429, "too_many_connections")
    );
    assert!(live(&world, "alice", "tab-0003").await.is_empty());
    assert_eq!(world.receivers("room:lobby").await, ["c1=", "c2="]);
    assert!(world.sender.ended().is_empty());
    // Sessions are counted, and each user's own.
    assert_eq!(connect(&world, "alice", "tab-0002", "c4=").await.0, 200);
    assert_eq!(connect(&world, "bob", "tab-0003", "b1=").await.0, 200);
    disconnect(&world, "alice", "tab-0001", "c1=").await;
    assert_eq!(connect(&world, "alice", "tab-0003", "c5=").await.0, 200);
}

#[tokio::test]
async fn where_the_oldest_gives_way_it_is_said_goodbye_to() {
    let world = limited(Some(2), WhenFull::GoodbyeOldest);
    // The second session is older than the first, whose connection is a newer one.
    for (session, connection) in [
        ("tab-0002", "c1="),
        ("tab-0001", "c2="),
        ("tab-0003", "c3="),
    ] {
        assert_eq!(
            connect(&world, "alice", session, connection).await,
            (200, "ok")
        );
    }
    assert_eq!(world.sender.sent_to("c1="), goodbye("tooManyConnections"));
    assert_eq!(world.sender.ended(), ["c1="]);
    assert!(live(&world, "alice", "tab-0002").await.is_empty());
    assert_eq!(world.receivers("room:lobby").await, ["c2=", "c3="]);
}

#[tokio::test]
async fn the_dead_keep_nobody_out() {
    for when_full in [WhenFull::Refuse, WhenFull::GoodbyeOldest] {
        let world = limited(Some(2), when_full);
        for number in 1..=2 {
            let session = format!("tab-000{number}");
            connect(&world, "alice", &session, &format!("c{number}=")).await;
        }
        // Their `$disconnect` was lost.
        for connection in ["c1=", "c2="] {
            world.sender.refuse(connection, || SendError::Gone);
        }
        world.pass(HANDSHAKE_MS);
        assert_eq!(
            connect(&world, "alice", "tab-0003", "c3=").await,
            (200, "ok")
        );
        assert_eq!(
            world.receivers("room:lobby").await,
            ["c3="],
            "and nothing is left of them"
        );
        assert!(world.sender.ended().is_empty(), "nobody is told goodbye");
    }
}

#[tokio::test]
async fn who_may_be_alive_counts() {
    let world = limited(Some(1), WhenFull::Refuse);
    connect(&world, "alice", "tab-0001", "c1=").await;
    world.sender.refuse("c1=", || SendError::Gone);
    // Not yet there: its handshake may be under way.
    world.pass(HANDSHAKE_MS - 2);
    assert_eq!(connect(&world, "alice", "tab-0002", "c2=").await.0, 429);
    world.sender.refuse("c1=", || SendError::Throttled);
    world.pass(HANDSHAKE_MS);
    assert_eq!(connect(&world, "alice", "tab-0002", "c3=").await.0, 429);
    assert_eq!(live(&world, "alice", "tab-0001").await, ["c1="]);
}

#[tokio::test]
async fn two_that_come_at_once_are_never_both_let_in_above_the_limit() {
    let world = limited(Some(1), WhenFull::Refuse);
    // The other one has written its session, and not counted yet.
    let other = new_connection(&key("alice", "tab-0002"), "c2=", rights("alice"));
    world
        .store
        .open(&other, false, world.now_ms())
        .await
        .unwrap();
    assert_eq!(connect(&world, "alice", "tab-0001", "c1=").await.0, 429);
}

#[tokio::test]
async fn one_that_ends_while_it_comes_leaves_nothing_behind() {
    let world = world();
    disconnect(&world, "alice", "tab-0001", "c1=").await;
    disconnect(&world, "alice", "tab-0001", "c1=").await;
    assert_eq!(
        connect(&world, "alice", "tab-0001", "c1=").await,
        (410, "gone")
    );
    assert!(world.receivers("room:lobby").await.is_empty());
    assert!(live(&world, "alice", "tab-0001").await.is_empty());
    assert_eq!(
        connect(&world, "alice", "tab-0001", "c2=").await,
        (200, "ok")
    );
}

#[tokio::test]
async fn one_whose_end_was_lost_gives_way_when_its_session_comes_back() {
    let world = world();
    for number in 1..=6 {
        let connection = format!("c{number}=");
        assert_eq!(
            connect(&world, "alice", "tab-0001", &connection).await.0,
            200
        );
        world.sender.refuse(&connection, || SendError::Gone);
    }
    assert_eq!(live(&world, "alice", "tab-0001").await, ["c5=", "c6="]);
    assert_eq!(world.receivers("room:lobby").await, ["c5=", "c6="]);
}

#[tokio::test]
async fn marks_of_those_that_ended_are_not_kept_for_ever() {
    let world = world();
    for number in 0..50 {
        let connection = format!("c{number:02}=");
        assert_eq!(
            connect(&world, "alice", "tab-0001", &connection).await.0,
            200
        );
        disconnect(&world, "alice", "tab-0001", &connection).await;
        world.pass(120_000);
    }
    let last = connect(&world, "alice", "tab-0001", "last=").await;
    assert_eq!(last.0, 200);
    let session = world.session(&key("alice", "tab-0001")).await.unwrap();
    assert!(session.gone.len() < 12, "{}", session.gone.len());
    assert!(session.places.len() < 12, "{}", session.places.len());
}

#[tokio::test]
async fn wherever_it_breaks_off_nothing_is_left_of_one_that_was_not_let_in() {
    let user_limit = limited(Some(1), WhenFull::Refuse);
    for (world, operation) in [
        (world(), "shards"),
        (world(), "put_subscription"),
        (world(), "open"),
        (world(), "revoked_before"),
        (user_limit, "sessions_of"),
    ] {
        world.watched.end_before(Some(operation));
        let refused = connect(&world, "alice", "tab-0001", "c1=").await;
        assert_eq!(refused, (503, "unavailable"), "{operation}");
        world.watched.end_before(None);
        assert!(
            world.receivers("room:lobby").await.is_empty(),
            "{operation}"
        );
        assert!(
            live(&world, "alice", "tab-0001").await.is_empty(),
            "{operation}"
        );
        assert_eq!(
            connect(&world, "alice", "tab-0001", "c2=").await.0,
            200,
            "{operation}"
        );
    }
}

#[tokio::test]
async fn who_comes_back_with_an_older_token_has_the_rights_of_the_newest() {
    let newest = |groups: &[&str]| {
        let mut newest = rights("alice");
        newest.issued_at = ISSUED_AT + 60;
        newest.expires_at = EXPIRES_AT - 300;
        newest.groups = groups.iter().map(|group| (*group).to_owned()).collect();
        newest
    };

    let world = world();
    let key = key("alice", "tab-0001");
    let first = new_connection(&key, "c1=", newest(&["room:lobby"]));
    world
        .store
        .open(&first, false, world.now_ms())
        .await
        .unwrap();
    let event = handshake("alice", "tab-0001", "c2=");
    assert_eq!(answered(&world, event).await, (200, "ok"));
    let session = world.session(&key).await.unwrap();
    assert_eq!(session.rights, newest(&["room:lobby"]));
    let subscribers = world.subscribers("room:lobby").await;
    assert_eq!(
        subscribers[0].expires_at,
        EXPIRES_AT - 300,
        "a delivery ends with them too"
    );

    // What the newest does not allow any more, an older one does not bring back.
    let world = limited(None, WhenFull::Refuse);
    let first = new_connection(&key, "c1=", newest(&[]));
    world
        .store
        .open(&first, false, world.now_ms())
        .await
        .unwrap();
    let event = handshake("alice", "tab-0001", "c2=");
    assert_eq!(answered(&world, event).await, (403, "forbidden"));
    assert!(world.receivers("room:lobby").await.is_empty());
    assert_eq!(live(&world, "alice", "tab-0001").await, ["c1="]);
}

/// A place whose name is as long as one can be.
fn long_place(number: usize) -> Place {
    let channel = format!("room:{number:03}{}", "x".repeat(125));
    format!("{channel}#63").parse().unwrap()
}

/// Has a connection join so many channels with long names.
async fn join_many(world: &World, connection: &str, count: usize) -> Result<(), JoinError> {
    let (key, id) = (key("alice", "tab-0001"), ConnectionId::new(connection));
    for number in 0..count {
        let place = long_place(number);
        world.store.join(&key, &id, &place, true, 500).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_session_that_comes_and_goes_with_many_channels_stays_small() {
    let world = world();
    for number in 0..20 {
        let connection = format!("c{number}=");
        let connected = connect(&world, "alice", "tab-0001", &connection).await;
        assert_eq!(connected, (200, "ok"), "{number}");
        join_many(&world, &connection, 100).await.unwrap();
        disconnect(&world, "alice", "tab-0001", &connection).await;
        world.pass(5_000);
    }
    let session = world.session(&key("alice", "tab-0001")).await.unwrap();
    // One more than what is large, at most.
    assert!(session.bytes() < LARGE_SESSION_BYTES + 40_000);
}

#[tokio::test]
async fn what_crashes_left_in_a_session_goes_with_its_next_connection() {
    let world = world();
    let key = key("alice", "tab-0001");
    for number in 0..20 {
        let connection = format!("c{number}=");
        let connected = connect(&world, "alice", "tab-0001", &connection).await;
        assert_eq!(connected, (200, "ok"), "{number}");
        join_many(&world, &connection, 100).await.unwrap();
        // A `$disconnect` that marks it, and ends.
        let id = ConnectionId::new(connection);
        world.store.close(&key, &id, world.now_ms()).await.unwrap();
        world.pass(5_000);
    }
    assert_eq!(connect(&world, "alice", "tab-0001", "last=").await.0, 200);
    // Of those that are not so many yet, rows wait for the next publication.
    assert!(world.receivers("room:lobby").await.len() < 5);
    let session = world.session(&key).await.unwrap();
    assert!(session.bytes() < LARGE_SESSION_BYTES);
}

#[tokio::test]
async fn a_session_that_has_no_room_left_keeps_nobody_out() {
    let world = world();
    let key = key("alice", "tab-0001");
    let too_large = |error: &StoreError| matches!(error, StoreError::TooLarge { .. });
    for number in 0.. {
        let connection = format!("c{number}=");
        let mut rights = rights("alice");
        // Of a token that takes most of it.
        rights.groups = (0..320)
            .map(|n| format!("room:{n}{}", "x".repeat(1_000)))
            .collect();
        let new = new_connection(&key, &connection, rights);
        match world.store.open(&new, false, world.now_ms()).await {
            Err(OpenError::Store(error)) if too_large(&error) => break,
            opened => drop(opened.unwrap()),
        }
        match join_many(&world, &connection, 500).await {
            Err(JoinError::Store(error)) if too_large(&error) => {
                // The rest, to the last byte but for a mark.
                for byte in (0..125).rev() {
                    let place = format!("room:{}", "y".repeat(byte + 1)).parse().unwrap();
                    let (store, id) = (&world.store, ConnectionId::new(&*connection));
                    let _full = store.join(&key, &id, &place, false, 1_000).await;
                }
            }
            joined => joined.unwrap(),
        }
        let id = ConnectionId::new(connection);
        world.store.close(&key, &id, world.now_ms()).await.unwrap();
    }
    world.pass(5_000);
    let connected = connect(&world, "alice", "tab-0001", "next=").await;
    assert_eq!(connected, (200, "ok"));
    assert_eq!(live(&world, "alice", "tab-0001").await, ["next="]);
}
