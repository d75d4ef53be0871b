//! Who is in a channel, and what is told of who comes and goes.

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::{Stack, stack};
use tidegate_core::broker::Notice;
use tidegate_core::store::Leases;
use tidegate_test_backend::{ALICE, EXPIRES_AT, NOW_MS, channel, key};

async fn enter(stack: &Stack, user: &str, session: &str, connection: &str, name: &str) {
    stack
        .open(&key(user, session), connection, EXPIRES_AT)
        .await;
    let frame = json!({"action": "subscribe", "id": "1", "channel": name});
    let answered = stack.send_of(user, session, connection, &frame).await;
    assert_eq!(answered.frame()["type"], "subscribed");
}

async fn leave(stack: &Stack, user: &str, session: &str, connection: &str, name: &str) {
    let frame = json!({"action": "unsubscribe", "id": "1", "channel": name});
    let answered = stack.send_of(user, session, connection, &frame).await;
    assert_eq!(answered.frame()["type"], "unsubscribed");
}

async fn present(stack: &Stack, name: &str) -> Value {
    let frame = json!({"action": "presence", "id": "9", "channel": name});
    stack.ask(&frame).await
}

#[tokio::test]
async fn sessions_are_counted_and_not_sockets() {
    let stack = stack().await;
    enter(&stack, "bob", "b", "b1=", "chat:a").await;
    enter(&stack, "bob", "b", "b2=", "chat:a").await;
    enter(&stack, "carol", "c", "c1=", "chat:a").await;
    assert_eq!(
        present(&stack, "chat:a").await,
        json!({
            "type": "presence", "id": "9", "channel": "chat:a", "count": 2,
            "members": [{"user": "bob", "session": "b"}, {"user": "carol", "session": "c"}],
        })
    );
    leave(&stack, "carol", "c", "c1=", "chat:a").await;
    leave(&stack, "bob", "b", "b1=", "chat:a").await;
    assert_eq!(present(&stack, "chat:a").await["count"], 1);
}

#[tokio::test]
async fn a_namespace_that_counts_names_nobody_and_one_without_presence_tells_nothing() {
    let stack = stack().await;
    enter(&stack, "bob", "b", "b1=", "value:a").await;
    assert_eq!(
        present(&stack, "value:a").await,
        json!({"type": "presence", "id": "9", "channel": "value:a", "count": 1})
    );
    for (name, code) in [
        ("room:lobby", "no_presence"),
        ("team:blue", "forbidden"),
        ("user:bob", "forbidden"),
        ("nowhere:a", "forbidden"),
    ] {
        let error = present(&stack, name).await;
        assert_eq!((&error["code"], &error["id"]), (&json!(code), &json!("9")));
    }
}

#[tokio::test]
async fn who_has_expired_is_not_there() {
    let stack = stack().await;
    enter(&stack, "bob", "b", "b1=", "chat:a").await;
    stack.connect("alice", ALICE, EXPIRES_AT + 900).await;
    stack.set_now_ms(EXPIRES_AT * 1_000);
    let reply = present(&stack, "chat:a").await;
    assert_eq!(
        (&reply["count"], &reply["members"]),
        (&json!(0), &json!([]))
    );
}

#[tokio::test]
async fn a_long_list_comes_in_pages_and_the_count_with_the_first() {
    let stack = stack().await;
    for number in 0..150 {
        let name = format!("u{number:03}");
        enter(&stack, &name, &name, &format!("{name}="), "chat:a").await;
    }
    let first = present(&stack, "chat:a").await;
    assert_eq!(first["count"], 150);
    assert_eq!(first["members"].as_array().unwrap().len(), 100);
    assert!(first.to_string().len() < 32 * 1024);
    let mut frame = json!({"action": "presence", "id": "9", "channel": "chat:a"});
    frame["cursor"] = first["cursor"].clone();
    let second = stack.ask(&frame).await;
    assert_eq!((second.get("count"), second.get("cursor")), (None, None));
    let members = [&first, &second].map(|page| page["members"].as_array().unwrap().clone());
    let named: BTreeSet<_> = members.concat().iter().map(Value::to_string).collect();
    assert_eq!(named.len(), 150);

    for cursor in ["", "7", "x:y", "64:a", &format!("0:{}", "x".repeat(129))] {
        frame["cursor"] = json!(cursor);
        let error = stack.ask(&frame).await;
        assert_eq!(error["code"], "bad_frame", "{cursor}: {error}");
    }
}

#[tokio::test]
async fn who_comes_and_goes_is_told_once_for_each_session_and_only_where_names_are() {
    let stack = stack().await;
    enter(&stack, "bob", "b", "b1=", "chat:a").await;
    let joined = stack.queue.take_notices();
    let [joined] = joined.as_slice() else {
        panic!("{joined:?}")
    };
    assert_eq!(
        joined.notice,
        Notice::Joined {
            channel: channel("chat:a"),
            key: key("bob", "b"),
            at_ms: NOW_MS,
        }
    );
    assert_eq!(joined.delay_s, 0);

    // Again, and by the connection that takes over.
    enter(&stack, "bob", "b", "b1=", "chat:a").await;
    enter(&stack, "bob", "b", "b2=", "chat:a").await;
    leave(&stack, "bob", "b", "b1=", "chat:a").await;
    assert_eq!(stack.queue.take_notices(), []);

    leave(&stack, "bob", "b", "b2=", "chat:a").await;
    let left = stack.queue.take_notices();
    assert!(
        matches!(&*left, [left] if matches!(left.notice, Notice::Left { .. }) && left.delay_s == 0),
        "{left:?}"
    );
    leave(&stack, "bob", "b", "b2=", "chat:a").await;
    for name in ["value:a", "room:lobby"] {
        enter(&stack, "bob", "b", "b2=", name).await;
        leave(&stack, "bob", "b", "b2=", name).await;
    }
    assert_eq!(stack.queue.take_notices(), []);
}

#[tokio::test]
async fn a_connection_that_is_present_somewhere_is_looked_after() {
    let stack = stack().await;
    let due = |minutes: u64| NOW_MS / 60_000 + minutes;
    enter(&stack, "bob", "b", "b1=", "room:lobby").await;
    assert!(
        stack
            .store
            .leases(due(3), None)
            .await
            .unwrap()
            .leases
            .is_empty()
    );
    for name in ["chat:a", "value:a"] {
        enter(&stack, "bob", "b", "b1=", name).await;
    }
    let leases = stack.store.leases(due(3), None).await.unwrap().leases;
    assert_eq!(leases.len(), 1);
    assert_eq!(
        (&leases[0].key, leases[0].connection.as_str()),
        (&key("bob", "b"), "b1=")
    );
}

#[tokio::test]
async fn a_queue_that_is_down_keeps_nobody_from_coming() {
    let stack = stack().await;
    stack.queue.set_unavailable(true);
    enter(&stack, "bob", "b", "b1=", "chat:a").await;
    assert_eq!(present(&stack, "chat:a").await["count"], 1);
}
