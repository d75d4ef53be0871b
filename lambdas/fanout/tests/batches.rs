//! What the function makes of a batch.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use serde_json::{Value, json};
use tidegate_contract::metrics::Metric;
use tidegate_core::broker::Rules;
use tidegate_core::connection::Endpoint;
use tidegate_core::fanout::Missed;
use tidegate_core::memory::MemoryQueue;
use tidegate_core::sender::SendError;
use tidegate_fanout::Service;
use tidegate_lambda::{Moment, Report};
use tidegate_test_backend::{ALICE, World};
use tidegate_test_events::{fixture, parsed};

const NOW_MS: u64 = 1_742_085_983_000;
const FIRST: &str = "059f36b4-87a3-44ab-83d2-661975830a7d";

/// The function, and what it stands on.
struct Worked {
    world: World,
    dead: MemoryQueue,
}

impl Default for Worked {
    fn default() -> Self {
        let world = World::new(Rules::default());
        world.set_now_ms(NOW_MS);
        Self {
            world,
            dead: MemoryQueue::default(),
        }
    }
}

impl Worked {
    async fn handle(&self, event: Value) -> (Value, Report) {
        let service = Service {
            backend: self.world.backend(),
            dead_letters: Box::new(self.dead.clone()),
        };
        let moment = Moment {
            clock: &|| NOW_MS + 27,
            ..self.world.moment()
        };
        let (response, report) = service.handle(parsed(event), moment).await;
        (serde_json::to_value(response.unwrap()).unwrap(), report)
    }
}

fn nothing_again() -> Value {
    json!({"batchItemFailures": []})
}

#[tokio::test]
async fn a_slice_reaches_each_of_its_receivers() {
    let function = Worked::default();
    let (response, report) = function.handle(fixture("fanout-slice")).await;
    assert_eq!(response, nothing_again());
    for connection in [ALICE, "bob="] {
        let sent = function.world.sender.sent_to(connection);
        assert_eq!(sent.len(), 1);
        assert!(sent[0].contains(r#""text":"hello""#), "{sent:?}");
        assert_eq!(
            function.world.sender.endpoints_of(connection),
            [Endpoint::new("abcdef1234")].into()
        );
    }
    assert_eq!((&*report.route, report.outcome), ("fanout", "ok"));
    assert_eq!(
        report.counts,
        [
            ("sent", 2),
            ("gone", 0),
            ("expired", 0),
            ("queued", 0),
            ("dead", 0),
            ("failed", 0),
        ]
    );
    assert_eq!(
        report.metrics,
        [
            (Metric::Deliveries, 2.0),
            (Metric::DeliveriesGone, 0.0),
            (Metric::DeliveriesQueued, 0.0),
            (Metric::DeliveriesFailed, 0.0),
            (Metric::DeliveryLatency, 254.0),
        ]
    );
}

#[tokio::test]
async fn what_is_no_slice_comes_again_until_it_ends_in_the_dead_letter_queue() {
    let function = Worked::default();
    let (response, report) = function
        .handle(fixture("fanout-with-unreadable-messages"))
        .await;
    let again = json!([
        {"itemIdentifier": "2e1424d4-f796-459a-8184-9c92662be6da"},
        {"itemIdentifier": "b5a6c1de-0f0e-4a55-9d05-6f8f4dbf1a11"}
    ]);
    assert_eq!(response, json!({"batchItemFailures": again}));
    assert_eq!(report.outcome, "bad_message");
    assert_eq!(
        function.world.sender.sent_to("bob=").len(),
        1,
        "the others are not held up"
    );
}

#[tokio::test]
async fn a_slice_of_another_commit_is_not_taken_for_ours() {
    let function = Worked::default();
    let mut event = fixture("fanout-slice");
    let body = event["Records"][0]["body"].as_str().unwrap();
    event["Records"][0]["body"] = json!(body.replace(r#""version":1"#, r#""version":7"#));
    let (response, _) = function.handle(event).await;
    assert_eq!(
        response,
        json!({"batchItemFailures": [{"itemIdentifier": FIRST}]})
    );
    assert!(function.world.sender.sent_to("bob=").is_empty());
}

#[tokio::test]
async fn who_is_throttled_waits_for_a_slice_of_its_own_in_the_same_trace() {
    let function = Worked::default();
    function
        .world
        .sender
        .refuse("bob=", || SendError::Throttled);
    let (response, report) = function.handle(fixture("fanout-slice")).await;
    assert_eq!(response, nothing_again());
    assert!(report.counts.contains(&("queued", 1)));
    let queued = function.world.queue.take();
    assert_eq!(queued.len(), 1);
    let again = &queued[0];
    assert_eq!((again.slice.attempt, again.delay_s), (1, 2));
    assert_eq!(again.slice.receivers[0].connection.as_str(), "bob=");
    assert!(again.trace.as_deref().unwrap().starts_with("Root=1-67d5"));
}

#[tokio::test]
async fn a_rest_that_cannot_be_handed_on_makes_its_slice_come_again() {
    let function = Worked::default();
    function
        .world
        .sender
        .refuse("bob=", || SendError::Throttled);
    function.world.queue.set_unavailable(true);
    let (response, report) = function.handle(fixture("fanout-slice")).await;
    assert_eq!(
        response,
        json!({"batchItemFailures": [{"itemIdentifier": FIRST}]})
    );
    assert_eq!(report.outcome, "not_handed_on");
}

#[tokio::test]
async fn who_could_not_be_reached_as_often_as_it_is_tried_is_put_aside_with_the_reason() {
    let function = Worked::default();
    function
        .world
        .sender
        .refuse("bob=", || SendError::Throttled);
    let mut event = fixture("fanout-slice");
    let body = event["Records"][0]["body"].as_str().unwrap();
    event["Records"][0]["body"] = json!(body.replace(r#""attempt":0"#, r#""attempt":3"#));
    let (response, report) = function.handle(event.clone()).await;
    assert_eq!(response, nothing_again());
    assert!(report.counts.contains(&("dead", 1)), "{report:?}");
    assert!(report.metrics.contains(&(Metric::DeliveriesFailed, 1.0)));
    assert!(function.world.queue.take().is_empty());
    let dead = function.dead.take();
    assert_eq!(dead.len(), 1);
    let slice = &dead[0].slice;
    assert_eq!(slice.receivers.len(), 1);
    assert_eq!(slice.receivers[0].connection.as_str(), "bob=");
    let given_up = slice.given_up.unwrap();
    assert_eq!((given_up.why, given_up.attempts), (Missed::Throttled, 4));

    function.dead.set_unavailable(true);
    let (response, report) = function.handle(event).await;
    assert_eq!(
        response,
        json!({"batchItemFailures": [{"itemIdentifier": FIRST}]})
    );
    assert_eq!(report.outcome, "not_handed_on");
}

#[tokio::test]
async fn who_is_gone_is_removed_in_the_same_pass() {
    let function = Worked::default();
    function.world.set_now_ms(5);
    function.world.open_in("bob", "bob=", "room:lobby").await;
    function.world.set_now_ms(NOW_MS);
    function.world.sender.refuse("bob=", || SendError::Gone);
    let mut event = fixture("fanout-slice");
    let body = event["Records"][0]["body"].as_str().unwrap();
    let long_ago = body.replace(r#""sinceMs":1742085982306"#, r#""sinceMs":5"#);
    event["Records"][0]["body"] = json!(long_ago);
    let (_, report) = function.handle(event).await;
    assert!(report.counts.contains(&("gone", 1)));
    assert!(function.world.receivers("room:lobby").await.is_empty());
}

#[tokio::test]
async fn an_empty_batch_is_done() {
    let (response, report) = Worked::default().handle(json!({"Records": []})).await;
    assert_eq!(response, nothing_again());
    assert_eq!(report.outcome, "ok");
}

#[tokio::test]
async fn nothing_of_a_message_is_shown() {
    let event: tidegate_lambda::SqsEvent = parsed(fixture("fanout-with-unreadable-messages"));
    let shown = format!("{event:?}");
    assert!(
        !shown.contains("hello") && !shown.contains("not a slice"),
        "{shown}"
    );
    assert!(shown.contains(FIRST));
}
