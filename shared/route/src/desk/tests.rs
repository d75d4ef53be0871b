use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tidegate_core::connection::NewConnection;
use tidegate_core::memory::{MemorySender, MemoryStore};
use tidegate_core::rights::Rights;
use tidegate_test_events::{fixture, parsed};

use super::*;

const NOW_MS: u64 = 1_742_085_982_773;
const EXPIRES_AT: u64 = 1_742_086_882;
const ALICE: &str = "RYGzEcSNvHcCH8A=";
const SHOUT: Kind = Kind {
    key: "shout",
    two_way: true,
};
const ONE_WAY: Kind = Kind {
    key: "shout",
    two_way: false,
};
const MOMENT: Moment<'_> = Moment {
    now_ms: NOW_MS,
    deadline_ms: NOW_MS + 15_000,
    jitter: 1.0,
    trace: None,
    new_id: &|now_ms| format!("id-{now_ms}"),
    uptime: &|| Duration::ZERO,
    clock: &|| NOW_MS,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    text: String,
}

#[derive(Serialize)]
struct Said {
    said: String,
}

struct Stack {
    store: MemoryStore,
    sender: MemorySender,
    desk: Desk,
}

fn event(frame: &str) -> WebSocketEvent {
    let mut event = fixture("message-default");
    event["requestContext"]["routeKey"] = json!("shout");
    event["body"] = json!(frame);
    parsed(event)
}

async fn stack(expires_at: u64) -> Stack {
    let (store, sender) = (MemoryStore::default(), MemorySender::default());
    let context = event("").request_context;
    let key = context.authorizer.unwrap().key();
    let connection = NewConnection {
        rights: Rights {
            user: key.user.clone(),
            groups: ["team:red".to_owned()].into(),
            issued_at: 1,
            expires_at,
        },
        key,
        connection: context.connection_id,
        endpoint: context.endpoint,
        joins: None,
    };
    store.open(&connection, false, NOW_MS).await.unwrap();
    Stack {
        desk: Desk::new(Box::new(store.clone()), Box::new(sender.clone())),
        store,
        sender,
    }
}

impl Stack {
    async fn take(&self, kind: Kind, frame: &str) -> (Result<Reply, String>, Report) {
        self.taken(kind, &event(frame)).await
    }

    async fn taken(&self, kind: Kind, event: &WebSocketEvent) -> (Result<Reply, String>, Report) {
        let handle = async |caller: &Caller, request: Request| match request.text.as_str() {
            "down" => Err(Refusal::unavailable()),
            "no" => Err(Refusal::new("quiet_please", "not so loud").retry_after_ms(5)),
            text => Ok(Said {
                said: format!("{} says {text}", caller.user()),
            }),
        };
        self.desk.answer(kind, event, MOMENT, handle).await
    }

    async fn frame(&self, frame: &str) -> Value {
        frame_of(self.take(SHOUT, frame).await.0)
    }
}

fn frame_of(reply: Result<Reply, String>) -> Value {
    serde_json::from_str(&reply.unwrap().body.unwrap()).unwrap()
}

#[tokio::test]
async fn a_reply_is_a_frame_of_the_routes_type_with_the_id_of_its_request() {
    let stack = stack(EXPIRES_AT).await;
    let frame = r#"{"action":"shout","id":"7","text":"hello"}"#;
    let (reply, report) = stack.take(SHOUT, frame).await;
    assert_eq!(
        reply.unwrap().body.unwrap(),
        r#"{"type":"shout","id":"7","said":"alice says hello"}"#
    );
    assert_eq!((report.route.as_str(), report.outcome), ("shout", "ok"));
    assert_eq!(report.session.as_deref(), Some(ALICE));
}

#[tokio::test]
async fn what_is_refused_is_an_error_frame_with_its_code_and_when_to_come_back() {
    let stack = stack(EXPIRES_AT).await;
    let refused = stack
        .frame(r#"{"action":"shout","id":"7","text":"no"}"#)
        .await;
    assert_eq!(
        refused,
        json!({"type": "error", "id": "7", "code": "quiet_please", "message": "not so loud", "retryAfterMs": 5, "fatal": false})
    );
}

#[tokio::test]
async fn a_refusal_is_not_an_error_of_ours_and_a_failure_is() {
    use tidegate_contract::metrics::Metric;
    let stack = stack(EXPIRES_AT).await;
    for (text, refusals, errors) in [("hello", 0.0, 0.0), ("no", 1.0, 0.0), ("down", 0.0, 1.0)] {
        let frame = json!({"action": "shout", "id": "7", "text": text}).to_string();
        let (_, report) = stack.take(SHOUT, &frame).await;
        assert!(
            report.metrics.contains(&(Metric::FrameRefusals, refusals)),
            "{text}"
        );
        assert!(
            report.metrics.contains(&(Metric::FrameErrors, errors)),
            "{text}"
        );
        assert!(report.metrics.contains(&(Metric::Frames, 1.0)), "{text}");
    }
}

#[tokio::test]
async fn a_frame_that_is_not_a_request_is_refused_with_what_is_wrong() {
    let stack = stack(EXPIRES_AT).await;
    let long = format!(
        r#"{{"action":"shout","id":"{}","text":""}}"#,
        "a".repeat(65)
    );
    for (frame, said) in [
        ("", "EOF"),
        ("[1]", "map"),
        (r#"{"action":"shout","text":"hello"}"#, "no `id`"),
        (
            r#"{"action":"shout","id":7,"text":"hello"}"#,
            "`id` must be",
        ),
        (
            r#"{"action":"shout","id":"","text":"hello"}"#,
            "`id` must be",
        ),
        (&long, "`id` must be"),
        (r#"{"action":"shout","id":"7"}"#, "missing field `text`"),
        (
            r#"{"action":"shout","id":"7","text":1}"#,
            "expected a string",
        ),
        (
            r#"{"action":"shout","id":"7","text":"","to":"bob"}"#,
            "unknown field `to`",
        ),
    ] {
        let answered = stack.frame(frame).await;
        assert_eq!(answered["code"], "bad_frame", "{frame}: {answered}");
        let message = answered["message"].as_str().unwrap();
        assert!(message.contains(said), "{frame}: {message}");
    }
    let mut binary = event(r#"{"action":"shout","id":"7","text":"hello"}"#);
    binary.is_base64_encoded = true;
    let (reply, _) = stack.taken(SHOUT, &binary).await;
    assert_eq!(frame_of(reply)["message"], "a frame must be text");
}

#[tokio::test]
async fn whose_token_has_ended_is_said_goodbye_to_and_gets_no_reply() {
    let stack = stack(NOW_MS / 1000).await;
    let (reply, report) = stack
        .take(SHOUT, r#"{"action":"shout","id":"7","text":"hello"}"#)
        .await;
    assert_eq!(reply.unwrap().body, None);
    assert_eq!(report.outcome, "expired");
    assert_eq!(
        stack.sender.sent_to(ALICE),
        [r#"{"type":"goodbye","reason":"expired","reconnect":true}"#]
    );
    assert_eq!(stack.sender.ended(), [ALICE]);
}

#[tokio::test]
async fn whose_connection_is_gone_must_connect_again() {
    let stack = stack(EXPIRES_AT).await;
    let context = event("").request_context;
    let key = context.authorizer.unwrap().key();
    stack
        .store
        .close(&key, &context.connection_id, NOW_MS)
        .await
        .unwrap();
    let answered = stack
        .frame(r#"{"action":"shout","id":"7","text":"hello"}"#)
        .await;
    assert_eq!(
        (&answered["code"], &answered["fatal"]),
        (&json!("not_connected"), &json!(true))
    );
}

#[tokio::test]
async fn without_the_table_nobody_is_let_through() {
    let stack = stack(EXPIRES_AT).await;
    stack.store.set_unavailable(true);
    let answered = stack
        .frame(r#"{"action":"shout","id":"7","text":"hello"}"#)
        .await;
    assert_eq!(
        (&answered["code"], &answered["retryAfterMs"]),
        (&json!("unavailable"), &json!(1_000))
    );
}

#[tokio::test]
async fn a_reply_that_does_not_fit_into_a_frame_is_refused() {
    let stack = stack(EXPIRES_AT).await;
    let text = "a".repeat(tidegate_core::protocol::MAX_FRAME_BYTES);
    let frame = json!({"action": "shout", "id": "7", "text": text}).to_string();
    assert_eq!(stack.frame(&frame).await["code"], "too_large");
}

#[tokio::test]
async fn a_route_that_is_not_two_way_needs_no_id_and_says_nothing() {
    let stack = stack(EXPIRES_AT).await;
    for (text, outcome) in [("hello", "ok"), ("no", "quiet_please")] {
        let frame = json!({"action": "shout", "text": text}).to_string();
        let (reply, report) = stack.take(ONE_WAY, &frame).await;
        assert_eq!(reply.unwrap().body, None);
        assert_eq!(report.outcome, outcome);
    }
}

#[tokio::test]
async fn a_reply_without_fields_is_an_acknowledgement() {
    let stack = stack(EXPIRES_AT).await;
    let event = event(r#"{"action":"shout","id":"7"}"#);
    let handle = async |_: &Caller, _: serde_json::Map<String, Value>| Ok(());
    let (reply, _) = stack.desk.answer(SHOUT, &event, MOMENT, handle).await;
    assert_eq!(frame_of(reply), json!({"type": "shout", "id": "7"}));
}

#[tokio::test]
async fn a_reply_that_is_no_struct_and_an_event_of_no_socket_fail_the_function() {
    let stack = stack(EXPIRES_AT).await;
    let mut event = event(r#"{"action":"shout","id":"7"}"#);
    let number = async |_: &Caller, _: serde_json::Map<String, Value>| Ok(7);
    let (reply, report) = stack.desk.answer(SHOUT, &event, MOMENT, number).await;
    assert!(reply.unwrap_err().contains("cannot be a frame"));
    assert_eq!(report.outcome, "broken");

    event.request_context.authorizer = None;
    let (reply, _) = stack.desk.answer(SHOUT, &event, MOMENT, number).await;
    assert!(reply.unwrap_err().contains("no authorizer context"));
}

#[tokio::test]
async fn a_flood_is_met_before_anything_is_asked_of_anybody() {
    let stack = stack(EXPIRES_AT).await;
    let frame = r#"{"action":"shout","id":"7","text":"hello"}"#;
    for _ in 0..200 {
        assert_eq!(stack.frame(frame).await["type"], "shout");
    }
    stack.store.set_unavailable(true);
    assert_eq!(
        stack.frame(frame).await,
        json!({"type": "error", "id": "7", "code": "rate_limited", "message": "too much for now: try again after 10 ms",
            "retryAfterMs": 10, "fatal": false})
    );
    let mut other = event(frame);
    other.request_context.connection_id = tidegate_core::connection::ConnectionId::new("other=");
    let (reply, _) = stack.taken(SHOUT, &other).await;
    assert_eq!(
        frame_of(reply)["code"],
        "unavailable",
        "another connection passes the guard"
    );
}
