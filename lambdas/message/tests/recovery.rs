//! What a client that was away is told: all that it missed, in order, or that it cannot be had. Never a part as the whole.

mod support;

use serde_json::{Value, json};
use support::{Stack, stack};
use tidegate_test_backend::{ALICE, EXPIRES_AT, NOW_MS};

async fn publish(stack: &Stack, channel: &str, data: Value) -> Value {
    stack.pass(1);
    let frame = json!({"action": "publish", "id": "p", "channel": channel, "data": data});
    let ack = stack.ask(&frame).await;
    assert_eq!(ack["type"], "ack", "{ack}");
    ack["position"].clone()
}

/// Publishes 1, 2, 3 and so on; returns their places.
async fn publish_many(stack: &Stack, channel: &str, count: u64) -> Vec<Value> {
    let mut positions = Vec::new();
    for number in 1..=count {
        // No faster than any process lets a connection.
        stack.pass(10);
        positions.push(publish(stack, channel, json!(number)).await);
    }
    positions
}

async fn subscribe(stack: &Stack, channel: &str, since: Option<&Value>) -> Value {
    let mut frame = json!({"action": "subscribe", "id": "s", "channel": channel});
    if let Some(since) = since {
        frame["since"] = since.clone();
    }
    let reply = stack.ask(&frame).await;
    assert_eq!(reply["type"], "subscribed", "{reply}");
    reply
}

async fn history(stack: &Stack, channel: &str, rest: Value) -> Value {
    let mut frame = rest;
    frame["action"] = json!("history");
    frame["id"] = json!("h");
    frame["channel"] = json!(channel);
    let reply = stack.ask(&frame).await;
    assert_eq!(reply["type"], "history", "{reply}");
    reply
}

fn data(reply: &Value) -> Vec<&Value> {
    let publications = reply["publications"].as_array();
    let publications = publications.into_iter().flatten();
    publications.map(|one| &one["data"]).collect()
}

#[tokio::test]
async fn who_was_away_gets_what_was_missed_in_order_and_is_told_that_it_is_all() {
    let stack = stack().await;
    let reply = subscribe(&stack, "chat:a", None).await;
    let nothing = reply["position"].clone();
    assert_eq!(nothing, json!({"epoch": 0, "offset": NOW_MS}));
    assert_eq!(reply.get("recovered"), None, "nobody asked");

    let positions = publish_many(&stack, "chat:a", 3).await;
    for (since, missed) in [
        (&nothing, vec![&json!(1), &json!(2), &json!(3)]),
        (&positions[0], vec![&json!(2), &json!(3)]),
        (&positions[2], vec![]),
    ] {
        let reply = subscribe(&stack, "chat:a", Some(since)).await;
        assert_eq!(reply["recovered"], true, "{reply}");
        assert_eq!(reply["position"], positions[2]);
        assert_eq!(data(&reply), missed, "{since}");
        assert_eq!(reply.get("page"), None);
    }
    let reply = subscribe(&stack, "chat:a", Some(&positions[1])).await;
    assert_eq!(
        reply["publications"],
        json!([{
            "channel": "chat:a", "publicationId": "publication-3", "user": "alice",
            "at": stack.now_ms(), "data": 3, "position": positions[2],
        }])
    );
}

#[tokio::test]
async fn what_was_published_while_subscribing_is_not_between() {
    let stack = stack().await;
    stack.connect("bob", "bob=", EXPIRES_AT).await;
    let first = publish(&stack, "chat:a", json!(1)).await;
    let reply = subscribe(&stack, "chat:a", Some(&first)).await;
    assert_eq!(reply["recovered"], true);
    publish(&stack, "chat:a", json!(2)).await;
    let live = stack.frames(ALICE);
    assert_eq!(live[0]["data"], 2);
    let (epoch, offset) = (&first["epoch"], first["offset"].as_u64().unwrap());
    assert_eq!(
        live[0]["position"],
        json!({"epoch": epoch, "offset": offset + 1}),
        "a live publication follows the position"
    );
}

#[tokio::test]
async fn what_is_not_kept_any_more_is_said_to_be_lost() {
    let stack = stack().await;
    let positions = publish_many(&stack, "chat:a", 102).await;
    let newest = &positions[101];
    // The channel keeps 100: what followed the second is all there, what followed the first is not.
    let reply = subscribe(&stack, "chat:a", Some(&positions[1])).await;
    assert_eq!(reply["recovered"], true);
    assert_eq!(data(&reply).len(), 100);

    let ahead = json!({"epoch": newest["epoch"], "offset": newest["offset"].as_u64().unwrap() + 7});
    let other = json!({"epoch": 5, "offset": 5});
    for since in [&positions[0], &ahead, &other] {
        let reply = subscribe(&stack, "chat:a", Some(since)).await;
        assert_eq!(reply["recovered"], false, "{since}");
        assert!(data(&reply).is_empty(), "a part is never shown as all");
        assert_eq!(&reply["position"], newest);
    }

    stack.pass(300_000);
    let reply = subscribe(&stack, "chat:a", Some(&positions[100])).await;
    assert_eq!(reply["recovered"], false, "what was missed is too old");
    let reply = subscribe(&stack, "chat:a", Some(newest)).await;
    assert_eq!(reply["recovered"], true, "nothing was missed");
}

#[tokio::test]
async fn more_than_a_frame_holds_is_paged_and_no_page_has_a_hole() {
    let stack = stack().await;
    let nothing = subscribe(&stack, "chat:a", None).await["position"].clone();
    let mut expected = Vec::new();
    for number in 0..7 {
        let value = json!([number, "x".repeat(9_000)]);
        publish(&stack, "chat:a", value.clone()).await;
        expected.push(value);
    }
    let reply = subscribe(&stack, "chat:a", Some(&nothing)).await;
    assert_eq!(reply["page"], true, "{reply}");
    assert_eq!(reply.get("recovered"), None);
    assert!(data(&reply).is_empty());

    let (mut after, mut read, mut pages) = (nothing, Vec::new(), 0);
    loop {
        let page = history(&stack, "chat:a", json!({"after": after, "limit": 100})).await;
        assert!(page.to_string().len() <= 32 * 1024);
        assert_eq!(page.get("gap"), None);
        pages += 1;
        let publications = page["publications"].as_array().unwrap();
        read.extend(publications.iter().map(|one| one["data"].clone()));
        after = publications.last().unwrap()["position"].clone();
        if page["complete"] == true {
            break;
        }
    }
    assert_eq!((read, after), (expected, reply["position"].clone()));
    assert_eq!(pages, 3);
}

#[tokio::test]
async fn the_latest_value_comes_with_the_subscription_while_it_is_kept() {
    let stack = stack().await;
    let reply = subscribe(&stack, "value:a", None).await;
    assert!(data(&reply).is_empty());
    let positions = publish_many(&stack, "value:a", 3).await;
    let reply = subscribe(&stack, "value:a", None).await;
    assert_eq!(data(&reply), [&json!(3)]);
    assert_eq!(reply["position"], positions[2]);
    assert_eq!(reply.get("recovered"), None);

    let reply = subscribe(&stack, "value:a", Some(&positions[0])).await;
    assert_eq!(reply["recovered"], false, "only the latest is kept");
    stack.pass(300_000);
    assert!(data(&subscribe(&stack, "value:a", None).await).is_empty());

    publish(&stack, "chat:a", json!(1)).await;
    let reply = subscribe(&stack, "chat:a", None).await;
    assert!(
        data(&reply).is_empty(),
        "this namespace has no latest value"
    );
}

#[tokio::test]
async fn a_history_is_read_both_ways_page_by_page() {
    let stack = stack().await;
    let positions = publish_many(&stack, "chat:a", 5).await;
    let newest = history(&stack, "chat:a", json!({"limit": 2})).await;
    assert_eq!(data(&newest), [&json!(5), &json!(4)]);
    assert_eq!(newest["complete"], false);
    assert_eq!(newest["position"], positions[4]);
    let before = history(
        &stack,
        "chat:a",
        json!({"before": positions[3], "limit": 2}),
    )
    .await;
    assert_eq!(data(&before), [&json!(3), &json!(2)]);
    let rest = history(
        &stack,
        "chat:a",
        json!({"before": positions[1], "limit": 2}),
    )
    .await;
    assert_eq!(
        (data(&rest), &rest["complete"]),
        (vec![&json!(1)], &json!(true))
    );

    let after = history(&stack, "chat:a", json!({"after": positions[0], "limit": 2})).await;
    assert_eq!(data(&after), [&json!(2), &json!(3)]);
    assert_eq!(after["complete"], false);
    let rest = history(&stack, "chat:a", json!({"after": positions[2]})).await;
    assert_eq!(data(&rest), [&json!(4), &json!(5)]);
    assert_eq!((&rest["complete"], rest.get("gap")), (&json!(true), None));
}

#[tokio::test]
async fn a_page_after_what_is_gone_says_that_there_is_a_gap() {
    let stack = stack().await;
    let positions = publish_many(&stack, "chat:a", 103).await;
    let page = history(&stack, "chat:a", json!({"after": positions[0], "limit": 2})).await;
    assert_eq!(page["gap"], true);
    assert_eq!(
        data(&page),
        [&json!(4), &json!(5)],
        "from the oldest that is kept"
    );
    let page = history(&stack, "chat:a", json!({"limit": 100})).await;
    assert_eq!(data(&page).len(), 100);
    assert_eq!(page["publications"][99]["position"], positions[3]);
    let older = history(&stack, "chat:a", json!({"before": positions[3]})).await;
    assert!(data(&older).is_empty());
    assert_eq!(older["complete"], true);
}

#[tokio::test]
async fn where_there_is_no_history_there_is_none_to_ask_for() {
    let stack = stack().await;
    let ask = |rest: Value| {
        let mut frame = rest;
        frame["action"] = json!("history");
        frame["id"] = json!("1");
        frame
    };
    for (frame, code) in [
        (json!({"channel": "room:lobby"}), "no_history"),
        (json!({"channel": "team:blue"}), "forbidden"),
        (json!({"channel": "nowhere:a"}), "forbidden"),
        (json!({"channel": "chat:a", "limit": 0}), "bad_frame"),
        (json!({"channel": "chat:a", "limit": 101}), "bad_frame"),
        (
            json!({"channel": "chat:a", "after": {"epoch": 1}}),
            "bad_frame",
        ),
        (
            json!({"channel": "chat:a", "after": {"epoch": 1, "offset": 1}, "before": {"epoch": 1, "offset": 1}}),
            "bad_frame",
        ),
    ] {
        let error = stack.ask(&ask(frame.clone())).await;
        assert_eq!(error["code"], code, "{frame}: {error}");
        assert_eq!(
            (&error["id"], &error["fatal"]),
            (&json!("1"), &json!(false))
        );
    }
    // A place where there is no history is not one that anything could be recovered from.
    let reply = subscribe(
        &stack,
        "room:lobby",
        Some(&json!({"epoch": 1, "offset": 1})),
    )
    .await;
    assert_eq!(reply["recovered"], false);
    assert_eq!(reply.get("position"), None);
}

#[tokio::test]
async fn heads_are_told_of_what_the_connection_receives_and_of_nothing_else() {
    let stack = stack().await;
    stack.connect("alice", "other=", EXPIRES_AT).await;
    for channel in ["chat:a", "chat:empty", "room:lobby"] {
        subscribe(&stack, channel, None).await;
    }
    let frame = json!({"action": "subscribe", "id": "1", "channel": "chat:b"});
    stack.send_from("alice", "other=", &frame).await;
    let a = publish_many(&stack, "chat:a", 2).await;
    publish(&stack, "chat:b", json!(1)).await;
    publish(&stack, "chat:c", json!(1)).await;

    let channels = [
        "chat:a",
        "chat:b",
        "chat:c",
        "chat:empty",
        "room:lobby",
        "team:blue",
        "nowhere:a",
    ];
    let frame = json!({"action": "heads", "id": "7", "channels": channels});
    assert_eq!(
        stack.ask(&frame).await,
        json!({"type": "heads", "id": "7", "heads": {
            "chat:a": a[1], "chat:empty": {"epoch": 0, "offset": stack.now_ms()},
        }})
    );
    let none = stack
        .ask(&json!({"action": "heads", "id": "8", "channels": []}))
        .await;
    assert_eq!(none["code"], "bad_frame");
}

#[tokio::test]
async fn a_writer_that_another_is_faster_than_takes_the_next_place() {
    let stack = stack().await;
    let first = publish(&stack, "chat:a", json!(1)).await;
    stack.watched.race_once();
    let third = publish(&stack, "chat:a", json!(3)).await;
    assert_eq!(
        third["offset"].as_u64().unwrap(),
        first["offset"].as_u64().unwrap() + 2
    );
    let all = history(&stack, "chat:a", json!({})).await;
    assert_eq!(all["publications"].as_array().unwrap().len(), 3);
}
