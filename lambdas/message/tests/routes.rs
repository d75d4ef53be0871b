//! What each route does when all goes well.

mod support;

use serde_json::{Value, json};
use support::{DIRECT_RECEIVERS, empty_stack, stack};
use tidegate_core::connection::{
    ConnectionId, Endpoint, MOST_SESSION_BYTES, Place, Shard, Subscriber,
};
use tidegate_core::sender::SendError;
use tidegate_core::store::{Sessions, Subscriptions};
use tidegate_test_backend::{ALICE, API, EXPIRES_AT, NOW_MS, TRACE, key};
use tidegate_test_events::fixture;

#[tokio::test]
async fn subscribe_joins_the_channel_and_echoes_the_id() {
    let stack = stack().await;
    let answered = stack.handle(fixture("message-subscribe")).await;
    assert_eq!(
        answered.frame(),
        json!({
            "type": "subscribed", "id": "1", "channel": "room:lobby",
            "reconnectWindowMs": 60_000, "serverTimeMs": NOW_MS,
        })
    );
    assert_eq!(answered.report.outcome, "ok");
    assert_eq!(answered.report.route, "subscribe");
    assert_eq!(answered.report.connection, ALICE);
    let subscribers = stack.subscribers("room:lobby").await;
    let [subscriber] = subscribers.as_slice() else {
        panic!("{subscribers:?}")
    };
    assert_eq!(subscriber.connection.as_str(), ALICE);
    assert_eq!(subscriber.endpoint, Endpoint::new(API));
    assert_eq!(
        (subscriber.expires_at, subscriber.since_ms),
        (EXPIRES_AT, NOW_MS)
    );
}

#[tokio::test]
async fn subscribing_twice_is_answered_twice_and_delivers_once() {
    let stack = stack().await;
    for _ in 0..2 {
        let answered = stack.handle(fixture("message-subscribe")).await;
        assert_eq!(answered.frame()["type"], "subscribed");
    }
    stack.handle(fixture("message-publish")).await;
    assert_eq!(stack.sender.sent_to(ALICE).len(), 1);
}

#[tokio::test]
async fn unsubscribe_leaves_the_channel_whether_it_was_joined_or_not() {
    let stack = stack().await;
    stack.handle(fixture("message-subscribe")).await;
    for _ in 0..2 {
        let answered = stack.handle(fixture("message-unsubscribe")).await;
        assert_eq!(
            answered.frame(),
            json!({"type": "unsubscribed", "id": "2", "channel": "room:lobby"})
        );
        assert!(stack.receivers("room:lobby").await.is_empty());
    }
    stack.handle(fixture("message-publish")).await;
    assert!(stack.sender.sent_to(ALICE).is_empty());
}

#[tokio::test]
async fn unsubscribe_leaves_every_part_of_a_channel_that_was_cut_while_it_was_joined_twice() {
    let stack = stack().await;
    stack.handle(fixture("message-subscribe")).await;
    let (key, id) = (key("alice", ALICE), ConnectionId::new(ALICE));
    let second: Place = "room:lobby#1".parse().unwrap();
    let first = stack.subscribers("room:lobby").await.remove(0);
    let row = Subscriber {
        shard: second.shard,
        ..first
    };
    let put = stack.store.put_subscription(&second.channel, &row).await;
    put.unwrap();
    let joined = stack.store.join(&key, &id, &second, false, 100).await;
    joined.unwrap();
    stack.handle(fixture("message-unsubscribe")).await;
    for shard in [Shard(0), second.shard] {
        let page = stack
            .store
            .subscribers(&second.channel, shard, None, true)
            .await;
        assert!(page.unwrap().subscribers.is_empty(), "{shard}");
    }
    let session = stack.session(&key).await.unwrap();
    assert_eq!(session.places_of(&id).count(), 0);
}

#[tokio::test]
async fn a_session_whose_channels_have_too_long_names_together_joins_no_more() {
    let stack = stack().await;
    let key = key("alice", ALICE);
    let joins = async |connection: &str| {
        let id = ConnectionId::new(connection);
        for number in 0..500 {
            let place = format!("chat:{number:03}{}", "x".repeat(125));
            let place = place.parse().unwrap();
            let joined = stack.store.join(&key, &id, &place, true, 500).await;
            joined.unwrap();
        }
    };
    joins(ALICE).await;
    stack.open(&key, "second=", EXPIRES_AT).await;
    joins("second=").await;
    stack.open(&key, "third=", EXPIRES_AT).await;
    for number in 0..150 {
        let place = format!("chat:{number:03}{}", "x".repeat(125));
        let (place, id) = (place.parse().unwrap(), ConnectionId::new("third="));
        let joined = stack.store.join(&key, &id, &place, true, 500).await;
        joined.unwrap();
    }
    stack.open(&key, "fourth=", EXPIRES_AT).await;
    let session = stack.session(&key).await.unwrap();
    assert!(session.bytes() > MOST_SESSION_BYTES, "{}", session.bytes());
    let mut event = fixture("message-subscribe");
    event["requestContext"]["connectionId"] = json!("fourth=");
    let answered = stack.handle(event).await;
    let frame = answered.frame();
    assert_eq!(frame["code"], "too_many_subscriptions", "{frame}");
    assert!(stack.receivers("room:lobby").await.is_empty());
}

#[tokio::test]
async fn a_publication_reaches_every_subscriber_and_its_publisher_too() {
    let stack = stack().await;
    stack.handle(fixture("message-subscribe")).await;
    for (user, connection) in [("bob", "bob="), ("carol", "carol=")] {
        stack.connect(user, connection, EXPIRES_AT).await;
        let frame = json!({"action": "subscribe", "id": "1", "channel": "room:lobby"});
        stack.send_from(user, connection, &frame).await;
    }
    stack.connect("dave", "dave=", EXPIRES_AT).await;

    let answered = stack.handle(fixture("message-publish")).await;
    let publication_id = "publication-1";
    assert_eq!(
        answered.frame(),
        json!({"type": "ack", "id": "3", "publicationId": publication_id})
    );
    let expected = format!(
        r#"{{"type":"publication","channel":"room:lobby","publicationId":"{publication_id}","user":"alice","at":{NOW_MS},"data":{{"text":"hello","n":1.10}}}}"#
    );
    for receiver in [ALICE, "bob=", "carol="] {
        assert_eq!(stack.sender.sent_to(receiver), [&*expected], "{receiver}");
    }
    assert!(stack.sender.sent_to("dave=").is_empty());
    assert_eq!(
        answered.report.counts,
        [
            ("sent", 3),
            ("gone", 0),
            ("expired", 0),
            ("queued", 0),
            ("dead", 0),
            ("failed", 0)
        ]
    );
}

#[tokio::test]
async fn a_publisher_need_not_be_subscribed() {
    let stack = stack().await;
    let answered = stack.handle(fixture("message-publish")).await;
    assert_eq!(answered.frame()["type"], "ack");
    assert!(stack.sender.sent_to(ALICE).is_empty());
    assert_eq!(answered.report.counts[0], ("sent", 0));
}

#[tokio::test]
async fn who_is_gone_expired_or_slow_is_counted_and_delays_nobody() {
    let stack = stack().await;
    stack.handle(fixture("message-subscribe")).await;
    for connection in ["gone=", "slow=", "late="] {
        let expires_at = if connection == "late=" {
            NOW_MS / 1000 + 60
        } else {
            EXPIRES_AT
        };
        stack.connect(connection, connection, expires_at).await;
        let frame = json!({"action": "subscribe", "id": "1", "channel": "room:lobby"});
        stack.send_from(connection, connection, &frame).await;
    }
    stack.sender.refuse("gone=", || SendError::Gone);
    stack.sender.refuse("slow=", || SendError::Throttled);

    let later = NOW_MS + 60_000;
    let answered = stack.handle_at(fixture("message-publish"), later).await;
    assert_eq!(answered.frame()["type"], "ack");
    assert_eq!(
        answered.report.counts,
        [
            ("sent", 1),
            ("gone", 1),
            ("expired", 1),
            ("queued", 1),
            ("dead", 0),
            ("failed", 0)
        ]
    );
    let queued = stack.queue.take();
    let [again] = queued.as_slice() else {
        panic!("{queued:?}")
    };
    assert_eq!(again.slice.receivers[0].connection.as_str(), "slow=");
    assert_eq!((again.slice.attempt, again.delay_s), (1, 2));
    assert_eq!(again.trace.as_deref(), Some(TRACE));
    assert_eq!(stack.sender.sent_to(ALICE).len(), 1);
    assert_eq!(
        stack.sender.sent_to("late="),
        [r#"{"type":"goodbye","reason":"expired","reconnect":true}"#]
    );
    assert_eq!(stack.sender.ended(), ["late="]);
    assert_eq!(stack.receivers("room:lobby").await, [ALICE, "slow="]);
}

#[tokio::test]
async fn a_publication_with_many_receivers_goes_by_way_of_the_queue() {
    let stack = stack().await;
    for number in 0..=DIRECT_RECEIVERS {
        let connection = format!("c{number}=");
        stack.connect(&connection, &connection, EXPIRES_AT).await;
        let frame = json!({"action": "subscribe", "id": "1", "channel": "room:lobby"});
        stack.send_from(&connection, &connection, &frame).await;
    }
    let answered = stack.handle(fixture("message-publish")).await;
    assert_eq!(answered.frame()["type"], "ack");
    let counted = answered.report.counts;
    assert!(counted.contains(&("queued", DIRECT_RECEIVERS + 1)));
    assert!(counted.contains(&("sent", 0)));
    let queued = stack.queue.take();
    let [one] = queued.as_slice() else {
        panic!("{queued:?}")
    };
    assert_eq!(one.slice.receivers.len(), DIRECT_RECEIVERS + 1);
    assert_eq!(one.slice.publication.accepted_at_ms, NOW_MS);
    assert!(one.slice.publication.frame.contains(r#""text":"hello""#));
    assert!(stack.sender.sent_to("c0=").is_empty());
}

#[tokio::test]
async fn data_may_be_any_json_value_and_is_handed_on_as_written() {
    let stack = stack().await;
    stack.handle(fixture("message-subscribe")).await;
    let values = [
        "null",
        "0.10",
        "1e400",
        "12345678901234567890123",
        r#""\u00e9""#,
        "[1, 2]",
        r#"{"b":1,"a":2,"a":3}"#,
    ];
    for value in values {
        let frame =
            format!(r#"{{"action":"publish","id":"1","channel":"room:lobby","data":{value}}}"#);
        let answered = stack.send("publish", &frame).await;
        assert_eq!(answered.frame()["type"], "ack", "{value}");
        let sent = stack.sender.sent_to(ALICE);
        let ends = format!(r#","data":{value}}}"#);
        assert!(
            sent.last().is_some_and(|frame| frame.ends_with(&ends)),
            "{sent:?}"
        );
    }
}

#[tokio::test]
async fn the_newest_rights_of_the_session_count_and_not_those_of_the_handshake() {
    let stack = stack().await;
    // The event's context still says that the token ends at `EXPIRES_AT`.
    let renewed = EXPIRES_AT + 900;
    stack.connect("alice", ALICE, renewed).await;
    let answered = stack
        .handle_at(fixture("message-subscribe"), EXPIRES_AT * 1000)
        .await;
    assert_eq!(answered.frame()["type"], "subscribed");
    assert_eq!(stack.subscribers("room:lobby").await[0].expires_at, renewed);
}

#[tokio::test]
async fn neither_a_reply_nor_a_report_shows_what_others_may_not_see() {
    let stack = stack().await;
    stack.handle(fixture("message-subscribe")).await;
    let mut event = fixture("message-publish");
    let frame =
        json!({"action": "publish", "id": "3", "channel": "room:lobby", "data": "tr0ub4dor"});
    event["body"] = json!(frame.to_string());
    let shown = format!(
        "{:?}",
        tidegate_test_events::parsed::<tidegate_lambda::WebSocketEvent>(event.clone())
    );
    assert!(!shown.contains("tr0ub4dor"), "{shown}");
    let answered = stack.handle(event).await;
    let shown = format!("{answered:?}");
    assert!(!shown.contains("tr0ub4dor"), "{shown}");

    // Nor when the frame is wrong, or the database fails with it in hand.
    let wrong = stack
        .send(
            "publish",
            r#"{"id":"1","channel":"tr0ub4dor","data":"tr0ub4dor"}"#,
        )
        .await;
    assert!(!format!("{:?}", wrong.report).contains("tr0ub4dor"));
    stack.store.set_unavailable(true);
    let failed = stack.send("publish", &frame.to_string()).await;
    assert!(!format!("{:?}", failed.report).contains("tr0ub4dor"));
}

#[tokio::test]
async fn an_event_without_the_authorizers_context_fails_the_function() {
    let stack = empty_stack();
    for name in [
        "message-subscribe",
        "message-unsubscribe",
        "message-publish",
    ] {
        let mut event = fixture(name);
        event["requestContext"]["authorizer"] = Value::Null;
        let answered = stack.handle(event).await;
        let error = answered.reply.unwrap_err();
        assert!(error.contains("no authorizer context"), "{error}");
        assert_eq!(answered.report.outcome, "broken");
    }
}
