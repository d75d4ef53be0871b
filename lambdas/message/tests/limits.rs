//! Limits: what is too much is refused with when to come back, and who keeps on is put out before others notice.

mod support;

use serde_json::{Value, json};
use support::{Stack, rules, stack, stack_with};
use tidegate_core::limits::{Limits, Rate};
use tidegate_test_backend::{ALICE, EXPIRES_AT, key};

fn publish(channel: &str) -> Value {
    json!({"action": "publish", "id": "p", "channel": channel, "data": 1})
}

fn subscribe(channel: &str) -> Value {
    json!({"action": "subscribe", "id": "s", "channel": channel})
}

fn rate(count: u32) -> Option<Rate> {
    Some(Rate {
        count,
        per_seconds: 1,
        burst: None,
    })
}

/// A stack with these limits: alice with two sessions, and bob.
async fn limited(limits: Limits) -> Stack {
    let stack = stack_with(tidegate_core::broker::Rules { limits, ..rules() });
    for (user, connection) in [("alice", ALICE), ("alice", "other="), ("bob", "bob=")] {
        stack.connect(user, connection, EXPIRES_AT).await;
    }
    stack
}

#[tokio::test]
async fn who_waits_as_long_as_was_said_passes_and_a_millisecond_less_does_not() {
    let stack = stack().await;
    for _ in 0..2 {
        assert_eq!(stack.ask(&publish("slow:a")).await["type"], "ack");
    }
    // The rate is that of the namespace, not of the channel.
    let refused = stack.send_from("alice", ALICE, &publish("slow:b")).await;
    assert_eq!(
        refused.frame(),
        json!({
            "type": "error", "id": "p", "code": "rate_limited", "retryAfterMs": 500, "fatal": false,
            "message": "too much for now: try again after 500 ms",
        })
    );
    assert_eq!(refused.report.outcome, "rate_limited");
    stack.pass(499);
    assert_eq!(stack.ask(&publish("slow:a")).await["retryAfterMs"], 1);
    stack.pass(1);
    assert_eq!(stack.ask(&publish("slow:a")).await["type"], "ack");
    assert!(stack.sender.ended().is_empty());
}

#[tokio::test]
async fn a_rate_is_the_sessions_over_its_connections_and_a_reconnect_does_not_fill_it() {
    let stack = stack().await;
    for connection in ["c1=", "c2="] {
        stack.open(&key("alice", "s"), connection, EXPIRES_AT).await;
        let answered = stack
            .send_of("alice", "s", connection, &publish("slow:a"))
            .await;
        assert_eq!(answered.frame()["type"], "ack");
    }
    stack.open(&key("alice", "s"), "c3=", EXPIRES_AT).await;
    let answered = stack.send_of("alice", "s", "c3=", &publish("slow:a")).await;
    assert_eq!(answered.frame()["code"], "rate_limited");
    assert_eq!(
        stack.ask(&publish("slow:a")).await["type"],
        "ack",
        "another session"
    );
}

#[tokio::test]
async fn where_no_rate_is_declared_nothing_is_written_and_where_one_is_once() {
    let stack = stack().await;
    for (channel, writes) in [("room:a", 0), ("slow:a", 1), ("slow:a", 1), ("slow:a", 1)] {
        let before = stack.watched.writes();
        stack.ask(&publish(channel)).await;
        // What is refused costs no write of its bucket, but is counted.
        assert_eq!(stack.watched.writes() - before, writes, "{channel}");
    }
}

#[tokio::test]
async fn fifty_refusals_in_ten_seconds_end_the_session() {
    let stack = stack().await;
    let other = "other=";
    stack.open(&key("alice", ALICE), other, EXPIRES_AT).await;
    for connection in [ALICE, other] {
        let frame = subscribe("room:lobby");
        stack.send_of("alice", ALICE, connection, &frame).await;
    }
    for _ in 0..2 {
        stack.ask(&publish("slow:a")).await;
    }
    for refusals in 1..=50 {
        let answered = stack.send_from("alice", ALICE, &publish("slow:a")).await;
        assert_eq!(answered.frame()["code"], "rate_limited");
        let ended = stack.sender.ended().len();
        assert_eq!(ended, if refusals == 50 { 2 } else { 0 }, "{refusals}");
    }
    for connection in [ALICE, other] {
        assert_eq!(
            stack.frames(connection),
            [
                json!({"type": "goodbye", "reason": "flood", "reconnect": true, "retryAfterMs": 30_000})
            ]
        );
    }
    assert!(stack.receivers("room:lobby").await.is_empty());
    let error = stack.ask(&publish("room:lobby")).await;
    assert_eq!(
        (&error["code"], &error["fatal"]),
        (&json!("not_connected"), &json!(true))
    );
}

#[tokio::test]
async fn who_had_much_under_way_and_then_keeps_to_what_it_is_told_is_not_put_out() {
    let stack = limited(Limits {
        subscribes: Some(Rate {
            count: 60,
            per_seconds: 60,
            burst: None,
        }),
        ..Limits::default()
    })
    .await;
    for _ in 0..3 {
        for number in 0..18 {
            stack.ask(&publish("slow:a")).await;
            stack.ask(&subscribe(&format!("room:{number}"))).await;
        }
        // Then one after the other, each when it was told to come back.
        for _ in 0..20 {
            let refused = stack.ask(&publish("slow:a")).await;
            if let Some(wait) = refused["retryAfterMs"].as_u64() {
                stack.pass(wait);
                assert_eq!(stack.ask(&publish("slow:a")).await["type"], "ack");
            }
        }
    }
    assert!(stack.sender.ended().is_empty());
}

#[tokio::test]
async fn refusals_that_are_far_apart_end_nothing() {
    let stack = stack().await;
    for _ in 0..5 {
        for refused in 0..40 {
            let code = &stack.ask(&publish("slow:a")).await["code"];
            assert_eq!(code == "rate_limited", refused >= 2);
        }
        stack.pass(10_000);
    }
    assert!(stack.sender.ended().is_empty());
}

#[tokio::test]
async fn messages_are_counted_for_a_user_over_all_sessions() {
    let stack = limited(Limits {
        messages: rate(3),
        ..Limits::default()
    })
    .await;
    for connection in [ALICE, "other=", ALICE] {
        let answered = stack
            .send_from("alice", connection, &publish("room:a"))
            .await;
        assert_eq!(answered.frame()["type"], "ack");
    }
    let refused = stack.send_from("alice", "other=", &publish("room:a")).await;
    let error = refused.frame();
    assert_eq!(
        (&error["code"], &error["retryAfterMs"]),
        (&json!("rate_limited"), &json!(334))
    );
    // Whatever the frame is; but nobody else's.
    assert_eq!(
        stack.ask(&subscribe("room:a")).await["code"],
        "rate_limited"
    );
    let bob = stack.send_from("bob", "bob=", &publish("room:a")).await;
    assert_eq!(bob.frame()["type"], "ack");
    stack.pass(334);
    assert_eq!(stack.ask(&publish("room:a")).await["type"], "ack");
}

#[tokio::test]
async fn what_cannot_be_read_is_counted_too_and_costs_nothing_where_no_rate_is_declared() {
    let frames = [
        ("publish", r#"{"id":"1"}"#),
        ("$default", "hello"),
        ("$default", r#"{"action":"fly"}"#),
    ];
    let limits = Limits {
        messages: rate(3),
        ..Limits::default()
    };
    let (stack, free) = (limited(limits).await, stack().await);
    free.watched.end_before(Some("session"));
    for (route, frame) in frames {
        for stack in [&stack, &free] {
            let refused = stack.send(route, frame).await.frame();
            assert_ne!(refused["code"], "rate_limited", "{frame}");
        }
    }
    assert_eq!(free.watched.writes(), 0);
    for (route, frame) in frames {
        let refused = stack.send(route, frame).await.frame();
        assert_eq!(refused["code"], "rate_limited", "{frame}");
    }
    assert_eq!(stack.ask(&publish("room:a")).await["code"], "rate_limited");
}

#[tokio::test]
async fn bytes_are_counted_for_a_user_over_all_sessions() {
    let stack = limited(Limits {
        bytes: rate(1_000),
        ..Limits::default()
    })
    .await;
    let mut frame = publish("room:a");
    let empty = frame.to_string().len() - 1;
    frame["data"] = json!("x".repeat(500 - empty - 2));
    assert_eq!(frame.to_string().len(), 500);
    for connection in [ALICE, "other="] {
        let answered = stack.send_from("alice", connection, &frame).await;
        assert_eq!(answered.frame()["type"], "ack");
    }
    assert_eq!(stack.ask(&frame).await["retryAfterMs"], 500);
    stack.pass(500);
    assert_eq!(stack.ask(&frame).await["type"], "ack");
}

#[tokio::test]
async fn subscribes_are_counted_for_a_user_over_all_sessions() {
    let stack = limited(Limits {
        subscribes: rate(2),
        ..Limits::default()
    })
    .await;
    for connection in [ALICE, "other="] {
        let answered = stack
            .send_from("alice", connection, &subscribe("room:a"))
            .await;
        assert_eq!(answered.frame()["type"], "subscribed");
    }
    assert_eq!(stack.ask(&subscribe("room:b")).await["retryAfterMs"], 500);
    assert_eq!(
        stack.ask(&publish("room:a")).await["type"],
        "ack",
        "only subscribes"
    );
    assert_eq!(stack.receivers("room:b").await.len(), 0);
}

#[tokio::test]
async fn who_may_join_no_more_channels_costs_no_writes() {
    let stack = limited(Limits {
        subscriptions_per_connection: 3,
        ..Limits::default()
    })
    .await;
    for name in ["room:1", "room:2", "room:3"] {
        stack.ask(&subscribe(name)).await;
    }
    let before = stack.watched.writes();
    for number in 4..50 {
        let error = stack.ask(&subscribe(&format!("room:{number}"))).await;
        assert_eq!(error["code"], "too_many_subscriptions");
        assert_eq!(error["fatal"], false);
    }
    assert_eq!(stack.watched.writes(), before);
    let other = stack
        .send_from("alice", "other=", &subscribe("room:4"))
        .await;
    assert_eq!(
        other.frame()["type"],
        "subscribed",
        "each connection may join as many"
    );
}

#[tokio::test]
async fn ten_thousand_subscribes_end_with_the_socket_and_leave_nothing() {
    let stack = stack().await;
    let mut codes = std::collections::BTreeMap::new();
    for number in 0..10_000 {
        let reply = stack.ask(&subscribe(&format!("room:{number}"))).await;
        let code = reply["code"].as_str().unwrap_or("subscribed").to_owned();
        *codes.entry(code).or_insert(0) += 1;
    }
    assert_eq!(codes["subscribed"], 100);
    assert_eq!(codes["too_many_subscriptions"], 100);
    assert_eq!(codes["rate_limited"], 9_800);
    assert_eq!(stack.sender.ended()[0], ALICE);
    // Two for each channel, one for each refusal, and the channels' rows now and then.
    let writes = stack.watched.writes();
    assert!(writes < 2 * 100 + 9_800 + 15 * 102, "{writes}");
    for number in 0..100 {
        assert!(stack.receivers(&format!("room:{number}")).await.is_empty());
    }
    stack.connect("bob", "bob=", EXPIRES_AT).await;
    let bob = stack.send_from("bob", "bob=", &subscribe("room:0")).await;
    assert_eq!(bob.frame()["type"], "subscribed");
}

#[tokio::test]
async fn a_flood_is_met_before_anything_is_asked_of_anybody() {
    // Frames that are good, wrong, of no route, and not text.
    let binary = {
        let mut event = tidegate_test_events::fixture("message-publish");
        event["isBase64Encoded"] = json!(true);
        event
    };
    let frames = [
        ("publish", publish("room:a").to_string()),
        ("subscribe", r#"{"id":"1"}"#.to_owned()),
        ("subscribe", subscribe("no channel").to_string()),
        ("$default", "hello".to_owned()),
    ];
    for (route, frame) in frames {
        let stack = stack().await;
        for _ in 0..200 {
            let reply = stack.send(route, &frame).await.frame();
            assert_ne!(reply["code"], "rate_limited", "{route} {frame}");
        }
        stack.watched.end_before(Some("session"));
        let reply = stack.send(route, &frame).await.frame();
        assert_eq!(reply["code"], "rate_limited", "{route} {frame}");
        assert_eq!(reply["retryAfterMs"], 10);
    }
    let stack = stack().await;
    for _ in 0..200 {
        stack.handle(binary.clone()).await;
    }
    assert_eq!(stack.handle(binary).await.frame()["code"], "rate_limited");
}

#[tokio::test]
async fn one_who_publishes_to_itself_in_a_loop_is_stopped() {
    let stack = stack().await;
    stack.ask(&subscribe("room:a")).await;
    for _ in 0..300 {
        stack.ask(&publish("room:a")).await;
    }
    let received = stack.frames(ALICE);
    let own = received.iter().filter(|one| one["type"] == "publication");
    assert_eq!(own.count(), 199);
    assert_eq!(received[199]["reason"], "flood");
    assert_eq!(stack.sender.ended()[0], ALICE);
}
