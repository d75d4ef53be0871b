//! What the route makes of events in the shape that AWS sends.

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

#[tokio::test]
async fn a_request_is_taken_and_nobody_is_answered() {
    let request = json!({"action": ROUTE, "text": "hello"});
    let (answered, stack) = answered(&request, NOW_MS).await;
    assert_eq!(answered.frame(), Value::Null);
    assert_eq!(answered.report.outcome, "ok");
    assert!(stack.sender.ended().is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_in_the_log_line() {
    for (request, outcome) in [
        (json!({"action": ROUTE, "text": ""}), "empty"),
        (json!({"action": ROUTE, "txt": "hello"}), "bad_frame"),
    ] {
        let (answered, _) = answered(&request, NOW_MS).await;
        assert_eq!(answered.frame(), Value::Null);
        assert_eq!(answered.report.outcome, outcome);
    }
}

#[tokio::test]
async fn whose_token_has_ended_is_said_goodbye_to() {
    let request = json!({"action": ROUTE, "text": "hello"});
    let (answered, stack) = answered(&request, EXPIRES_AT * 1_000).await;
    assert_eq!(answered.report.outcome, "expired");
    assert_eq!(stack.sender.ended().len(), 1);
}
