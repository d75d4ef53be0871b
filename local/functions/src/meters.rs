//! The metrics that Lambda makes of a function: namespace `AWS/Lambda`, dimension `FunctionName`.

use tidegate_local_metrics::{Metrics, Series};

/// What is counted and measured of one function.
#[derive(Debug)]
pub(crate) struct Meters {
    invocations: Series,
    errors: Series,
    throttles: Series,
    duration: Series,
    concurrent: Series,
}

impl Meters {
    pub(crate) fn new(metrics: &Metrics, function: &str) -> Meters {
        let series = |name| metrics.series("AWS/Lambda", name, &[("FunctionName", function)]);
        Meters {
            invocations: series("Invocations"),
            errors: series("Errors"),
            throttles: series("Throttles"),
            duration: series("Duration"),
            concurrent: series("ConcurrentExecutions"),
        }
    }

    /// An invocation was refused. It counts as a throttle and as nothing else.
    pub(crate) fn throttled(&self, now: u64) {
        self.throttles.add_at(now, 1.0);
    }

    /// An invocation was taken, with which so many environments are in use.
    pub(crate) fn invoked(&self, now: u64, concurrent: usize) {
        self.invocations.add_at(now, 1.0);
        self.throttles.add_at(now, 0.0);
        self.concurrent.add_at(
            now,
            f64::from(u32::try_from(concurrent).unwrap_or(u32::MAX)),
        );
    }

    /// An invocation took so long. What it took to start the process is not part of it.
    pub(crate) fn took(&self, now: u64, milliseconds: u64) {
        self.duration.add_at(
            now,
            f64::from(u32::try_from(milliseconds).unwrap_or(u32::MAX)),
        );
    }

    /// An invocation has ended. A zero for each that went well makes the average of the errors their rate, as on Lambda.
    pub(crate) fn ended(&self, failed: bool) {
        self.errors.add(f64::from(u8::from(failed)));
    }
}
