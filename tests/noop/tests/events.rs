//! Rules of EventBridge and real functions: what they are invoked with, and how often where they fail.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use support::{Bench, bench, bounded, spec, until};
use tidegate_local_cloud::clock::{Clock, SharedClock, VirtualClock};
use tidegate_local_cloud::events::{EventPattern, Schedule, TargetInput};
use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::system::{EventDestination, EventRule, EventTarget};
use tidegate_local_events::{Events, EventsOptions, NewEvent};
use tidegate_local_functions::FunctionSpec;
use tidegate_local_metrics::Metrics;
use tidegate_local_queues::{Queues, QueuesOptions};
use tidegate_test_events::fixture;
use tokio_util::sync::CancellationToken;

const ACCOUNT: &str = "000000000000";
const REGION: &str = "eu-central-1";

struct World {
    bench: Bench,
    clock: VirtualClock,
    events: Events,
    stop: CancellationToken,
}

/// A rule named `sweep` that goes off by this schedule and for everything of `shop`, and invokes a function that does what
/// `body` says.
async fn world(body: &str, schedule: Option<&str>) -> World {
    let clock = VirtualClock::at(1_790_000_000_000);
    let shared: SharedClock = Arc::new(clock.clone());
    let bench = bench(FunctionSpec {
        environment: BTreeMap::from([("MISBEHAVE_BODY".to_owned(), body.to_owned())]),
        ..spec()
    });
    let target = EventTarget {
        id: "function".to_owned(),
        destination: EventDestination::Function {
            name: "misbehave".to_owned(),
            target: "misbehave".to_owned(),
        },
        input: TargetInput::event(),
        dead_letter_queue: None,
    };
    let rule = EventRule {
        name: "sweep".to_owned(),
        arn: format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/sweep"),
        pattern: Some(EventPattern::parse(r#"{"source": ["shop"]}"#).unwrap()),
        schedule: schedule.map(|it| Schedule::parse(it).unwrap()),
        enabled: true,
        targets: vec![target],
    };
    let queues = Queues::new(
        [],
        QueuesOptions {
            clock: Arc::clone(&shared),
            limits: Limits::default(),
            faults: Faults::none(),
            access_key_id: "key".to_owned(),
            url: "http://127.0.0.1:1".to_owned(),
            account: ACCOUNT.to_owned(),
            seed: 7,
        },
    );
    let options = EventsOptions {
        functions: BTreeMap::from([("misbehave".to_owned(), bench.function.clone())]),
        queues,
        clock: Arc::clone(&shared),
        limits: Limits::default(),
        metrics: Metrics::new(shared),
        access_key_id: "key".to_owned(),
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        seed: 7,
    };
    let events = Events::new([rule], options);
    let stop = CancellationToken::new();
    tokio::spawn(events.clone().run_schedules(stop.clone()));
    World {
        bench,
        clock,
        events,
        stop,
    }
}

impl World {
    fn sell(&self) {
        self.events.say(NewEvent {
            source: "shop".to_owned(),
            detail_type: "Order Sold".to_owned(),
            detail: Map::from_iter([("order".to_owned(), json!(7))]),
            resources: Vec::new(),
            at_s: None,
        });
    }

    /// The events that the function wrote out.
    fn handled(&self) -> Vec<Value> {
        let lines = self.bench.lines.all();
        let events = lines
            .iter()
            .filter_map(|line| serde_json::from_str(&line.text).ok());
        events.filter(Value::is_object).collect()
    }

    async fn end(self) {
        self.stop.cancel();
        bounded(self.events.finish()).await;
        bounded(self.bench.pool.shutdown()).await;
    }
}

#[tokio::test]
async fn a_schedule_invokes_a_function_with_the_event_that_aws_sends() {
    let world = world("event", Some("rate(1 minute)")).await;
    world.clock.advance(Duration::from_secs(60));
    until("the function is invoked", || world.handled().len() == 1).await;
    let handled = world.handled();
    let mut expected = fixture("eventbridge-scheduled");
    expected["id"] = handled[0]["id"].clone();
    assert_eq!(handled, [expected]);
    world.sell();
    until("it is invoked again", || world.handled().len() == 2).await;
    assert_eq!(world.handled()[1]["detail"], json!({"order": 7}));
    world.end().await;
}

#[tokio::test]
async fn an_event_that_a_function_fails_at_comes_three_times_and_no_more() {
    let world = world("error:Failed:told to fail", None).await;
    world.sell();
    let errors = || world.bench.function.stats().errors;
    until("it fails", || errors() == 1).await;
    let began_ms = world.clock.now_ms();
    for (number, after_ms) in [(2, 60_000), (3, 180_000)] {
        until("it fails again", || {
            world.clock.advance(Duration::from_secs(1));
            errors() == number
        })
        .await;
        assert!(world.clock.now_ms() - began_ms >= after_ms);
    }
    for _minute in 0..10 {
        world.clock.advance(Duration::from_secs(60));
        tokio::task::yield_now().await;
    }
    bounded(world.events.finish()).await;
    assert_eq!(errors(), 3);
    world.end().await;
}
