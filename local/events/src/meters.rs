//! The metrics that EventBridge makes of a rule: namespace `AWS/Events`, dimension `RuleName`.

use tidegate_local_metrics::{Metrics, Series};

#[derive(Debug)]
pub(crate) struct Meters {
    triggered: Series,
    invocations: Series,
    failed: Series,
}

impl Meters {
    pub(crate) fn new(metrics: &Metrics, rule: &str) -> Self {
        let series = |name| metrics.series("AWS/Events", name, &[("RuleName", rule)]);
        Self {
            triggered: series("TriggeredRules"),
            invocations: series("Invocations"),
            failed: series("FailedInvocations"),
        }
    }

    /// The rule went off.
    pub(crate) fn triggered(&self, now_ms: u64) {
        self.triggered.add_at(now_ms, 1.0);
    }

    /// A target was handed an event, or could not be.
    pub(crate) fn invoked(&self, now_ms: u64, failed: bool) {
        self.invocations.add_at(now_ms, 1.0);
        if failed {
            self.failed.add_at(now_ms, 1.0);
        }
    }
}
