//! `$connect` as a function of its event and what is kept.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use serde_json::{Value, json};
use tidegate_connect::handle;
use tidegate_core::broker::Rules;
use tidegate_core::connection::{Connected, ConnectionId, Endpoint, Session, SessionKey};
use tidegate_core::store::Sessions;
use tidegate_lambda::{Reply, Report};
use tidegate_test_backend::{ALICE as CONNECTION, NOW_MS, World};
use tidegate_test_events::{fixture, parsed};

const PROTOCOLS: &str = "Sec-WebSocket-Protocol";

fn world() -> World {
    World::new(Rules::default())
}

async fn connect(world: &World, event: Value) -> (Result<Reply, String>, Report) {
    handle(&world.backend(), &parsed(event), world.moment()).await
}

async fn accepted(world: &World, event: Value) -> Reply {
    let (reply, report) = connect(world, event).await;
    let reply = reply.unwrap();
    assert_eq!((reply.status_code, report.outcome), (200, "ok"));
    assert_eq!(
        (&*report.route, &*report.connection),
        ("$connect", CONNECTION)
    );
    reply
}

async fn refused(world: &World, event: Value) -> (u16, &'static str) {
    let (reply, report) = connect(world, event).await;
    let reply = reply.unwrap();
    assert!(reply.headers.is_empty() && reply.body.is_none());
    (reply.status_code, report.outcome)
}

fn offering(lines: &[&str]) -> Value {
    let mut event = fixture("connect-without-query");
    event["multiValueHeaders"][PROTOCOLS] = json!(lines);
    event
}

fn key() -> SessionKey {
    SessionKey {
        user: "alice".to_owned(),
        session: CONNECTION.to_owned(),
    }
}

async fn session(world: &World) -> Option<Session> {
    world.session(&key()).await
}

async fn in_room(world: &World, room: &str) -> bool {
    let receivers = world.receivers(room).await;
    receivers.iter().any(|one| one == CONNECTION)
}

#[tokio::test]
async fn a_connection_is_registered_with_the_rights_of_its_token() {
    let world = world();
    accepted(&world, fixture("connect-with-subprotocol")).await;
    let session = session(&world).await.unwrap();
    assert_eq!(session.rights.user, "alice");
    assert_eq!(session.rights.expires_at, 1_742_086_882);
    assert_eq!(session.rights.groups, ["team:red".to_owned()].into());
    assert_eq!(
        session.connections,
        [(
            ConnectionId::new(CONNECTION),
            Connected {
                endpoint: Endpoint::new("abcdef1234"),
                since_ms: NOW_MS,
            }
        )]
        .into(),
        "and where it is reached"
    );
    assert!(session.places.is_empty());
}

#[tokio::test]
async fn only_our_protocol_is_echoed_and_never_the_token() {
    let cases: [&[&str]; 6] = [
        &["tidegate.v1, bearer.<token>"],
        &["bearer.<token>,tidegate.v1"],
        &["  bearer.<token>  ,   tidegate.v1 "],
        &["bearer.<token>", "tidegate.v1"],
        &["chat, tidegate.v1, tidegate.v2"],
        &["tidegate.v1"],
    ];
    for lines in cases {
        let world = world();
        let reply = accepted(&world, offering(lines)).await;
        assert_eq!(
            reply.headers,
            [(PROTOCOLS, "tidegate.v1".to_owned())].into(),
            "{lines:?}"
        );
        assert_eq!(reply.body, None);
    }
    let world = world();
    let reply = accepted(&world, fixture("connect-with-repeated-values")).await;
    assert_eq!(
        serde_json::to_value(reply).unwrap(),
        json!({"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "tidegate.v1"}}),
        "the answer is in the shape of a proxy integration"
    );
}

#[tokio::test]
async fn the_name_of_the_header_may_be_written_in_any_case() {
    let world = world();
    let mut event = fixture("connect-without-query");
    event["multiValueHeaders"]["sec-websocket-PROTOCOL"] = json!(["tidegate.v1"]);
    assert_eq!(accepted(&world, event).await.headers.len(), 1);
}

#[tokio::test]
async fn a_client_that_offers_no_protocol_gets_none() {
    for name in [
        "connect-with-authorization-header-in-odd-case",
        "connect-without-query",
    ] {
        let world = world();
        let reply = accepted(&world, fixture(name)).await;
        assert!(reply.headers.is_empty(), "{name}");
        assert!(session(&world).await.is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_client_that_offers_only_other_protocols_is_told() {
    for lines in [
        &["bearer.<token>"][..],
        &["chat, mqtt"],
        &["tidegate.v2"],
        &["Tidegate.V1"],
        &["tidegate.v1x"],
    ] {
        let world = world();
        let answered = refused(&world, offering(lines)).await;
        assert_eq!(answered, (400, "unknown_protocol"), "{lines:?}");
        assert!(session(&world).await.is_none(), "{lines:?}");
    }
}

#[tokio::test]
async fn the_room_of_the_query_is_joined() {
    let world = world();
    accepted(&world, fixture("connect-with-room")).await;
    assert!(in_room(&world, "room:lobby").await);
    let session = session(&world).await.unwrap();
    let connection = ConnectionId::new(CONNECTION);
    let places: Vec<_> = session.places_of(&connection).collect();
    assert_eq!(places, [&"room:lobby".parse().unwrap()]);
}

#[tokio::test]
async fn of_a_repeated_parameter_the_last_counts() {
    let world = world();
    accepted(&world, fixture("connect-with-repeated-values")).await;
    assert!(in_room(&world, "room:last").await);
    assert!(!in_room(&world, "room:first").await);
}

#[tokio::test]
async fn a_room_whose_name_is_no_name_is_refused() {
    let long = "x".repeat(129);
    for room in ["", "a b", "a#0", "a:b", "caf\u{e9}", &long] {
        let world = world();
        let mut event = fixture("connect-with-room");
        event["multiValueQueryStringParameters"]["room_id"] = json!([room]);
        assert_eq!(refused(&world, event).await, (400, "bad_room"), "{room:?}");
        assert!(session(&world).await.is_none(), "{room:?}");
    }
}

#[tokio::test]
async fn a_connection_that_has_ended_already_is_not_registered() {
    let world = world();
    let connection = ConnectionId::new(CONNECTION);
    let closed = world.store.close(&key(), &connection, NOW_MS).await;
    assert!(closed.unwrap().is_none());
    let answered = refused(&world, fixture("connect-with-room")).await;
    assert_eq!(answered, (410, "gone"));
    assert!(!in_room(&world, "room:lobby").await);
}

#[tokio::test]
async fn when_the_database_is_down_the_client_may_come_again() {
    let world = world();
    world.store.set_unavailable(true);
    let answered = refused(&world, fixture("connect-with-room")).await;
    assert_eq!(answered, (503, "unavailable"));
}

#[tokio::test]
async fn without_the_authorizers_context_the_function_fails() {
    let world = world();
    let mut without = fixture("connect-with-subprotocol");
    without["requestContext"]
        .as_object_mut()
        .unwrap()
        .remove("authorizer");
    let mut groups = fixture("connect-with-subprotocol");
    groups["requestContext"]["authorizer"]["groups"] = json!("team:red");
    let mut expiry = fixture("connect-with-subprotocol");
    expiry["requestContext"]["authorizer"]["expiresAt"] = json!("soon");
    for (event, problem) in [
        (without, "no authorizer context"),
        (groups, "`groups`"),
        (expiry, "`expiresAt`"),
    ] {
        let (reply, report) = connect(&world, event).await;
        let error = reply.unwrap_err();
        assert!(error.contains(problem), "{error}");
        assert_eq!(report.outcome, "no_authorizer");
    }
    assert!(session(&world).await.is_none());
}

#[tokio::test]
async fn no_report_and_no_debug_output_has_the_token() {
    let world = world();
    let mut event = fixture("connect-with-repeated-values");
    event["multiValueHeaders"]["Authorization"] = json!(["Bearer s3cret-token"]);
    event["multiValueHeaders"][PROTOCOLS] = json!(["tidegate.v1, bearer.s3cret-token"]);
    event["multiValueQueryStringParameters"]["ticket"] = json!(["s3cret-token"]);
    let parsed: tidegate_lambda::WebSocketEvent = parsed(event);
    let answered = handle(&world.backend(), &parsed, world.moment()).await;
    let shown = format!("{parsed:?} {answered:?}");
    assert!(!shown.contains("s3cret-token"), "{shown}");
    assert!(
        shown.contains("Authorization"),
        "the names of headers are no secret: {shown}"
    );
}
