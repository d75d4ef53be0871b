//! What cannot be done: each with its stable code, the id of the request, and the connection left as it is.

mod support;

use serde_json::{Value, json};
use support::{empty_stack, stack};
use tidegate_core::broker::MAX_PUBLICATION_BYTES;
use tidegate_core::connection::{ConnectionId, SessionKey};
use tidegate_core::limits::Limits;
use tidegate_core::store::Sessions;
use tidegate_test_backend::{ALICE, EXPIRES_AT, NOW_MS};
use tidegate_test_events::fixture;

fn key() -> SessionKey {
    tidegate_test_backend::key("alice", ALICE)
}

#[tokio::test]
async fn every_wrong_frame_is_answered_with_its_code_and_its_id() {
    let stack = stack().await;
    let long_id = "i".repeat(65);
    let long_id = format!(r#"{{"id":"{long_id}","channel":"room:a"}}"#);
    let cases = [
        // Whatever no route takes.
        ("$default", "hello", "bad_frame", None, "is not JSON"),
        ("$default", "", "bad_frame", None, "is not JSON"),
        (
            "$default",
            r#"{"action":"publish","id":"1""#,
            "bad_frame",
            None,
            "is not JSON",
        ),
        (
            "$default",
            r#"[{"action":"publish","id":"1"}]"#,
            "bad_frame",
            None,
            "must be a JSON object",
        ),
        (
            "$default",
            "null",
            "bad_frame",
            None,
            "must be a JSON object",
        ),
        (
            "$default",
            r#"{"id":"1"}"#,
            "bad_frame",
            Some("1"),
            "has no `action`",
        ),
        (
            "$default",
            r#"{"action":7,"id":"1"}"#,
            "bad_frame",
            Some("1"),
            "must be a text",
        ),
        (
            "$default",
            r#"{"action":"shout","id":"4"}"#,
            "unknown_action",
            Some("4"),
            "ping, subscribe",
        ),
        (
            "$default",
            r#"{"action":"shout","id":4}"#,
            "unknown_action",
            None,
            "ping, subscribe",
        ),
        (
            "$default",
            r#"{"action":"$connect","id":"4"}"#,
            "unknown_action",
            Some("4"),
            "ping",
        ),
        // Frames of a route that lack something.
        ("subscribe", "{}", "bad_frame", None, "missing field `id`"),
        (
            "subscribe",
            r#"{"id":"1"}"#,
            "bad_frame",
            Some("1"),
            "missing field `channel`",
        ),
        (
            "subscribe",
            r#"{"id":"1","channel":7}"#,
            "bad_frame",
            Some("1"),
            "invalid type",
        ),
        (
            "subscribe",
            r#"{"id":"1","channel":"lobby"}"#,
            "bad_frame",
            Some("1"),
            "no `:`",
        ),
        (
            "subscribe",
            r#"{"id":"1","channel":"Room:a"}"#,
            "bad_frame",
            Some("1"),
            "namespace of a channel",
        ),
        (
            "subscribe",
            r#"{"id":"1","channel":"room:a#0"}"#,
            "bad_frame",
            Some("1"),
            "name of a channel",
        ),
        (
            "subscribe",
            r#"{"id":"","channel":"room:a"}"#,
            "bad_frame",
            None,
            "`id` must be",
        ),
        ("subscribe", &long_id, "bad_frame", None, "`id` must be"),
        (
            "unsubscribe",
            r#"{"id":"1","channel":"room:"}"#,
            "bad_frame",
            Some("1"),
            "name of a channel",
        ),
        (
            "publish",
            r#"{"id":"1","channel":"room:a"}"#,
            "bad_frame",
            Some("1"),
            "missing field `data`",
        ),
        (
            "publish",
            r#"{"id":"1","channel":"a","data":1}"#,
            "bad_frame",
            Some("1"),
            "no `:`",
        ),
        // What the user may not do; what does not exist looks the same.
        (
            "subscribe",
            r#"{"id":"1","channel":"team:blue"}"#,
            "forbidden",
            Some("1"),
            "may not subscribe to team:blue",
        ),
        (
            "subscribe",
            r#"{"id":"1","channel":"user:bob"}"#,
            "forbidden",
            Some("1"),
            "may not subscribe to user:bob",
        ),
        (
            "subscribe",
            r#"{"id":"1","channel":"nowhere:a"}"#,
            "forbidden",
            Some("1"),
            "may not subscribe to nowhere:a",
        ),
        (
            "publish",
            r#"{"id":"1","channel":"user:alice","data":1}"#,
            "forbidden",
            Some("1"),
            "may not publish to",
        ),
        (
            "publish",
            r#"{"id":"1","channel":"team:blue","data":1}"#,
            "forbidden",
            Some("1"),
            "may not publish to",
        ),
        (
            "publish",
            r#"{"id":"1","channel":"nowhere:a","data":1}"#,
            "forbidden",
            Some("1"),
            "may not publish to",
        ),
    ];
    for (route, frame, code, id, message) in cases {
        let answered = stack.send(route, frame).await;
        let error = answered.frame();
        assert_eq!(error["type"], "error", "{route} {frame}: {error}");
        assert_eq!(error["code"], code, "{route} {frame}: {error}");
        assert_eq!(
            error.get("id"),
            id.map(|id| json!(id)).as_ref(),
            "{route} {frame}: {error}"
        );
        assert_eq!(error["fatal"], false, "{route} {frame}: {error}");
        assert_eq!(error.get("retryAfterMs"), None, "{route} {frame}: {error}");
        let told = error["message"].as_str().unwrap();
        assert!(told.contains(message), "{route} {frame}: {told}");
        assert_eq!(answered.report.outcome, code);
        assert!(answered.report.counts.is_empty());
    }
    for forbidden in ["team:blue", "user:bob", "nowhere:a"] {
        assert!(stack.receivers(forbidden).await.is_empty());
    }
    assert!(stack.sender.ended().is_empty());
}

#[tokio::test]
async fn the_unknown_action_of_the_fixture_is_refused() {
    let stack = stack().await;
    let answered = stack.handle(fixture("message-default")).await;
    let error = answered.frame();
    assert_eq!(
        (&error["code"], &error["id"]),
        (&json!("unknown_action"), &json!("4"))
    );
    assert_eq!(answered.report.route, "$default");
}

#[tokio::test]
async fn what_the_user_may_do_is_allowed() {
    let stack = stack().await;
    for name in ["team:red", "user:alice", "room:a"] {
        let frame = json!({"action": "subscribe", "id": "1", "channel": name});
        let answered = stack.send_from("alice", ALICE, &frame).await;
        assert_eq!(answered.frame()["type"], "subscribed", "{name}");
    }
}

#[tokio::test]
async fn who_may_not_publish_does_not_have_all_receivers_read() {
    let stack = stack().await;
    for (channel, code, queries) in [
        ("user:bob", json!("forbidden"), 0),
        ("nowhere:at-all", json!("forbidden"), 0),
        ("room:lobby", json!(null), 1),
    ] {
        let frame = json!({"action": "publish", "id": "1", "channel": channel, "data": 1});
        let answered = stack.send("publish", &frame.to_string()).await;
        assert_eq!(answered.frame()["code"], code, "{channel}");
        assert_eq!(stack.store.queries(), queries, "{channel}");
    }
}

#[tokio::test]
async fn a_binary_frame_is_refused() {
    let stack = stack().await;
    let mut event = fixture("message-publish");
    event["isBase64Encoded"] = json!(true);
    event["body"] = json!("AAAA");
    let error = stack.handle(event).await.frame();
    assert_eq!(error["code"], "bad_frame");
    assert_eq!(error["message"], "a frame must be text");
}

#[tokio::test]
async fn a_publication_that_does_not_fit_with_its_envelope_is_refused_and_sent_to_nobody() {
    let stack = stack().await;
    stack.handle(fixture("message-subscribe")).await;
    let publish = |bytes: usize| {
        let data = "x".repeat(bytes);
        format!(r#"{{"action":"publish","id":"3","channel":"room:lobby","data":"{data}"}}"#)
    };
    // What it would be in a channel with history: the longest place is reckoned with everywhere.
    let longest = r#","position":{"epoch":9007199254740992,"offset":9007199254740992}"#;
    let envelope = {
        stack.send("publish", &publish(0)).await;
        let at_its_longest = "9007199254740992".len() - NOW_MS.to_string().len();
        stack.sender.sent_to(ALICE)[0].len() + longest.len() + at_its_longest
    };
    let fits = MAX_PUBLICATION_BYTES - envelope;
    let answered = stack.send("publish", &publish(fits)).await;
    assert_eq!(answered.frame()["type"], "ack");
    assert_eq!(stack.sender.sent_to(ALICE).len(), 2);

    let answered = stack.send("publish", &publish(fits + 1)).await;
    let error = answered.frame();
    assert_eq!(
        (&error["code"], &error["id"]),
        (&json!("too_large"), &json!("3"))
    );
    let said = format!("{} bytes", MAX_PUBLICATION_BYTES + 1);
    assert!(
        error["message"].as_str().unwrap().contains(&said),
        "{error}"
    );
    assert_eq!(stack.sender.sent_to(ALICE).len(), 2);
}

#[tokio::test]
async fn a_connection_may_join_only_so_many_channels() {
    let stack = stack().await;
    let subscribe =
        |n: usize| json!({"action": "subscribe", "id": "1", "channel": format!("room:r{n}")});
    let most = Limits::SUBSCRIPTIONS as usize;
    for n in 0..most {
        let answered = stack.send_from("alice", ALICE, &subscribe(n)).await;
        assert_eq!(answered.frame()["type"], "subscribed");
    }
    let one_more = stack.send_from("alice", ALICE, &subscribe(most)).await;
    assert_eq!(one_more.frame()["code"], "too_many_subscriptions");
    assert_eq!(one_more.frame()["fatal"], false);
    let again = stack.send_from("alice", ALICE, &subscribe(0)).await;
    assert_eq!(
        again.frame()["type"],
        "subscribed",
        "it has this one already"
    );
}

#[tokio::test]
async fn a_connection_that_is_not_registered_is_told_to_connect_again() {
    let never = empty_stack();
    let ended = stack().await;
    let connection = ConnectionId::new(ALICE);
    let closed = ended.store.close(&key(), &connection, NOW_MS).await;
    assert!(closed.unwrap().is_some());
    for stack in [never, ended] {
        for name in [
            "message-subscribe",
            "message-unsubscribe",
            "message-publish",
        ] {
            let answered = stack.handle(fixture(name)).await;
            let error = answered.frame();
            assert_eq!(error["code"], "not_connected", "{name}");
            assert_eq!(error["fatal"], true, "{name}");
            assert!(error["id"].is_string(), "{name}");
            assert_eq!(answered.report.outcome, "not_connected");
        }
        assert!(stack.receivers("room:lobby").await.is_empty());
    }
}

#[tokio::test]
async fn another_users_session_is_not_ones_own() {
    let stack = stack().await;
    stack.connect("bob", "bob=", EXPIRES_AT).await;
    // The session of bob, but a connection that is not bob's.
    let mut event = fixture("message-subscribe");
    event["requestContext"]["authorizer"]["user"] = json!("bob");
    event["requestContext"]["authorizer"]["session"] = json!("bob=");
    assert_eq!(stack.handle(event).await.frame()["code"], "not_connected");
}

#[tokio::test]
async fn who_publishes_after_the_token_has_ended_is_said_goodbye_to_and_reaches_nobody() {
    for name in [
        "message-subscribe",
        "message-unsubscribe",
        "message-publish",
    ] {
        let stack = stack().await;
        stack.connect("bob", "bob=", EXPIRES_AT + 900).await;
        let frame = json!({"action": "subscribe", "id": "1", "channel": "room:lobby"});
        stack.send_from("bob", "bob=", &frame).await;

        let answered = stack.handle_at(fixture(name), EXPIRES_AT * 1000).await;
        let reply = answered.reply.unwrap();
        assert_eq!(
            (reply.status_code, reply.body),
            (200, None),
            "{name}: the goodbye says it all"
        );
        assert_eq!(
            stack.sender.sent_to(ALICE),
            [r#"{"type":"goodbye","reason":"expired","reconnect":true}"#],
            "{name}"
        );
        assert_eq!(stack.sender.ended(), [ALICE], "{name}");
        assert_eq!(answered.report.outcome, "expired");
        assert!(stack.sender.sent_to("bob=").is_empty(), "{name}");
    }
}

#[tokio::test]
async fn the_last_second_of_a_token_still_counts() {
    let stack = stack().await;
    let last = EXPIRES_AT * 1000 - 1;
    let answered = stack.handle_at(fixture("message-publish"), last).await;
    assert_eq!(answered.frame()["type"], "ack");
}

#[tokio::test]
async fn when_the_database_is_down_the_client_is_told_when_to_try_again() {
    let stack = stack().await;
    stack.store.set_unavailable(true);
    for name in [
        "message-subscribe",
        "message-unsubscribe",
        "message-publish",
    ] {
        let answered = stack.handle(fixture(name)).await;
        let error = answered.frame();
        let expected = json!({
            "type": "error", "id": error["id"], "code": "unavailable", "message": "something behind the service does not answer: try again",
            "retryAfterMs": 1000, "fatal": false,
        });
        assert_eq!(error, expected, "{name}");
        assert!(error["id"].is_string());
        assert_eq!(answered.report.outcome, "unavailable");
    }
    stack.store.set_unavailable(false);
    assert_eq!(
        stack.handle(fixture("message-subscribe")).await.frame()["type"],
        "subscribed"
    );
    assert_eq!(stack.receivers("room:lobby").await, [ALICE]);
    let session = stack.session(&key()).await.unwrap();
    let connection = ConnectionId::new(ALICE);
    let places: Vec<_> = session.places_of(&connection).collect();
    assert_eq!(places, [&"room:lobby".parse().unwrap()]);
    assert_ne!(
        stack.handle(fixture("message-default")).await.frame(),
        Value::Null
    );
}
