//! All alarms of a stack, and their states.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tidegate_local_cloud::alarms::{AlarmState, Alarms, MetricAlarm, Watched};

use crate::judgement::{evaluation_range, judge};
use crate::math::{self, Values};
use crate::store::{MINUTE_MS, Metrics};

/// How long after the end of a minute it is judged: what was logged in its last moment is in by then.
const SETTLING_MS: u64 = 2_000;
/// How many values a reason names.
const VALUES_IN_A_REASON: usize = 3;

/// What an alarm says, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmStatus {
    /// Its name.
    pub name: String,
    /// What it says.
    pub state: AlarmState,
    /// Why.
    pub reason: String,
    /// Since when, in epoch milliseconds.
    pub since_ms: u64,
}

/// An alarm that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// The alarm.
    pub alarm: String,
    /// What it said.
    pub from: AlarmState,
    /// What it says now.
    pub to: AlarmState,
    /// Why.
    pub reason: String,
    /// When, in epoch milliseconds.
    pub at_ms: u64,
}

/// Judges alarms by metrics.
#[derive(Debug)]
pub struct Evaluator {
    alarms: Alarms,
    metrics: Metrics,
    states: Mutex<BTreeMap<String, AlarmStatus>>,
}

impl Evaluator {
    /// An evaluator of these alarms. Each is new, so that it knows nothing yet.
    #[must_use]
    pub fn new(alarms: Alarms, metrics: Metrics, now_ms: u64) -> Self {
        let names = alarms.metric.keys();
        let names = names.chain(alarms.composite.iter().map(|alarm| &alarm.name));
        let states = names.map(|name| {
            let status = AlarmStatus {
                name: name.clone(),
                state: AlarmState::InsufficientData,
                reason: "Unchecked: Initial alarm creation".to_owned(),
                since_ms: now_ms,
            };
            (name.clone(), status)
        });
        Self {
            states: Mutex::new(states.collect()),
            alarms,
            metrics,
        }
    }

    /// When alarms are to be judged next: once a minute, a moment after it is over.
    #[must_use]
    pub fn next_ms(now_ms: u64) -> u64 {
        let elapsed = now_ms.saturating_sub(SETTLING_MS) / MINUTE_MS + 1;
        elapsed * MINUTE_MS + SETTLING_MS
    }

    /// What each alarm says.
    #[must_use]
    pub fn statuses(&self) -> Vec<AlarmStatus> {
        self.states().values().cloned().collect()
    }

    /// Judges all alarms by the periods that are over, those over other alarms last, and tells which changed.
    pub fn evaluate(&self, now_ms: u64) -> Vec<StateChange> {
        let mut changes = Vec::new();
        for alarm in self.alarms.metric.values() {
            let judged = self.judge(alarm, now_ms);
            changes.extend(judged.and_then(|(to, why)| self.change(&alarm.name, to, why, now_ms)));
        }
        for alarm in &self.alarms.composite {
            let state_of = |name: &str| {
                let states = self.states();
                states
                    .get(name)
                    .map_or(AlarmState::InsufficientData, |status| status.state)
            };
            let to = if alarm.rule.holds(&state_of) {
                AlarmState::Alarm
            } else {
                AlarmState::Ok
            };
            let named: Vec<String> = alarm
                .rule
                .alarms()
                .into_iter()
                .map(|name| format!("{name} is {}", state_of(name)))
                .collect();
            changes.extend(self.change(&alarm.name, to, named.join(", "), now_ms));
        }
        changes
    }

    fn judge(&self, alarm: &MetricAlarm, now_ms: u64) -> Option<(AlarmState, String)> {
        let periods = evaluation_range(alarm);
        let values = |metric: &_| self.metrics.values(metric, now_ms, alarm.period_s, periods);
        let range = match &alarm.watched {
            Watched::Metric(metric) => values(metric),
            Watched::Math { queries, returned } => {
                math::evaluate(queries, returned, periods, &values)
            }
            Watched::AnomalyBand => return None,
        };
        let state = judge(alarm, &range)?;
        Some((state, reason(alarm, &range)))
    }

    fn change(
        &self,
        name: &str,
        to: AlarmState,
        reason: String,
        at_ms: u64,
    ) -> Option<StateChange> {
        let mut states = self.states();
        let status = states.get_mut(name).filter(|status| status.state != to)?;
        let from = std::mem::replace(&mut status.state, to);
        status.reason.clone_from(&reason);
        status.since_ms = at_ms;
        Some(StateChange {
            alarm: name.to_owned(),
            from,
            to,
            reason,
            at_ms,
        })
    }

    fn states(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, AlarmStatus>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why an alarm is as it is, in about the words of CloudWatch.
fn reason(alarm: &MetricAlarm, range: &Values) -> String {
    let newest = range.iter().rev().flatten();
    let values: Vec<String> = newest
        .take(alarm.evaluation_periods.min(VALUES_IN_A_REASON))
        .map(|value| rounded(*value))
        .collect();
    let (symbol, threshold) = (alarm.comparison.symbol(), rounded(alarm.threshold));
    let wanted = format!(
        "{} of {} periods of {} s {symbol} {threshold}",
        alarm.datapoints_to_alarm, alarm.evaluation_periods, alarm.period_s
    );
    if values.is_empty() {
        return format!("no data ({wanted})");
    }
    format!("last {} ({wanted})", values.join(", "))
}

fn rounded(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
