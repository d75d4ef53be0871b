//! The metrics that functions emit are those that the contract lists, as CloudWatch takes them.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tidegate_authorizer::{Authorizer, Origin};
use tidegate_aws::{Trouble, Units};
use tidegate_contract::metrics::{Dimension, Downstream, Metric, NAMESPACE};
use tidegate_core::memory::{MemoryQueue, MemoryRegistry, MemorySender};
use tidegate_core::namespace::Namespaces;
use tidegate_core::timer::WhenIdle;
use tidegate_lambda::{Invocation, Report};
use tidegate_local_metrics::emf;
use tidegate_message::{Moment, Parts, Service};
use tidegate_test_events::{event, fixture, parsed};
use tidegate_tokens::{JwkSet, KeyCache, KeySource, KeysUnavailable, Verifier};

const NOW_MS: u64 = 1_742_085_982_306;
const STACK: &str = "tidegate/dev";

struct NoKeys;

#[async_trait]
impl KeySource for NoKeys {
    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable> {
        Err(KeysUnavailable {
            url: "https://issuer.test".to_owned(),
            problem: "down".to_owned(),
        })
    }
}

fn namespaces() -> Namespaces {
    let rooms = json!({"room": {"subscribe": "signedIn", "publish": "signedIn"}});
    serde_json::from_value(rooms).unwrap()
}

/// A report of each function, for each way in which its metrics differ.
async fn reports() -> Vec<(&'static str, Report)> {
    let keys = KeyCache::new(Box::new(NoKeys));
    let verifier = Verifier::new("https://issuer.test".to_owned(), "client".to_owned(), keys);
    let authorizer = Authorizer::new(Origin::read("").unwrap(), verifier, namespaces());
    let registry = MemoryRegistry::default();
    let service = Service::new(Parts {
        registry: Box::new(registry.clone()),
        sender: Box::new(MemorySender::default()),
        queue: Box::new(MemoryQueue::default()),
        timer: Box::new(WhenIdle),
        namespaces: namespaces(),
        direct_receivers: 5,
    });
    let fanout = tidegate_fanout::Service {
        registry: Box::new(registry.clone()),
        sender: Box::new(MemorySender::default()),
        queue: Box::new(MemoryQueue::default()),
        dead_letters: Box::new(MemoryQueue::default()),
        timer: Box::new(WhenIdle),
    };
    let batch = tidegate_fanout::Moment {
        now_ms: NOW_MS,
        deadline_ms: NOW_MS + 15_000,
        clock: || NOW_MS,
        jitter: 1.0,
        trace: None,
    };
    let moment = Moment {
        now_ms: NOW_MS,
        deadline_ms: NOW_MS + 15_000,
        jitter: 1.0,
        trace: None,
        new_id: |now_ms| format!("publication-{now_ms}"),
        uptime: || Duration::ZERO,
    };
    let unauthorized = event("authorizer-without-token");
    let connect = event("connect-with-room");
    let disconnect = event("disconnect-1006-connection-lost");
    let mut publish = fixture("message-publish");
    publish["body"] = json!({"action": "publish", "id": "1", "channel": "room:lobby", "data": 1})
        .to_string()
        .into();
    let refused = event("message-default");
    vec![
        (
            "authorizer",
            authorizer.handle(&unauthorized, NOW_MS).await.1,
        ),
        (
            "connect",
            tidegate_connect::handle(&registry, &connect, NOW_MS)
                .await
                .1,
        ),
        ("message", service.handle(&parsed(publish), moment).await.1),
        ("message", service.handle(&refused, moment).await.1),
        (
            "fanout",
            fanout.handle(event("fanout-slice"), batch).await.1,
        ),
        (
            "disconnect",
            tidegate_disconnect::handle(&registry, &disconnect, NOW_MS)
                .await
                .1,
        ),
    ]
}

fn line(report: &Report) -> Value {
    // Whatever a function does, it may have trouble with others.
    let trouble = Trouble {
        failures: 1,
        throttles: 1,
        retries: 1,
        refused: 1,
    };
    let invocation = Invocation {
        stack: STACK,
        request_id: "request-1",
        trace: None,
        problem: None,
        units: Units::default(),
        troubles: [(Downstream::Jwks, trouble)].into(),
        ended_ms: NOW_MS,
    };
    invocation.line(report)
}

fn listed(name: &str) -> Metric {
    let mut all = Metric::ALL.iter().copied();
    let found = all.find(|metric| metric.name() == name);
    found.ok_or(name).unwrap()
}

#[tokio::test]
async fn every_metric_of_the_list_is_emitted_and_no_other() {
    let mut emitted = BTreeSet::new();
    for (function, report) in reports().await {
        let line = line(&report);
        let readings = emf::read(&line.to_string());
        let readings = readings.unwrap_or_else(|error| panic!("{function}: {error}"));
        assert!(!readings.is_empty(), "{function} emits nothing: {line}");
        for reading in readings {
            assert_eq!(reading.metric.namespace, NAMESPACE);
            assert_eq!(reading.at_ms, NOW_MS);
            let metric = listed(&reading.metric.name);
            let dimensions: BTreeSet<&str> = reading
                .metric
                .dimensions
                .keys()
                .map(String::as_str)
                .collect();
            let is_declared = metric.dimensions().iter().any(|set| {
                let names: BTreeSet<&str> = set.iter().map(|one| one.name()).collect();
                names == dimensions
            });
            assert!(is_declared, "{function}: {metric:?} by {dimensions:?}");
            assert_eq!(reading.metric.dimensions[Dimension::Stack.name()], STACK);
            emitted.insert(metric);
        }
    }
    let all: BTreeSet<Metric> = Metric::ALL.iter().copied().collect();
    assert_eq!(emitted, all);
}

#[tokio::test]
async fn units_and_dimensions_are_those_of_the_list() {
    for (function, report) in reports().await {
        let line = line(&report);
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        let mut sets = BTreeMap::new();
        for directive in directives {
            for definition in directive["Metrics"].as_array().unwrap() {
                let metric = listed(definition["Name"].as_str().unwrap());
                assert_eq!(definition["Unit"], metric.unit().name(), "{function}");
                let twice = sets.insert(metric, directive["Dimensions"].clone());
                assert_eq!(twice, None, "{function}: {metric:?} is in two directives");
            }
        }
        if function == "message" {
            assert_eq!(
                sets[&Metric::FrameErrors],
                json!([["Stack"], ["Stack", "Route"]])
            );
            assert_eq!(line[Metric::FrameErrors.name()], 0.0, "zero is a value too");
        }
    }
}

#[tokio::test]
async fn a_handshake_is_counted_once_and_a_thousand_bad_tokens_are_no_failure() {
    let reports = reports().await;
    let told = |function: &str| {
        let (_, report) = reports.iter().find(|(name, _)| *name == function).unwrap();
        let line = line(report);
        ["Connects", "ConnectsRefused", "ConnectsFailed"].map(|name| line[name].as_f64().unwrap())
    };
    assert_eq!(told("authorizer"), [0.0, 1.0, 0.0]);
    assert_eq!(told("connect"), [1.0, 0.0, 0.0]);
}
