//! The metrics that functions emit are those that the contract lists, as CloudWatch takes them.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tidegate_access::AccessControl;
use tidegate_authorizer::{Authorizer, Origin};
use tidegate_aws::{Trouble, Units};
use tidegate_contract::metrics::{Dimension, Downstream, Metric, NAMESPACE};
use tidegate_core::broker::{Notice, Rules};
use tidegate_core::memory::MemoryQueue;
use tidegate_core::namespace::Namespaces;
use tidegate_lambda::{Invocation, Report};
use tidegate_local_metrics::emf;
use tidegate_message::Service;
use tidegate_test_backend::{Keys, NOW_MS, World, channel, key};
use tidegate_test_events::{event, fixture, parsed};

const STACK: &str = "tidegate/dev";

fn namespaces() -> Namespaces {
    let open = json!({
        "room": {"subscribe": "signedIn", "publish": "signedIn"},
        "chat": {"subscribe": "signedIn", "publish": "signedIn", "presence": "full",
            "history": {"size": 10, "ageSeconds": 60}},
        "slow": {"subscribe": "signedIn", "publish": "signedIn", "rate": {"count": 1}},
    });
    serde_json::from_value(open).unwrap()
}

fn frame(action: &str, rest: Value) -> Value {
    let mut frame = rest;
    frame["action"] = json!(action);
    frame["id"] = json!("1");
    let mut event = fixture("message-default");
    event["requestContext"]["routeKey"] = json!(action);
    event["body"] = json!(frame.to_string());
    event
}

/// A report of each function, for each way in which its metrics differ.
async fn reports() -> Vec<(&'static str, Report)> {
    let world = World::new(Rules {
        namespaces: namespaces(),
        ..Rules::default()
    });
    let access = AccessControl::new(Keys(None).verifier(), namespaces());
    let tickets = Box::new(world.store.clone());
    let authorizer = Authorizer::new(Origin::read("").unwrap(), access, tickets);
    let unauthorized = event("authorizer-without-token");
    let refused = authorizer.handle(&unauthorized, NOW_MS).await.1;
    let mut reports = vec![("authorizer", refused)];

    let backend = world.backend();
    let connect = event("connect-with-room");
    let (_, report) = tidegate_connect::handle(&backend, &connect, world.moment()).await;
    reports.push(("connect", report));

    let service = Service::new(world.backend(), Keys(None).verifier());
    let nothing = json!({"epoch": 0, "offset": NOW_MS});
    let slow = || frame("publish", json!({"channel": "slow:a", "data": 1}));
    let mut frames = vec![
        frame("publish", json!({"channel": "room:lobby", "data": 1})),
        frame("subscribe", json!({"channel": "chat:a", "since": nothing})),
        frame("publish", json!({"channel": "chat:a", "data": 1})),
    ];
    // One passes; the others are refused until it is put out.
    frames.extend((0..=50).map(|_| slow()));
    frames.push(fixture("message-default"));
    world.watched.race_once();
    for frame in frames {
        let (_, report) = service.handle(&parsed(frame), world.moment()).await;
        reports.push(("message", report));
    }

    let fanout = tidegate_fanout::Service {
        backend: world.backend(),
        dead_letters: Box::new(MemoryQueue::default()),
    };
    let joined = Notice::Joined {
        channel: channel("chat:a"),
        key: key("bob", "bob"),
        at_ms: NOW_MS,
    };
    let mut notice = fixture("fanout-slice");
    notice["Records"][0]["body"] = json!(joined.body().unwrap());
    for batch in [fixture("fanout-slice"), notice] {
        let (_, report) = fanout.handle(parsed(batch), world.moment()).await;
        reports.push(("fanout", report));
    }

    let disconnect = event("disconnect-1006-connection-lost");
    let (_, report) = tidegate_disconnect::handle(&backend, &disconnect, world.moment()).await;
    reports.push(("disconnect", report));
    reports
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
    serde_json::from_str(&invocation.line(report)).unwrap()
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
        if report.route == "publish" && report.outcome == "ok" {
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
