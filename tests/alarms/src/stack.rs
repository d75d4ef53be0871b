//! A stack whose alarms are judged minute by minute.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tidegate_local_cloud::alarms::AlarmState;
use tidegate_local_cloud::clock::{Clock, VirtualClock};
use tidegate_local_metrics::{Evaluator, Metrics};

use crate::planned::Planned;

const METRIC_ALARM: &str = "aws:cloudwatch/metricAlarm:MetricAlarm";
const COMPOSITE_ALARM: &str = "aws:cloudwatch/compositeAlarm:CompositeAlarm";

/// A moment after a minute has begun: its metrics count for it, and the minute before is judged.
const START_MS: u64 = 1_742_085_960_000 + SETTLED_MS;
const SETTLED_MS: u64 = 2_000;

/// A stack as the program declares it, and its metrics.
#[derive(Debug)]
pub struct Stack {
    pub(crate) planned: Planned,
    pub(crate) clock: VirtualClock,
    pub(crate) metrics: Metrics,
    evaluator: Evaluator,
}

impl Stack {
    /// A stack that has just been made.
    #[must_use]
    pub fn new(planned: Planned) -> Self {
        let clock = VirtualClock::at(START_MS);
        let metrics = Metrics::new(Arc::new(clock.clone()));
        let alarms = planned.system.alarms.clone();
        Self {
            evaluator: Evaluator::new(alarms, metrics.clone(), START_MS),
            planned,
            clock,
            metrics,
        }
    }

    /// Lets the minute pass in which `happens`, and judges the alarms by it.
    pub fn minute(&self, happens: impl FnOnce(&Self)) {
        happens(self);
        let next_ms = Evaluator::next_ms(self.clock.now_ms());
        let left = Duration::from_millis(next_ms - self.clock.now_ms());
        self.clock.advance(left);
        self.evaluator.evaluate(next_ms);
    }

    /// What an alarm says, by its name in the program.
    #[must_use]
    pub fn state(&self, alarm: &str) -> AlarmState {
        let types = [METRIC_ALARM, COMPOSITE_ALARM];
        let kind = types
            .into_iter()
            .find(|kind| self.planned.all(kind).any(|it| it == alarm));
        let name = self.planned.name(kind.unwrap_or(METRIC_ALARM), alarm);
        let statuses = self.evaluator.statuses();
        let status = statuses.iter().find(|status| status.name == name);
        status
            .unwrap_or_else(|| panic!("there is no alarm {alarm}"))
            .state
    }

    /// The alarms over metrics, by their names in the program.
    #[must_use]
    pub fn alarms(&self) -> BTreeSet<&str> {
        self.planned.all(METRIC_ALARM).collect()
    }

    /// The alarms that are on, those over others among them. None may not know.
    #[must_use]
    pub fn on(&self) -> BTreeSet<&str> {
        let composite = self.planned.all(COMPOSITE_ALARM);
        let all = self.planned.all(METRIC_ALARM).chain(composite);
        all.filter(|alarm| match self.state(alarm) {
            AlarmState::Ok => false,
            AlarmState::Alarm => true,
            AlarmState::InsufficientData => panic!("{alarm} does not know"),
        })
        .collect()
    }

    /// What is declared.
    #[must_use]
    pub const fn planned(&self) -> &Planned {
        &self.planned
    }
}
