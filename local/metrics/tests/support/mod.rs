//! What the tests share: a stack of alarms, its metrics, and a clock that stands until it is moved.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(
    clippy::unwrap_used,
    reason = "only tests call this, and a failure here is theirs"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use serde_json::{Value, json};
use tidegate_local_cloud::alarms::{AlarmState, Alarms};
use tidegate_local_cloud::clock::Clock;
use tidegate_local_cloud::system::System;
use tidegate_local_cloud::{Cloud, Created, Endpoints, NewResource, Refusal};
use tidegate_local_metrics::{Evaluator, Metrics, StateChange};

/// A minute that begins with itself.
const START_MS: u64 = 1_742_085_960_000;

#[derive(Debug)]
struct VirtualClock(AtomicU64);

#[async_trait]
impl Clock for VirtualClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    async fn sleep_until(&self, at_ms: u64) {
        self.0.fetch_max(at_ms, Ordering::Relaxed);
    }
}

pub(crate) struct Stack {
    clock: Arc<VirtualClock>,
    pub(crate) metrics: Metrics,
    cloud: Cloud,
    evaluator: Evaluator,
}

/// An alarm over the errors of frames, with these inputs besides.
pub(crate) fn metric_alarm(inputs: &Value) -> Value {
    let mut alarm = json!({
        "name": "alarm", "namespace": "Tidegate", "metricName": "FrameErrors", "period": 60,
        "dimensions": {"Stack": "tidegate/dev"},
    });
    for (name, value) in inputs.as_object().unwrap() {
        alarm[name] = value.clone();
    }
    alarm
}

pub(crate) fn cloud() -> Cloud {
    Cloud::new(Endpoints {
        region: "eu-central-1".to_owned(),
        account: "000000000000".to_owned(),
        http_apis: Vec::new(),
        distributions: Vec::new(),
        queues: "http://127.0.0.1:4003".to_owned(),
        websocket_apis: vec!["ws://127.0.0.1:4000".to_owned()],
        identity: "127.0.0.1:4001".to_owned(),
        program_directory: ".".into(),
    })
}

pub(crate) fn create(
    cloud: &mut Cloud,
    type_token: &str,
    inputs: &Value,
) -> Result<Created, Refusal> {
    let inputs = inputs.as_object().unwrap();
    let inputs = inputs.iter().filter(|(_, value)| !value.is_null());
    let inputs = inputs.map(|(name, value)| (name.clone(), value.clone()));
    cloud.create(&NewResource {
        urn: "urn:pulumi:dev::tidegate::type::name",
        type_token,
        name: "name",
        inputs: &inputs.collect(),
    })
}

impl Stack {
    /// A stack with one metric alarm.
    pub(crate) fn with(alarm: &Value) -> Self {
        let clock = Arc::new(VirtualClock(AtomicU64::new(START_MS)));
        let metrics = Metrics::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let mut stack = Self {
            evaluator: Evaluator::new(Alarms::default(), metrics.clone(), START_MS),
            clock,
            metrics,
            cloud: cloud(),
        };
        stack.register("aws:cloudwatch/metricAlarm:MetricAlarm", alarm);
        stack
    }

    pub(crate) fn register(&mut self, type_token: &str, inputs: &Value) {
        create(&mut self.cloud, type_token, inputs).unwrap();
        let alarms = self.cloud.system().alarms;
        self.evaluator = Evaluator::new(alarms, self.metrics.clone(), self.now_ms());
    }

    pub(crate) fn system(&self) -> System {
        self.cloud.system()
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// A value of one of our metrics, by the stack alone, now.
    pub(crate) fn put(&self, name: &str, value: f64) {
        let stack = [("Stack", "tidegate/dev")];
        self.metrics.put("Tidegate", name, &stack, value);
    }

    /// Lets a minute pass, and judges the alarms by it.
    pub(crate) fn minute(&mut self) -> Vec<StateChange> {
        let now_ms = self.clock.0.fetch_add(60_000, Ordering::Relaxed) + 60_000;
        self.evaluator.evaluate(now_ms)
    }

    pub(crate) fn state(&self, alarm: &str) -> AlarmState {
        let statuses = self.evaluator.statuses();
        let status = statuses.iter().find(|status| status.name == alarm);
        status.unwrap().state
    }
}
