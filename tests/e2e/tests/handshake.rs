//! The handshake: who gets in, and with what status the others are refused, before any socket is open.

#![expect(clippy::panic, reason = "test code: a panic is how a test fails")]

use http::Method;
use serde_json::json;
use tidegate_e2e::{Client, Stack, StackOptions, call};

async fn stack() -> Stack {
    Stack::start(StackOptions::default()).await
}

async fn refused(url: &str, headers: &[(&str, &str)]) -> u16 {
    match Client::connect(url, headers).await {
        Ok(_) => panic!("{headers:?} got in"),
        Err(refusal) => refusal.status,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_wrong_or_expired_token_is_401_before_any_socket() {
    let stack = stack().await;
    let url = stack.url();
    assert_eq!(refused(url, &[]).await, 401, "no token");
    assert_eq!(
        refused(url, &[("Authorization", "Bearer rubbish")]).await,
        401,
        "no JWT"
    );
    assert_eq!(
        refused(url, &[("Authorization", "Basic YWxpY2U6eA==")]).await,
        401,
        "another scheme"
    );
    assert_eq!(
        refused(
            url,
            &[("Sec-WebSocket-Protocol", "tidegate.v1, bearer.rubbish")]
        )
        .await,
        401
    );
    let token = stack.token("alice").await;
    let tampered = format!("Bearer {token}x");
    assert_eq!(
        refused(url, &[("Authorization", &tampered)]).await,
        401,
        "a tampered signature"
    );

    let expired = stack
        .token_with(json!({ "user": "alice", "expiresIn": 1 }))
        .await;
    tidegate_e2e::eventually("the end of the token", || async {
        let status = match Client::with_token(url, &expired).await {
            Ok(_) => return None,
            Err(refusal) => refusal.status,
        };
        assert_eq!(status, 401, "expired");
        Some(())
    })
    .await;
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_valid_token_gets_in_as_a_sub_protocol_and_as_a_header() {
    let stack = stack().await;
    let token = stack.token("alice").await;
    let client = Client::with_token(stack.url(), &token).await.unwrap();
    assert_eq!(
        client.protocol.as_deref(),
        Some("tidegate.v1"),
        "and only our protocol is echoed, never the token"
    );
    client.close().await;
    for name in ["Authorization", "authorization", "AUTHORIZATION"] {
        let client = Client::connect(stack.url(), &[(name, &format!("Bearer {token}"))])
            .await
            .unwrap();
        assert_eq!(
            client.protocol, None,
            "nothing was offered, so nothing is chosen"
        );
        client.close().await;
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_in_the_url_is_joined_in_the_handshake() {
    let stack = stack().await;
    let mut alice = stack.connect("alice", "?room_id=lobby").await.unwrap();
    let mut bob = stack.client("bob").await;
    let reply = bob
        .request("publish", json!({ "channel": "room:lobby", "data": "hi" }))
        .await;
    assert_eq!(reply["type"], "ack", "{reply}");
    let publication = alice.receive().await;
    assert_eq!(
        (
            &publication["type"],
            &publication["data"],
            &publication["user"]
        ),
        (&json!("publication"), &json!("hi"), &json!("bob"))
    );
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_be_joined_is_403_and_what_is_no_room_is_400() {
    let members = json!({ "room": { "subscribe": "member", "publish": "member" } });
    let stack = Stack::start(StackOptions {
        namespaces: Some(members),
        ..StackOptions::default()
    })
    .await;
    let status = |refused: Result<Client, tidegate_e2e::Refusal>| {
        refused.err().map(|refusal| refusal.status)
    };
    assert_eq!(
        status(stack.connect("alice", "?room_id=a%20b").await),
        Some(400),
        "no name of a room"
    );
    assert_eq!(
        status(stack.connect("alice", "?room_id=").await),
        Some(400),
        "an empty one"
    );
    assert_eq!(
        status(stack.connect("alice", "?room_id=lobby").await),
        Some(403),
        "not hers"
    );
    let member = stack
        .token_with(json!({ "user": "alice", "groups": ["room:lobby"] }))
        .await;
    let url = format!("{}?room_id=lobby", stack.url());
    let joined = Client::with_token(&url, &member).await;
    joined
        .unwrap_or_else(|refusal| panic!("{refusal:?}"))
        .close()
        .await;
    let other = stack.token("alice").await;
    let url = stack.url().replace("/dev", "/prod");
    assert_eq!(
        refused(&url, &[("Authorization", &format!("Bearer {other}"))]).await,
        403,
        "no such stage"
    );
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_speaks_another_protocol_only_is_400() {
    let stack = stack().await;
    let token = stack.token("alice").await;
    let authorization = format!("Bearer {token}");
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Sec-WebSocket-Protocol", "graphql-ws"),
    ];
    assert_eq!(refused(stack.url(), &headers).await, 400);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_http_is_426_and_a_url_that_is_too_long_is_414() {
    let stack = stack().await;
    let http = stack.url().replace("ws://", "http://");
    let answer = call(Method::GET, &http, &[], "").await.unwrap();
    assert_eq!(answer.status, 426);
    let long = format!("{}?room_id={}", stack.url(), "x".repeat(5_000));
    assert_eq!(refused(&long, &[]).await, 414);
    stack.stop().await;
}
