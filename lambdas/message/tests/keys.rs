//! Idempotency keys: what is sent again is acked, and is one publication for everybody.

mod support;

use serde_json::{Value, json};
use support::{Stack, stack};
use tidegate_test_backend::{ALICE, EXPIRES_AT};

fn keyed(channel: &str, key: &str) -> Value {
    json!({"action": "publish", "id": "p", "channel": channel, "data": "x", "key": key})
}

async fn stack_with_bob(channel: &str) -> Stack {
    let stack = stack().await;
    stack.connect("bob", "bob=", EXPIRES_AT).await;
    let frame = json!({"action": "subscribe", "id": "1", "channel": channel});
    stack.send_from("bob", "bob=", &frame).await;
    stack
}

/// The ids in the history of a channel, oldest first.
async fn kept(stack: &Stack, channel: &str) -> Vec<String> {
    let frame = json!({"action": "history", "id": "h", "channel": channel, "limit": 100});
    let page = stack.ask(&frame).await;
    let publications = page["publications"].as_array().unwrap().iter().rev();
    publications
        .map(|one| one["publicationId"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn with_a_history_what_is_sent_again_is_acked_and_told_once() {
    let stack = stack_with_bob("chat:a").await;
    let first = stack.ask(&keyed("chat:a", "k")).await;
    assert_eq!(
        (&first["type"], first.get("duplicate")),
        (&json!("ack"), None)
    );
    for _ in 0..2 {
        stack.pass(1_000);
        let again = stack.ask(&keyed("chat:a", "k")).await;
        assert_eq!(again["duplicate"], true, "{again}");
        assert_eq!(again["publicationId"], first["publicationId"]);
        assert_eq!(again["position"], first["position"]);
    }
    assert_eq!(stack.frames("bob=").len(), 1);
    assert_eq!(kept(&stack, "chat:a").await, ["publication-1"]);
}

#[tokio::test]
async fn without_a_history_what_is_sent_again_has_the_id_of_the_first_time() {
    let stack = stack_with_bob("room:lobby").await;
    let first = stack.ask(&keyed("room:lobby", "k")).await;
    let again = stack.ask(&keyed("room:lobby", "k")).await;
    assert_eq!(again["duplicate"], true, "{again}");
    assert_eq!(again["publicationId"], first["publicationId"]);
    // Nobody knows whether the first was told: receivers drop it by its id.
    for frame in stack.frames("bob=") {
        assert_eq!(frame["publicationId"], first["publicationId"]);
    }
}

#[tokio::test]
async fn a_key_is_its_users_and_its_channels_own() {
    let stack = stack_with_bob("chat:a").await;
    let own = stack.ask(&keyed("chat:a", "k")).await;
    let bobs = stack.send_from("bob", "bob=", &keyed("chat:a", "k")).await;
    let elsewhere = stack.ask(&keyed("chat:b", "k")).await;
    let other = stack.ask(&keyed("chat:a", "K")).await;
    for ack in [&bobs.frame(), &elsewhere, &other] {
        assert_eq!((&ack["type"], ack.get("duplicate")), (&json!("ack"), None));
        assert_ne!(ack["publicationId"], own["publicationId"]);
    }
    assert_eq!(stack.frames("bob=").len(), 3);
}

#[tokio::test]
async fn who_ended_between_the_claim_and_the_place_is_finished_by_who_comes_again() {
    let stack = stack_with_bob("chat:a").await;
    stack.ask(&keyed("chat:a", "before")).await;
    stack.watched.end_before(Some("put"));
    let error = stack.ask(&keyed("chat:a", "k")).await;
    assert_eq!(error["code"], "unavailable", "{error}");
    stack.watched.end_before(None);
    // Meanwhile others publish.
    stack.ask(&keyed("chat:a", "between")).await;

    let ack = stack.ask(&keyed("chat:a", "k")).await;
    assert_eq!(ack.get("duplicate"), None, "it was not there: {ack}");
    assert_eq!(
        ack["publicationId"], "publication-2",
        "the id that was claimed"
    );
    let again = stack.ask(&keyed("chat:a", "k")).await;
    assert_eq!(
        (&again["duplicate"], &again["position"]),
        (&json!(true), &ack["position"])
    );
    let all = ["publication-1", "publication-3", "publication-2"];
    assert_eq!(kept(&stack, "chat:a").await, all);
    let told: Vec<_> = stack.frames("bob=");
    let told: Vec<_> = told.iter().map(|one| &one["publicationId"]).collect();
    assert_eq!(told, all);
}

#[tokio::test]
async fn who_ended_before_anybody_was_told_is_in_the_history_all_the_same() {
    let stack = stack_with_bob("chat:a").await;
    let first = stack.ask(&keyed("chat:a", "first")).await;
    stack.watched.end_before(Some("subscribers"));
    let error = stack.ask(&keyed("chat:a", "k")).await;
    assert_eq!(error["code"], "unavailable", "{error}");
    stack.watched.end_before(None);
    let again = stack.ask(&keyed("chat:a", "k")).await;
    assert_eq!(again["duplicate"], true, "{again}");
    assert_eq!(stack.frames("bob=").len(), 1, "it was not told");
    // Whoever was not told finds it by the newest place, and has it from the history.
    let heads = json!({"action": "heads", "id": "1", "channels": ["chat:a"]});
    let heads = stack.send_from("bob", "bob=", &heads).await.frame();
    assert_eq!(heads["heads"]["chat:a"], again["position"]);
    let since =
        json!({"action": "subscribe", "id": "1", "channel": "chat:a", "since": first["position"]});
    let reply = stack.send_from("bob", "bob=", &since).await.frame();
    assert_eq!(reply["recovered"], true);
    assert_eq!(
        reply["publications"][0]["publicationId"],
        again["publicationId"]
    );
}

#[tokio::test]
async fn without_a_history_who_ended_before_anybody_was_told_tells_when_it_comes_again() {
    let stack = stack_with_bob("room:lobby").await;
    stack.watched.end_before(Some("subscribers"));
    assert_eq!(
        stack.ask(&keyed("room:lobby", "k")).await["code"],
        "unavailable"
    );
    stack.watched.end_before(None);
    assert_eq!(
        stack.ask(&keyed("room:lobby", "k")).await["duplicate"],
        true
    );
    assert_eq!(stack.frames("bob=").len(), 1);
}

#[tokio::test]
async fn a_resend_that_meets_another_writer_is_still_one_publication() {
    let stack = stack_with_bob("chat:a").await;
    stack.ask(&keyed("chat:a", "first")).await;
    stack.watched.race_once();
    let ack = stack.ask(&keyed("chat:a", "k")).await;
    let again = stack.ask(&keyed("chat:a", "k")).await;
    assert_eq!(again["position"], ack["position"]);
    let all = ["publication-1", "rival", "publication-2"];
    assert_eq!(kept(&stack, "chat:a").await, all);
}

#[tokio::test]
async fn a_key_is_known_for_ten_minutes() {
    let stack = stack_with_bob("room:lobby").await;
    stack.connect("alice", ALICE, EXPIRES_AT + 900).await;
    let first = stack.ask(&keyed("room:lobby", "k")).await;
    stack.pass(599_999);
    let again = stack.ask(&keyed("room:lobby", "k")).await;
    assert_eq!(again["publicationId"], first["publicationId"]);
    stack.pass(1);
    let later = stack.ask(&keyed("room:lobby", "k")).await;
    assert_eq!(later.get("duplicate"), None, "{later}");
    assert_ne!(later["publicationId"], first["publicationId"]);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let stack = stack_with_bob("chat:a").await;
    for key in [json!(""), json!("k".repeat(65)), json!(7)] {
        let mut frame = keyed("chat:a", "k");
        frame["key"] = key.clone();
        assert_eq!(stack.ask(&frame).await["code"], "bad_frame", "{key}");
    }
    assert!(kept(&stack, "chat:a").await.is_empty());
}
