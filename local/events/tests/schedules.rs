//! Rules that go off by themselves.

mod support;

use std::time::Duration;

use serde_json::json;
use support::served;
use tidegate_test_events::fixture;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_rule_goes_off_each_minute_with_the_event_that_aws_sends() {
    let every_minute = json!({"scheduleExpression": "rate(1 minute)"});
    let served = served(&[("sweep", every_minute, json!({}))]).await;
    assert!(served.bodies().await.is_empty());
    served.clock.advance(MINUTE);
    let events = served.bodies_until(1).await;
    let mut expected = fixture("eventbridge-scheduled");
    expected["id"] = events[0]["id"].clone();
    assert_eq!(events, [expected]);
    assert_eq!(events[0]["id"].as_str().unwrap().len(), 36);
    served.clock.advance(MINUTE);
    let again = served.bodies_until(1).await;
    assert_eq!(again[0]["time"], "2026-09-21T14:15:20Z");
}

#[tokio::test]
async fn each_rule_goes_off_in_its_own_time() {
    // It is 14:13:20.
    let rules = [
        (
            "cron",
            json!({"scheduleExpression": "cron(15 * * * ? *)"}),
            json!({}),
        ),
        (
            "rate",
            json!({"scheduleExpression": "rate(2 minutes)"}),
            json!({}),
        ),
        (
            "off",
            json!({"scheduleExpression": "rate(1 minute)", "state": "DISABLED"}),
            json!({}),
        ),
        (
            "over",
            json!({"scheduleExpression": "cron(0 0 1 1 ? 2020)"}),
            json!({}),
        ),
    ];
    let served = served(&rules).await;
    let mut events = Vec::new();
    for due in [0, 2, 0, 1] {
        served.clock.advance(MINUTE);
        events.extend(served.bodies_until(due).await);
    }
    let mut seen: Vec<_> = events
        .iter()
        .map(|it| it["time"].as_str().unwrap().to_owned())
        .collect();
    seen.sort();
    assert_eq!(
        seen,
        [
            "2026-09-21T14:15:00Z",
            "2026-09-21T14:15:20Z",
            "2026-09-21T14:17:20Z"
        ]
    );
}

#[tokio::test]
async fn a_clock_that_jumps_lets_a_rule_go_off_once() {
    let every_minute = json!({"scheduleExpression": "rate(1 minute)"});
    let served = served(&[("sweep", every_minute, json!({}))]).await;
    served.clock.advance(60 * MINUTE);
    let events = served.bodies_until(1).await;
    assert_eq!(events.len(), 1);
    served.clock.advance(MINUTE);
    assert_eq!(served.bodies_until(1).await.len(), 1);
    assert!(served.bodies().await.is_empty());
}
