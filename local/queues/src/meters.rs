//! The metrics that SQS makes of a queue once a minute: namespace `AWS/SQS`, dimension `QueueName`.
//!
//! As "Available CloudWatch metrics for Amazon SQS" has them, for a queue that is in use: SQS says nothing of one that
//! has had no message and no caller for six hours, where this says zero.

use tidegate_local_metrics::{Metrics, Series};
use tokio_util::sync::CancellationToken;

use crate::queue::Counts;
use crate::queues::Queues;

const MINUTE_MS: u64 = 60_000;
/// How long before the end of a minute queues are looked at: so that alarms, which are judged when it is over, know of
/// what happened in it.
const BEFORE_ITS_END_MS: u64 = 1_000;

/// What is measured of one queue.
#[derive(Debug)]
struct Meters {
    queue: String,
    age: Series,
    visible: Series,
    in_flight: Series,
    delayed: Series,
}

impl Meters {
    fn new(metrics: &Metrics, queue: &str) -> Self {
        let series = |name| metrics.series("AWS/SQS", name, &[("QueueName", queue)]);
        Self {
            queue: queue.to_owned(),
            age: series("ApproximateAgeOfOldestMessage"),
            visible: series("ApproximateNumberOfMessagesVisible"),
            in_flight: series("ApproximateNumberOfMessagesNotVisible"),
            delayed: series("ApproximateNumberOfMessagesDelayed"),
        }
    }

    fn measured(&self, counts: Counts, age_s: u64, now_ms: u64) {
        let Counts {
            visible,
            in_flight,
            delayed,
        } = counts;
        let value = |value: u64| f64::from(u32::try_from(value).unwrap_or(u32::MAX));
        self.age.add_at(now_ms, value(age_s));
        for (series, count) in [
            (&self.visible, visible),
            (&self.in_flight, in_flight),
            (&self.delayed, delayed),
        ] {
            series.add_at(now_ms, value(count as u64));
        }
    }
}

impl Queues {
    /// Says once a minute how much waits in each queue, and for how long, until `until` is cancelled.
    pub async fn meter(self, metrics: Metrics, until: CancellationToken) {
        let names: Vec<String> = self.state().queues.keys().cloned().collect();
        let meters: Vec<Meters> = names
            .iter()
            .map(|name| Meters::new(&metrics, name))
            .collect();
        let clock = std::sync::Arc::clone(&self.shared.clock);
        loop {
            let next_ms = next_ms(clock.now_ms());
            tokio::select! {
                () = until.cancelled() => return,
                () = clock.sleep_until(next_ms) => {}
            }
            self.measure(&meters);
        }
    }

    fn measure(&self, meters: &[Meters]) {
        let now_ms = self.now_ms();
        let mut state = self.state();
        for meters in meters {
            if let Some(queue) = state.queues.get_mut(&meters.queue) {
                queue.forget_old(now_ms);
                meters.measured(queue.counts(now_ms), queue.age_ms(now_ms) / 1_000, now_ms);
            }
        }
    }
}

/// When queues are looked at next.
const fn next_ms(now_ms: u64) -> u64 {
    let next = (now_ms + BEFORE_ITS_END_MS) / MINUTE_MS + 1;
    next * MINUTE_MS - BEFORE_ITS_END_MS
}

#[cfg(test)]
mod tests {
    use super::next_ms;

    #[test]
    fn queues_are_looked_at_once_a_minute_before_it_ends() {
        assert_eq!(next_ms(0), 59_000);
        assert_eq!(next_ms(58_999), 59_000);
        assert_eq!(next_ms(59_000), 119_000);
        assert_eq!(next_ms(59_999), 119_000);
        assert_eq!(next_ms(60_000), 119_000);
    }
}
