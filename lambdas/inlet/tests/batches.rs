//! The inlet as a function of its batches, over the ports in memory.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tidegate_contract::metrics::Metric;
use tidegate_core::broker::Rules;
use tidegate_core::connection::{ConnectionId, Endpoint, NewConnection, SessionKey};
use tidegate_core::history;
use tidegate_core::memory::{MemoryQueue, MemorySender, MemoryStore};
use tidegate_core::namespace::HistoryRules;
use tidegate_core::protocol::Bound;
use tidegate_core::rights::Rights;
use tidegate_core::store::Revocations;
use tidegate_core::timer::WhenIdle;
use tidegate_inlet::handle;
use tidegate_lambda::{Backend, Moment, Report};
use tidegate_test_events::{fixture, parsed};

const NOW_MS: u64 = 1_742_085_982_306;
/// When the user of the fixture was signed out: eighty seconds ago.
const SIGNED_OUT_S: u64 = 1_742_085_902;
const RULES: HistoryRules = HistoryRules {
    size: 100,
    age_seconds: 600,
};
const FIRST: &str = "059f36b4-87a3-44ab-83d2-661975830001";

struct Stack {
    store: MemoryStore,
    sender: MemorySender,
    backend: Backend,
}

fn stack() -> Stack {
    let (store, sender) = (MemoryStore::default(), MemorySender::default());
    let namespaces = json!({
        "room": {"subscribe": "signedIn", "publish": "server", "history": RULES},
    });
    let backend = Backend {
        store: Box::new(store.clone()),
        sender: Box::new(sender.clone()),
        queue: Box::new(MemoryQueue::default()),
        timer: Box::new(WhenIdle),
        rules: Rules {
            namespaces: serde_json::from_value(namespaces).unwrap(),
            ..Rules::default()
        },
    };
    Stack {
        store,
        sender,
        backend,
    }
}

fn new_id(_now_ms: u64) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("p{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

const fn moment() -> Moment<'static> {
    Moment {
        now_ms: NOW_MS,
        deadline_ms: NOW_MS + 10_000,
        jitter: 0.5,
        trace: None,
        new_id: &new_id,
        uptime: &|| Duration::ZERO,
        clock: &|| NOW_MS,
    }
}

impl Stack {
    async fn connect(&self, session: &str, connection: &str, issued_at: u64) {
        let new = NewConnection {
            key: SessionKey {
                user: "alice".to_owned(),
                session: session.to_owned(),
            },
            connection: ConnectionId::new(connection),
            endpoint: Endpoint::new("abcdef1234"),
            rights: Rights {
                user: "alice".to_owned(),
                groups: [].into(),
                issued_at,
                expires_at: NOW_MS / 1_000 + 900,
            },
            joins: None,
        };
        let broker = self.backend.broker(&moment()).to_owned();
        broker.connect(&new).await.unwrap();
    }

    /// The messages that come again, and the report.
    async fn hand(&self, batch: Value, moment: Moment<'_>) -> (Vec<String>, Report) {
        let (answer, report) = handle(&self.backend, parsed(batch), moment).await;
        let again = answer.unwrap().batch_item_failures.into_iter();
        (
            again.map(|failure| failure.item_identifier).collect(),
            report,
        )
    }

    /// What was published in the lobby, oldest first.
    async fn published(&self) -> Vec<Value> {
        let channel = "room:lobby".parse().unwrap();
        let page = history::page(
            &self.store,
            &channel,
            &RULES,
            Bound::Newest,
            100,
            100_000,
            NOW_MS,
        );
        let publications = page.await.unwrap().publications.into_iter().rev();
        publications
            .map(|it| serde_json::from_str(it.data.get()).unwrap())
            .collect()
    }
}

/// A batch of one message.
fn message(body: &str) -> Value {
    let mut batch = fixture("inlet-batch");
    let record = batch["Records"][0].take();
    batch["Records"] = json!([record]);
    batch["Records"][0]["body"] = json!(body);
    batch
}

/// The event of CloudTrail in the fixture, with something of its detail changed.
fn call(change: impl FnOnce(&mut Value)) -> Value {
    let batch = fixture("inlet-batch");
    let text = batch["Records"][2]["body"].as_str().unwrap();
    let mut event: Value = serde_json::from_str(text).unwrap();
    change(&mut event);
    message(&event.to_string())
}

#[tokio::test]
async fn publications_events_and_revocations_are_done() {
    let stack = stack();
    let (again, report) = stack.hand(fixture("inlet-batch"), moment()).await;
    assert_eq!(again, Vec::<String>::new());
    assert_eq!(
        stack.published().await,
        [json!({"text": "hi"}), json!({"order": 7})]
    );
    let revoked = stack.store.revoked_before("alice").await.unwrap();
    assert_eq!(revoked, Some(SIGNED_OUT_S + 1));
    assert_eq!((&*report.route, report.outcome), ("inlet", "ok"));
    assert_eq!(report.namespace.as_deref(), Some("room"));
    assert!(report.metrics.contains(&(Metric::Publications, 2.0)));
    assert!(report.counts.contains(&("revoked", 1)));
}

#[tokio::test]
async fn a_message_that_comes_again_is_no_second_publication() {
    let stack = stack();
    stack.hand(fixture("inlet-batch"), moment()).await;
    let (again, report) = stack.hand(fixture("inlet-batch"), moment()).await;
    assert!(again.is_empty());
    assert_eq!(stack.published().await.len(), 2);
    assert!(report.metrics.contains(&(Metric::Publications, 0.0)));
    // An event is known by its own id, in whichever message it comes.
    let mut elsewhere = fixture("inlet-batch");
    elsewhere["Records"][1]["messageId"] = json!("another");
    stack.hand(elsewhere, moment()).await;
    assert_eq!(stack.published().await.len(), 2);
}

#[tokio::test]
async fn a_key_of_its_own_goes_before_the_id_of_the_message() {
    let stack = stack();
    let keyed = r#"{"channel": "room:lobby", "data": 1, "key": "order-1"}"#;
    let mut batch = message(keyed);
    stack.hand(batch.clone(), moment()).await;
    batch["Records"][0]["messageId"] = json!("another");
    stack.hand(batch, moment()).await;
    assert_eq!(stack.published().await, [json!(1)]);
}

#[tokio::test]
async fn what_can_never_be_published_comes_again_until_sqs_puts_it_aside_and_keeps_nothing_back() {
    let long = json!({"channel": "room:lobby", "data": "x".repeat(40_000)}).to_string();
    let cases = [
        ("hello", "bad_message"),
        ("[]", "bad_message"),
        (r#"{"channel": "lobby", "data": 1}"#, "bad_message"),
        (r#"{"channel": "room:lobby"}"#, "bad_message"),
        (
            r#"{"channel": "room:lobby", "data": 1, "key": "a b"}"#,
            "bad_message",
        ),
        (
            r#"{"detail-type": "Order Sold", "source": "shop"}"#,
            "bad_message",
        ),
        (
            r#"{"detail-type": "Order Sold", "source": "shop", "detail": 7}"#,
            "bad_message",
        ),
        (
            r#"{"channel": "nowhere:lobby", "data": 1}"#,
            "unknown_channel",
        ),
        (&long, "too_large"),
    ];
    for (body, outcome) in cases {
        let stack = stack();
        let mut batch = fixture("inlet-batch");
        batch["Records"][0]["body"] = json!(body);
        let (again, report) = stack.hand(batch, moment()).await;
        assert_eq!(
            (again, report.outcome),
            (vec![FIRST.to_owned()], outcome),
            "{body}"
        );
        assert_eq!(stack.published().await, [json!({"order": 7})]);
    }
    let mut empty = message("");
    empty["Records"][0]["body"] = Value::Null;
    assert_eq!(stack().hand(empty, moment()).await.0, [FIRST]);
}

#[tokio::test]
async fn while_the_database_is_down_or_time_is_up_all_comes_again() {
    let stack = stack();
    stack.store.set_unavailable(true);
    let (again, report) = stack.hand(fixture("inlet-batch"), moment()).await;
    assert_eq!((again.len(), report.outcome), (3, "unavailable"));
    stack.store.set_unavailable(false);
    let late = Moment {
        clock: &|| NOW_MS + 10_000,
        ..moment()
    };
    let (again, report) = stack.hand(fixture("inlet-batch"), late).await;
    assert_eq!((again.len(), report.outcome), (3, "no_time"));
    assert_eq!(
        stack.hand(fixture("inlet-batch"), moment()).await.0.len(),
        0
    );
    assert_eq!(stack.published().await.len(), 2);
}

#[tokio::test]
async fn a_call_to_cognito_revokes_only_where_it_went_well_and_tells_whom() {
    let stack = stack();
    let revoked = async || stack.store.revoked_before("alice").await.unwrap().is_some();
    let refused = call(|event| event["detail"]["errorCode"] = json!("UserNotFoundException"));
    assert!(stack.hand(refused, moment()).await.0.is_empty());
    for change in [
        (|event| event["detail"]["additionalEventData"] = Value::Null) as fn(&mut Value),
        |event| event["detail"]["eventTime"] = Value::Null,
        |event| event["detail"]["eventTime"] = json!("yesterday"),
        |event| event["detail"]["eventTime"] = json!("2025-03-16 00:45"),
        |event| event["detail"]["eventTime"] = json!("1925-03-16T00:45:02Z"),
        |event| event["detail"]["eventName"] = json!("AdminGetUser"),
        |event| event["detail"]["eventSource"] = json!("iam.amazonaws.com"),
        |event| event["detail-type"] = json!("AWS Console Sign In via CloudTrail"),
    ] {
        let (again, report) = stack.hand(call(change), moment()).await;
        assert_eq!((again.len(), report.outcome), (1, "bad_message"));
    }
    // Whoever may put events on a bus cannot name this source, and so revokes nobody.
    let forged = call(|event| event["source"] = json!("shop"));
    assert_eq!(stack.hand(forged, moment()).await.0.len(), 1);
    assert!(!revoked().await);
    let fine = call(|event| event["detail"]["errorCode"] = json!(""));
    assert!(stack.hand(fine, moment()).await.0.is_empty());
    assert!(revoked().await);
}

#[tokio::test]
async fn who_has_signed_in_since_the_call_stays_however_often_it_is_told_of() {
    let stack = stack();
    stack.connect("old", "old=", SIGNED_OUT_S - 60).await;
    stack.connect("new", "new=", SIGNED_OUT_S + 60).await;
    for put_out in [1.0, 0.0] {
        let (again, report) = stack.hand(call(|_| ()), moment()).await;
        assert!(again.is_empty());
        assert!(report.metrics.contains(&(Metric::PutOut, put_out)));
        assert_eq!(stack.sender.ended(), ["old="]);
        let before = stack.store.revoked_before("alice").await.unwrap();
        assert_eq!(before, Some(SIGNED_OUT_S + 1));
    }
    // An earlier call that is told of later takes nothing back.
    let earlier = call(|event| event["detail"]["eventTime"] = json!("2025-03-16T00:15:02Z"));
    stack.hand(earlier, moment()).await;
    let before = stack.store.revoked_before("alice").await.unwrap();
    assert_eq!(before, Some(SIGNED_OUT_S + 1));
}

#[tokio::test]
async fn a_call_of_the_future_revokes_what_was_issued_until_now() {
    let stack = stack();
    let ahead = call(|event| event["detail"]["eventTime"] = json!("2035-03-16T00:45:02Z"));
    stack.hand(ahead, moment()).await;
    let before = stack.store.revoked_before("alice").await.unwrap();
    assert_eq!(before, Some(NOW_MS / 1_000 + 1));
}
