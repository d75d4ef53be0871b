//! Frames that are wrong: each gets its typed answer, and the socket stays usable where AWS keeps it.

use serde_json::json;
use tidegate_e2e::{Client, Stack, StackOptions, eventually};
use tokio_tungstenite::tungstenite::Message;

async fn stack() -> Stack {
    Stack::start(StackOptions::default()).await
}

async fn still_usable(client: &mut Client) {
    client.join("room:lobby").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ping_is_answered_by_the_gateway_without_a_function() {
    let stack = stack().await;
    let mut alice = stack.client("alice").await;
    alice.send(r#"{"action":"ping"}"#).await;
    let pong = alice.receive().await;
    assert_eq!(pong["type"], "pong");
    assert!(
        pong["at"].as_u64().is_some_and(|at| at > 1_700_000_000_000),
        "{pong}"
    );
    assert!(stack.reports("ping").is_empty());
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_wrong_frame_gets_its_typed_error_and_the_socket_stays() {
    let stack = stack().await;
    let mut alice = stack.client("alice").await;
    let long = format!(
        r#"{{"action":"subscribe","id":"1","channel":"room:{}"}}"#,
        "x".repeat(10_000)
    );
    let cases = [
        (r#"{"action":"shout","id":"1"}"#, "unknown_action"),
        (r#"{"action":"$connect","id":"1"}"#, "unknown_action"),
        (r#"{"action":"history","id":"1"}"#, "bad_frame"),
        ("hello", "bad_frame"),
        ("", "bad_frame"),
        (r#"{"action":"publish""#, "bad_frame"),
        ("[1]", "bad_frame"),
        (r#"{"action":7}"#, "bad_frame"),
        (r#"{"id":"1"}"#, "bad_frame"),
        (r#"{"action":"subscribe","id":"1"}"#, "bad_frame"),
        (
            r#"{"action":"subscribe","id":1,"channel":"room:a"}"#,
            "bad_frame",
        ),
        (
            r#"{"action":"subscribe","id":"1","channel":"lobby"}"#,
            "bad_frame",
        ),
        (
            r#"{"action":"subscribe","id":"1","channel":"room:a#0"}"#,
            "bad_frame",
        ),
        (
            r#"{"action":"subscribe","id":"1","channel":"room:l\u043ebby"}"#,
            "bad_frame",
        ),
        (&long, "bad_frame"),
        (
            r#"{"action":"publish","id":"1","channel":"room:a"}"#,
            "bad_frame",
        ),
        (
            r#"{"action":"subscribe","id":"1","channel":"nowhere:a"}"#,
            "forbidden",
        ),
        (
            r#"{"action":"subscribe","id":"1","channel":"user:bob"}"#,
            "forbidden",
        ),
        (
            r#"{"action":"subscribe","id":"1","channel":"team:red"}"#,
            "forbidden",
        ),
        (
            r#"{"action":"publish","id":"1","channel":"news:today","data":1}"#,
            "forbidden",
        ),
    ];
    for (frame, code) in cases {
        alice.send(frame).await;
        let error = alice.receive().await;
        assert_eq!(
            (&error["type"], &error["code"]),
            (&json!("error"), &json!(code)),
            "{frame}: {error}"
        );
        assert_eq!(error["fatal"], false, "{frame}: {error}");
    }
    still_usable(&mut alice).await;
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_echoes_the_id_of_its_frame_where_it_has_one() {
    let stack = stack().await;
    let mut alice = stack.client("alice").await;
    alice
        .send(r#"{"action":"subscribe","id":"mine","channel":3}"#)
        .await;
    assert_eq!(alice.receive().await["id"], "mine");
    alice.send("hello").await;
    assert!(alice.receive().await.get("id").is_none());
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_and_ownership_open_their_channels() {
    let stack = stack().await;
    let token = stack
        .token_with(json!({ "user": "alice", "groups": ["team:red"] }))
        .await;
    let mut alice = Client::with_token(stack.url(), &token).await.unwrap();
    for channel in ["team:red", "user:alice", "news:today"] {
        alice.join(channel).await;
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_that_is_too_long_ends_the_connection_with_1009() {
    let stack = stack().await;
    let mut alice = stack.client("alice").await;
    alice
        .try_send(Message::text("x".repeat(32 * 1024 + 1)))
        .await;
    assert_eq!(alice.closed().await, 1009);
    eventually("its disconnect", || async {
        stack.reports("$disconnect").first().cloned()
    })
    .await;
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_of_the_longest_size_is_taken() {
    let stack = stack().await;
    let mut alice = stack.client("alice").await;
    let frame = format!(
        r#"{{"action":"shout","pad":"{}"}}"#,
        "x".repeat(32 * 1024 - 27)
    );
    assert_eq!(frame.len(), 32 * 1024);
    alice.send(frame).await;
    assert_eq!(alice.receive().await["code"], "unknown_action");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publication_that_would_not_fit_with_its_envelope_is_refused_and_the_socket_stays() {
    let stack = stack().await;
    let mut alice = stack.client("alice").await;
    alice.join("room:lobby").await;
    let data = "x".repeat(32 * 1024 - 100);
    let reply = alice
        .request("publish", json!({ "channel": "room:lobby", "data": data }))
        .await;
    assert_eq!(reply["code"], "too_large", "{reply}");
    still_usable(&mut alice).await;
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_binary_frame_ends_the_connection_with_1003() {
    let stack = stack().await;
    let mut alice = stack.client("alice").await;
    alice.send_message(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(alice.closed().await, 1003);
    stack.stop().await;
}
