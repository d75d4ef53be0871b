//! Two clients talk through real Lambda processes; and what is left when they go.

#![expect(clippy::unwrap_used, reason = "test code: a panic is how a test fails")]

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate_e2e::{Client, PATIENCE, Stack, StackOptions, eventually};

async fn stack() -> Stack {
    let open = json!({ "subscribe": "signedIn", "publish": "signedIn" });
    Stack::start(StackOptions {
        // No history and no presence: what those cost is counted where they are.
        namespaces: Some(json!({ "room": open })),
        ..StackOptions::default()
    })
    .await
}

async fn publish(client: &mut Client, channel: &str, data: Value) -> String {
    let reply = client
        .request("publish", json!({ "channel": channel, "data": data }))
        .await;
    assert_eq!(reply["type"], "ack", "{reply}");
    reply["publicationId"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_publishes_all_subscribers_get_with_one_id_and_nobody_else() {
    let stack = stack().await;
    let mut alice = stack.client("alice").await;
    let mut bob = stack.client("bob").await;
    let mut eve = stack.client("eve").await;
    alice.join("room:lobby").await;
    bob.join("room:lobby").await;
    eve.join("room:other").await;
    let data = json!({ "text": "hi", "n": [1, 2.5, null] });
    let id = publish(&mut alice, "room:lobby", data.clone()).await;
    let publication = bob.receive().await;
    assert_eq!(publication["type"], "publication");
    assert_eq!(publication["channel"], "room:lobby");
    assert_eq!(publication["publicationId"], id);
    assert_eq!(publication["user"], "alice");
    assert_eq!(publication["data"], data);
    // Had she been sent it, it would be here before what is asked for now.
    eve.send(r#"{"action":"ping"}"#).await;
    assert_eq!(eve.receive().await["type"], "pong");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_unsubscribes_gets_no_more() {
    let stack = stack().await;
    let mut alice = stack.client("alice").await;
    let mut bob = stack.client("bob").await;
    bob.join("room:lobby").await;
    publish(&mut alice, "room:lobby", json!(1)).await;
    assert_eq!(bob.receive().await["data"], 1);
    let reply = bob
        .request("unsubscribe", json!({ "channel": "room:lobby" }))
        .await;
    assert_eq!(reply["type"], "unsubscribed", "{reply}");
    publish(&mut alice, "room:lobby", json!(2)).await;
    bob.send(r#"{"action":"ping"}"#).await;
    assert_eq!(bob.receive().await["type"], "pong");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_killed_without_a_close_leaves_no_subscription() {
    let stack = stack().await;
    let mut alice = stack.client("alice").await;
    let mut bob = stack.client("bob").await;
    bob.join("room:lobby").await;
    bob.join("room:other").await;
    bob.kill();
    let report = eventually("the disconnect", || async {
        stack.reports("$disconnect").first().cloned()
    })
    .await;
    assert_eq!(
        (&report["outcome"], &report["writeUnits"]),
        (&json!("ok"), &json!(3.0)),
        "{report}"
    );
    eventually("its end in the gateway", || async {
        (stack.runtime().connections() == 1).then_some(())
    })
    .await;
    publish(&mut alice, "room:lobby", json!(1)).await;
    let report = last(&stack, "publish");
    assert_eq!(
        (&report["sent"], &report["gone"]),
        (&json!(0), &json!(0)),
        "{report}"
    );
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_receiver_is_said_goodbye_to_and_gets_nothing_more() {
    let stack = stack().await;
    let short = stack
        .token_with(json!({ "user": "bob", "expiresIn": 3 }))
        .await;
    let mut bob = Client::with_token(stack.url(), &short).await.unwrap();
    bob.join("room:lobby").await;
    let mut alice = stack.client("alice").await;
    // His token ends while publications go on.
    let goodbye = tokio::time::timeout(PATIENCE, async {
        loop {
            publish(&mut alice, "room:lobby", json!(1)).await;
            let frame = bob.receive().await;
            if frame["type"] == "goodbye" {
                return frame;
            }
        }
    });
    assert_eq!(goodbye.await.unwrap()["reason"], "expired");
    assert_eq!(bob.closed().await, 1000);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_functions_consume_what_the_budget_says() {
    let stack = stack().await;
    let mut alice = stack.connect("alice", "?room_id=lobby").await.unwrap();
    let mut bob = stack.client("bob").await;
    bob.join("room:lobby").await;
    publish(&mut bob, "room:lobby", json!(1)).await;
    let reply = bob
        .request("unsubscribe", json!({ "channel": "room:lobby" }))
        .await;
    assert_eq!(reply["type"], "unsubscribed");
    bob.join("room:lobby").await;
    assert_eq!(alice.receive().await["data"], 1);
    bob.close().await;
    eventually("the disconnect", || async {
        stack.reports("$disconnect").first().cloned()
    })
    .await;
    let writes = |route: &str| -> Vec<f64> {
        stack
            .reports(route)
            .iter()
            .map(|report| report["writeUnits"].as_f64().unwrap())
            .collect()
    };
    assert_eq!(writes("$connect"), [2.0, 1.0], "with a room, and without");
    assert_eq!(writes("subscribe"), [2.0, 2.0]);
    assert_eq!(writes("unsubscribe"), [2.0]);
    assert_eq!(writes("publish"), [0.0]);
    assert_eq!(writes("$disconnect"), [2.0], "and one for its subscription");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_line_holds_a_token_or_a_payload() {
    let stack = stack().await;
    let token = stack.token("alice").await;
    let mut alice = Client::with_token(stack.url(), &token).await.unwrap();
    alice.join("room:lobby").await;
    publish(&mut alice, "room:lobby", json!("a-payload-that-is-secret")).await;
    alice
        .send(
            r#"{"action":"publish","id":"9","channel":"news:x","data":"a-payload-that-is-secret"}"#,
        )
        .await;
    alice.send("a-payload-that-is-secret").await;
    // Her own publication comes before or after its acknowledgement.
    let mut errors = 0;
    while errors < 2 {
        errors += usize::from(alice.receive().await["type"] == "error");
    }
    let _refused = Client::with_token(stack.url(), &format!("{token}x")).await;
    let signature = token.rsplit('.').next().unwrap();
    let functions: BTreeSet<_> = stack
        .lines()
        .iter()
        .map(|line| line.function.clone())
        .collect();
    assert!(functions.len() >= 3, "functions did write: {functions:?}");
    for line in stack.lines() {
        assert!(
            !line.text.contains("a-payload-that-is-secret"),
            "{}",
            line.text
        );
        assert!(!line.text.contains(signature), "{}", line.text);
    }
    stack.stop().await;
}

fn last(stack: &Stack, route: &str) -> Value {
    stack.reports(route).last().cloned().unwrap()
}
