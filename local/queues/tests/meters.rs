//! What queues say of themselves once a minute.

mod support;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use support::{NOW_MS, served};
use tidegate_local_cloud::alarms::{MetricStatistic, Statistic};
use tidegate_local_metrics::Metrics;
use tokio_util::sync::CancellationToken;

const MINUTE: Duration = Duration::from_secs(60);

/// The last whole minute's value of a metric.
fn last(metrics: &Metrics, queue: &str, name: &str, now_ms: u64) -> Option<f64> {
    let statistic = MetricStatistic {
        metric: Metrics::key("AWS/SQS", name, &[("QueueName", queue)]),
        statistic: Statistic::Maximum,
    };
    metrics.values(&statistic, now_ms, 60, 1)[0]
}

#[tokio::test]
async fn a_queue_says_once_a_minute_how_much_waits_in_it_and_for_how_long() {
    let served = served().await;
    let metrics = Metrics::new(Arc::new(served.clock.clone()));
    let stop = CancellationToken::new();
    let metering = served.queues.clone().meter(metrics.clone(), stop.clone());
    let metering = tokio::spawn(metering);
    // It has to be waiting before the time goes on: there is one thread, and it waits before it is this one's turn again.
    tokio::task::yield_now().await;
    let mut now_ms = NOW_MS;
    let mut minute = async || {
        served.clock.advance(MINUTE);
        now_ms += 60_000;
        // The value that there is next is that of the minute which has begun.
        let begun = now_ms + 60_000;
        let measured = async {
            while last(
                &metrics,
                "dead",
                "ApproximateNumberOfMessagesVisible",
                begun,
            )
            .is_none()
            {
                tokio::task::yield_now().await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(10), measured).await;
        in_time.expect("nothing is said of the queue `dead`");
        let of = |queue, name| last(&metrics, queue, name, begun);
        [
            of("work", "ApproximateAgeOfOldestMessage"),
            of("work", "ApproximateNumberOfMessagesVisible"),
            of("work", "ApproximateNumberOfMessagesNotVisible"),
            of("work", "ApproximateNumberOfMessagesDelayed"),
            of("dead", "ApproximateNumberOfMessagesVisible"),
        ]
        .map(Option::unwrap)
    };

    assert_eq!(minute().await, [0.0; 5]);
    for delay in [0, 900] {
        let message = json!({"MessageBody": "hello", "DelaySeconds": delay});
        assert_eq!(served.work("SendMessage", message).await.status, 200);
    }
    assert_eq!(minute().await, [60.0, 1.0, 0.0, 1.0, 0.0]);
    assert_eq!(served.receive("work").await.len(), 1);
    let long = json!({"VisibilityTimeout": 120});
    assert_eq!(minute().await, [120.0, 1.0, 0.0, 1.0, 0.0]);
    assert_eq!(served.work("ReceiveMessage", long).await.status, 200);
    assert_eq!(minute().await, [180.0, 0.0, 1.0, 1.0, 0.0]);
    // The third time it is put aside; the one that is held back is the oldest that is left.
    minute().await;
    assert!(served.receive("work").await.is_empty());
    assert_eq!(minute().await, [300.0, 0.0, 0.0, 1.0, 1.0]);

    stop.cancel();
    metering.await.unwrap();
}
