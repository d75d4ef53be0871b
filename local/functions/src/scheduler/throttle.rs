//! What is refused where there is more to do than there are environments for.

use super::slot::millis;
use super::{Job, Scheduler};
use crate::InvokeError;

/// From one line about throttles in the log to the next.
const SAID_EVERY_MS: u64 = 1_000;

/// What was refused since the log was told.
#[derive(Debug, Default)]
pub(super) struct Throttles {
    refused: u64,
    say_at: u64,
}

impl Throttles {
    /// How many to tell of now, if it is time to: an overload is one piece of news a second, not one for each invocation.
    fn count(&mut self, now: u64) -> Option<u64> {
        self.refused += 1;
        self.rest(now)
    }

    /// How many have not been told of, if it is time to.
    fn rest(&mut self, now: u64) -> Option<u64> {
        if self.refused == 0 || now < self.say_at {
            return None;
        }
        self.say_at = now.saturating_add(SAID_EVERY_MS);
        Some(std::mem::take(&mut self.refused))
    }
}

impl Scheduler {
    /// The invocation whose turn it is. Those that have waited for too long are refused: where more is asked than can be
    /// done, all that is done would come too late otherwise.
    pub(super) fn take(&mut self, now: u64) -> Option<Job> {
        self.refuse_stale(now);
        if let Some(refused) = self.throttles.rest(now) {
            self.tell(refused);
        }
        self.queue.pop_front()
    }

    /// Refuses what has waited for too long. They are in the order in which they came, but for what a process has left.
    pub(super) fn refuse_stale(&mut self, now: u64) {
        let limit = millis(self.max_wait);
        let is_stale = |job: &mut Job| now.saturating_sub(job.since) > limit;
        while let Some(job) = self.queue.pop_front_if(is_stale) {
            let refused = self.throttled(now);
            // The caller may be gone.
            let _ = job.reply.send(Err(refused));
        }
    }

    /// Counts an invocation that is refused.
    pub(super) fn throttled(&mut self, now: u64) -> InvokeError {
        self.errors += 1;
        if let Some(meters) = &self.meters {
            meters.throttled(now);
        }
        if let Some(refused) = self.throttles.count(now) {
            self.tell(refused);
        }
        InvokeError::Throttled {
            processes: self.slots.len(),
            queued: self.queue.len(),
        }
    }

    fn tell(&self, refused: u64) {
        let (processes, queued) = (self.slots.len(), self.queue.len());
        tracing::warn!(
            function = %self.spec.name,
            refused,
            "Rate exceeded: {processes} processes are busy and {queued} invocations wait for one"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overload_is_told_of_once_a_second_with_how_many_were_refused() {
        let mut throttles = Throttles::default();
        let told: Vec<Option<u64>> = [5_000, 5_001, 5_999, 6_000, 6_001, 9_000]
            .map(|now| throttles.count(now))
            .into();
        assert_eq!(told, [Some(1), None, None, Some(3), None, Some(2)]);
        assert_eq!(
            [throttles.count(9_500), throttles.rest(9_999)],
            [None, None]
        );
        assert_eq!(
            [throttles.rest(10_000), throttles.rest(20_000)],
            [Some(1), None]
        );
    }
}
