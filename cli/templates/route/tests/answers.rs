//! What the route answers to events in the shape that AWS sends.

use serde_json::{Value, json};
use tidegate_lambda::WebSocketEvent;
use tidegate_route::testing::{Answered, Stack};
use tidegate_test_events::parsed;

use tidegate_shout::Route;

const ROUTE: &str = "shout";
const NOW_MS: u64 = 1_742_085_982_773;
/// When the token of whoever sends ends, in epoch seconds.
const EXPIRES_AT: u64 = 1_742_086_882;

/// The event of a frame with this request.
#[expect(clippy::unwrap_used, reason = "a failure here is the test's")]
fn event(request: &Value) -> WebSocketEvent {
    let mut event: Value = serde_json::from_str(include_str!("frame.json")).unwrap();
    event["body"] = json!(request.to_string());
    parsed(event)
}

/// What the route makes of a request, of somebody who is connected.
#[expect(clippy::unwrap_used, reason = "a failure here is the test's")]
async fn answered(request: &Value, now_ms: u64) -> (Answered, Stack<Route>) {
    let stack = Stack::new(Route);
    let event = event(request);
    stack.connect(&event, &[], EXPIRES_AT).await.unwrap();
    (stack.take(&event, now_ms).await, stack)
}

fn request(text: &str) -> Value {
    json!({"action": ROUTE, "id": "4", "text": text})
}

#[tokio::test]
async fn a_text_comes_back_with_its_user_and_time() {
    let (answered, _) = answered(&request("hello"), NOW_MS).await;
    assert_eq!(
        answered.frame(),
        json!({"type": ROUTE, "id": "4", "text": "hello", "user": "alice", "at": NOW_MS})
    );
    assert_eq!(answered.report.outcome, "ok");
}

#[tokio::test]
async fn a_text_must_have_something_in_it_and_not_too_much() {
    for (text, code) in [("", "empty"), (&*"a".repeat(1_001), "too_long")] {
        let (answered, _) = answered(&request(text), NOW_MS).await;
        let frame = answered.frame();
        assert_eq!(
            (&frame["type"], &frame["id"]),
            (&json!("error"), &json!("4"))
        );
        assert_eq!(
            (&frame["code"], &frame["fatal"]),
            (&json!(code), &json!(false))
        );
        assert_eq!(answered.report.outcome, code);
    }
}

#[tokio::test]
async fn a_field_that_there_is_not_is_refused_and_so_is_a_request_without_text() {
    for (request, named) in [
        (json!({"action": ROUTE, "id": "4"}), "text"),
        (
            json!({"action": ROUTE, "id": "4", "text": "a", "to": "b"}),
            "to",
        ),
    ] {
        let (answered, _) = answered(&request, NOW_MS).await;
        let frame = answered.frame();
        assert_eq!(frame["code"], "bad_frame");
        assert!(frame["message"].to_string().contains(named), "{frame}");
    }
}

#[tokio::test]
async fn whose_token_has_ended_is_said_goodbye_to() {
    let (answered, stack) = answered(&request("hello"), EXPIRES_AT * 1_000).await;
    assert_eq!(answered.frame(), Value::Null);
    assert_eq!(answered.report.outcome, "expired");
    assert_eq!(stack.sender.ended().len(), 1);
}

#[tokio::test]
async fn who_is_not_connected_must_connect_again() {
    let stack = Stack::new(Route);
    let answered = stack.take(&event(&request("hello")), NOW_MS).await;
    assert_eq!(answered.frame()["code"], "not_connected");
}
