//! What holds on every route alike.

mod support;

use serde_json::{Value, json};
use support::{empty_stack, rules, stack, stack_of};
use tidegate_core::limits::{Limits, Rate};
use tidegate_test_backend::{ALICE, EXPIRES_AT, Issuer};

/// A right frame of each route, but for what cannot be right without an issuer.
fn frames() -> [Value; 7] {
    [
        json!({"action": "subscribe", "id": "1", "channel": "chat:a"}),
        json!({"action": "unsubscribe", "id": "1", "channel": "chat:a"}),
        json!({"action": "publish", "id": "1", "channel": "chat:a", "data": 1, "key": "k"}),
        json!({"action": "presence", "id": "1", "channel": "chat:a"}),
        json!({"action": "history", "id": "1", "channel": "chat:a"}),
        json!({"action": "heads", "id": "1", "channels": ["chat:a"]}),
        json!({"action": "refresh", "id": "1", "token": "a-token"}),
    ]
}

#[tokio::test]
async fn a_right_frame_is_answered_by_its_own_reply_with_its_id() {
    let issuer = Issuer::new();
    let stack = stack_of(rules(), issuer.verifier());
    stack.connect("alice", ALICE, EXPIRES_AT).await;
    let replies = [
        "subscribed",
        "unsubscribed",
        "ack",
        "presence",
        "history",
        "heads",
        "refreshed",
    ];
    for (mut frame, reply) in frames().into_iter().zip(replies) {
        if frame["action"] == "refresh" {
            frame["token"] = json!(issuer.token(&json!({})));
        }
        // What a later version may say, this one does not mind.
        frame["later"] = json!({"than": "this"});
        let answered = stack.send_from("alice", ALICE, &frame).await;
        let answer = answered.frame();
        assert_eq!(
            (&answer["type"], &answer["id"]),
            (&json!(reply), &json!("1")),
            "{answer}"
        );
        assert_eq!(answered.report.outcome, "ok");
        assert_eq!(json!(answered.report.route), frame["action"]);
    }
}

#[tokio::test]
async fn who_is_not_registered_is_told_to_connect_again() {
    let stack = empty_stack();
    for frame in frames() {
        let error = stack.ask(&frame).await;
        assert_eq!(error["code"], "not_connected", "{frame}");
        assert_eq!(
            (&error["id"], &error["fatal"]),
            (&json!("1"), &json!(true)),
            "{frame}"
        );
    }
    assert_eq!(stack.watched.writes(), 0);
}

#[tokio::test]
async fn who_has_expired_is_said_goodbye_to_whatever_they_ask() {
    for frame in frames() {
        let stack = stack().await;
        stack.set_now_ms(EXPIRES_AT * 1_000);
        let answered = stack.send_from("alice", ALICE, &frame).await;
        assert_eq!(
            answered.reply.unwrap().body,
            None,
            "{frame}: the goodbye says it all"
        );
        assert_eq!(answered.report.outcome, "expired");
        assert_eq!(
            stack.frames(ALICE),
            [json!({"type": "goodbye", "reason": "expired", "reconnect": true})]
        );
        assert_eq!(stack.sender.ended(), [ALICE], "{frame}");
        assert_eq!(stack.ask(&frame).await["code"], "not_connected");
    }
}

#[tokio::test]
async fn when_the_database_is_down_it_is_said_when_to_try_again() {
    let stack = stack().await;
    stack.store.set_unavailable(true);
    for frame in frames() {
        let error = stack.ask(&frame).await;
        assert_eq!(error["code"], "unavailable", "{frame}");
        assert_eq!(
            (&error["retryAfterMs"], &error["fatal"]),
            (&json!(1_000), &json!(false))
        );
    }
}

#[tokio::test]
async fn a_frame_that_lacks_something_or_has_it_twice_or_wrongly_says_so() {
    let stack = stack().await;
    for frame in frames() {
        let route = frame["action"].as_str().unwrap();
        let fields = frame.as_object().unwrap().keys();
        for field in fields.filter(|field| !["action", "key"].contains(&field.as_str())) {
            stack.pass(100);
            let mut without = frame.clone();
            without.as_object_mut().unwrap().remove(field);
            let mut wrong = frame.clone();
            wrong[field] = json!([7]);
            let twice = format!(
                r#"{{"{field}":{},{}"#,
                frame[field],
                &frame.to_string()[1..]
            );
            for text in [without.to_string(), wrong.to_string(), twice] {
                let may_be_anything = field == "data" && text == wrong.to_string();
                let error = stack.send(route, &text).await.frame();
                let code = error["code"].as_str().unwrap_or("none");
                assert_eq!(
                    code == "bad_frame",
                    !may_be_anything,
                    "{route} {text}: {error}"
                );
            }
        }
    }
}

#[tokio::test]
async fn every_frame_counts_against_the_users_rate() {
    for frame in frames() {
        let rate = Rate {
            count: 1,
            per_seconds: 60,
            burst: None,
        };
        let limits = Limits {
            messages: Some(rate),
            ..Limits::default()
        };
        let stack = support::stack_with(tidegate_core::broker::Rules { limits, ..rules() });
        stack.connect("alice", ALICE, EXPIRES_AT).await;
        assert_ne!(stack.ask(&frame).await["code"], "rate_limited", "{frame}");
        let refused = stack.ask(&frame).await;
        assert_eq!(refused["code"], "rate_limited", "{frame}");
        assert_eq!(refused["retryAfterMs"], 60_000);
    }
}
