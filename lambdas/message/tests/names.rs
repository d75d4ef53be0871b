//! Names that are no channels: each is answered as a wrong frame on every route, and is asked of nobody.

mod support;

use serde_json::{Value, json};
use support::stack;
use tidegate_test_backend::ALICE;

/// Texts that could be taken for a channel, or for a part of a key, a path, a query or another channel.
fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        // Not two parts.
        "",
        ":",
        "lobby",
        "room:",
        ":lobby",
        "room::lobby",
        "room:a:b",
        "::",
        "room",
        // Separators of keys, places, paths, URLs and lists.
        "room:a#0",
        "room:a#shards",
        "ro#om:a",
        "room:#",
        "CH#room:a",
        "room:a/b",
        "room:../a",
        "room:a\\b",
        "room:a%23",
        "room:a?b",
        "room:a&b",
        "room:a=b",
        "room:a+b",
        "room:a,b",
        "room:a;b",
        "room:a|b",
        "room:*",
        "room:a*",
        "room:$",
        "room:{a}",
        "room:<a>",
        "room:'a'",
        "room:\"a\"",
        "room:`a`",
        "room:(a)",
        "room:[a]",
        "room:!a",
        "room:~a",
        // Blanks and control characters, within and around.
        " room:a",
        "room:a ",
        "room: a",
        "room :a",
        "room:a b",
        "room:a\tb",
        "room:a\n",
        "\nroom:a",
        "room:a\r\nb",
        "room:a\0",
        "room:\0",
        "ro\0om:a",
        "room:a\u{7f}",
        "room:a\u{1b}[31m",
        "room:a\u{85}",
        "room:a\u{a0}b",
        // Texts that look like `room:lobby`, or like nothing.
        "r\u{43e}\u{43e}m:lobby",
        "room:l\u{43e}bby",
        "room\u{ff1a}lobby",
        "room\u{2236}lobby",
        "room\u{a789}lobby",
        "room:\u{ff4c}obby",
        "room:lobby\u{200b}",
        "room:\u{200d}lobby",
        "\u{feff}room:lobby",
        "room:lob\u{ad}by",
        "room:\u{202e}ybbol",
        "room:lobb\u{443}",
        "room:lobby\u{301}",
        "room:\u{1d425}obby",
        "room:caf\u{e9}",
        "room:cafe\u{301}",
        "room:\u{131}",
        "room:\u{212a}",
        "room:\u{1f600}",
        "room:\u{fffd}",
        // Namespaces that are none.
        "Room:lobby",
        "ROOM:lobby",
        "1room:lobby",
        "-room:lobby",
        "ro_om:lobby",
        "ro.om:lobby",
        "room@:lobby",
    ]
    .map(str::to_owned)
    .into();
    names.push(format!("room:{}", "x".repeat(129)));
    names.push(format!("{}:lobby", "n".repeat(33)));
    names.push(format!("room:{}", "x".repeat(10 * 1024)));
    names.push("x".repeat(10 * 1024));
    names.push(":".repeat(10 * 1024));
    names.push(format!("room:{}", "\u{1f600}".repeat(2_560)));
    names
}

fn frame(action: &str, name: Value) -> Value {
    let mut frame = json!({"action": action, "id": "n", "data": 1});
    match action {
        "heads" => frame["channels"] = json!(["room:lobby", name]),
        _ => frame["channel"] = name,
    }
    frame
}

#[tokio::test]
async fn what_is_no_name_is_a_wrong_frame_on_every_route_and_costs_nothing() {
    for action in [
        "subscribe",
        "unsubscribe",
        "publish",
        "presence",
        "history",
        "heads",
    ] {
        let stack = stack().await;
        // It is refused before anything is read.
        stack.watched.end_before(Some("session"));
        for name in names() {
            stack.pass(10);
            let answered = stack
                .send_from("alice", ALICE, &frame(action, json!(name)))
                .await;
            let error = answered.frame();
            assert_eq!(error["code"], "bad_frame", "{action} {name:?}: {error}");
            assert_eq!(
                (&error["id"], &error["fatal"]),
                (&json!("n"), &json!(false))
            );
            assert!(
                error.to_string().len() < 500,
                "{action} {name:?}: it is not echoed"
            );
        }
        for name in [
            json!(null),
            json!(7),
            json!(["room:a"]),
            json!({"room": "a"}),
            json!(true),
        ] {
            let error = stack.ask(&frame(action, name.clone())).await;
            assert_eq!(error["code"], "bad_frame", "{action} {name}: {error}");
        }
        assert_eq!(stack.watched.writes(), 0);
        assert!(stack.sender.ended().is_empty());
    }
}

#[tokio::test]
async fn names_at_the_edge_of_what_is_allowed_are_channels() {
    let stack = stack().await;
    let longest = format!("room:{}", "x".repeat(128));
    for name in [
        "room:a",
        "room:A-b_c.d@e",
        "room:0",
        "room:-",
        "room:..",
        "room:@",
        &longest,
    ] {
        let reply = stack.ask(&frame("subscribe", json!(name))).await;
        assert_eq!(reply["type"], "subscribed", "{name}: {reply}");
        assert_eq!(reply["channel"], name);
    }
    // Case tells names apart: they are two channels.
    stack.ask(&frame("publish", json!("room:a"))).await;
    stack.ask(&frame("publish", json!("room:A"))).await;
    assert_eq!(stack.frames(ALICE).len(), 1);
}
