//! What functions write and what AWS counts of them comes to the local CloudWatch, by the metrics that the program names.

use serde_json::json;
use tidegate_contract::metrics::{Metric, NAMESPACE};
use tidegate_e2e::{Stack, StackOptions, eventually};
use tidegate_local_cloud::alarms::{MetricStatistic, Statistic};
use tidegate_local_cloud::clock::{Clock, SystemClock};
use tidegate_local_runtime::Metrics;

/// What the values of a metric add up to, as of now; none if there are none.
fn sum(metrics: &Metrics, namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Option<f64> {
    let watched = MetricStatistic {
        metric: Metrics::key(namespace, name, dimensions),
        statistic: Statistic::Sum,
    };
    // The minute that runs, and enough before it for any test.
    let at_ms = SystemClock.now_ms() + 60_000;
    let minutes = metrics.values(&watched, at_ms, 60, 10);
    minutes
        .into_iter()
        .flatten()
        .reduce(|one, other| one + other)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publication_is_seen_in_the_metrics_of_its_stack_and_of_its_route() {
    let stack = Stack::start(StackOptions::default()).await;
    let mut alice = stack.client("alice").await;
    let mut bob = stack.client("bob").await;
    bob.join("room:lobby").await;
    let reply = alice
        .request("publish", json!({ "channel": "room:lobby", "data": 1 }))
        .await;
    assert_eq!(reply["type"], "ack", "{reply}");
    bob.receive().await;

    let metrics = stack.runtime().metrics().clone();
    let of_stack = ("Stack", "tidegate/dev");
    let ours = |metric: Metric, dimensions: &[(&str, &str)]| {
        sum(&metrics, NAMESPACE, metric.name(), dimensions)
    };
    // Lines are read beside the frames, and not before them.
    eventually("the metrics of the publication", || async {
        (ours(Metric::Publications, &[of_stack]) == Some(1.0)).then_some(())
    })
    .await;
    let by_route = [of_stack, ("Route", "publish")];
    let by_namespace = [of_stack, ("Namespace", "room")];
    assert_eq!(ours(Metric::Frames, &by_route), Some(1.0));
    assert_eq!(ours(Metric::FrameErrors, &by_route), Some(0.0));
    assert_eq!(ours(Metric::Publications, &by_namespace), Some(1.0));
    assert_eq!(ours(Metric::Deliveries, &[of_stack]), Some(1.0));
    assert_eq!(ours(Metric::Connects, &[of_stack]), Some(2.0));
    assert_eq!(ours(Metric::ConnectsFailed, &[of_stack]), Some(0.0));

    let api = metrics
        .keys()
        .into_iter()
        .find(|key| key.name == "ConnectCount" && key.dimensions.len() == 1);
    let api = api.and_then(|key| key.dimensions.get("ApiId").cloned());
    let api = api.unwrap_or_default();
    let by_api = [("ApiId", api.as_str())];
    assert_eq!(
        sum(&metrics, "AWS/ApiGateway", "ConnectCount", &by_api),
        Some(2.0)
    );
    stack.stop().await;
}
