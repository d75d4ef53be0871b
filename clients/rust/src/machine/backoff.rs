//! When to try again: full jitter under a ceiling that doubles.

/// The row of failed attempts since the last stable connection.
#[derive(Debug)]
pub(super) struct Backoff {
    base: u64,
    cap: u64,
    stable_after: u64,
    attempts: u32,
    opened_at: Option<u64>,
}

impl Backoff {
    pub(super) fn new(base: u64, cap: u64, stable_after: u64) -> Self {
        Self {
            base,
            cap,
            stable_after,
            attempts: 0,
            opened_at: None,
        }
    }

    /// A connection was opened. That alone resets nothing: one that opens and drops at once would be tried for ever at
    /// the first ceiling.
    pub(super) fn opened(&mut self, now: u64) {
        self.opened_at = Some(now);
    }

    /// The ceiling of the next delay, and one attempt more.
    pub(super) fn next_ceiling(&mut self, now: u64) -> u64 {
        let opened_at = self.opened_at.take();
        if opened_at.is_some_and(|at| now.saturating_sub(at) >= self.stable_after) {
            self.attempts = 0;
        }
        let ceiling = doubled(self.base, self.attempts, self.cap);
        self.attempts = self.attempts.saturating_add(1);
        ceiling
    }
}

/// `base`, doubled so many times, and at most `cap`.
pub(super) fn doubled(base: u64, times: u32, cap: u64) -> u64 {
    base.checked_mul(1_u64.checked_shl(times).unwrap_or(u64::MAX))
        .map_or(cap, |doubled| doubled.min(cap))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        let mut backoff = Backoff::new(500, 3_000, 1_000);
        let ceilings: Vec<u64> = (0..5).map(|_| backoff.next_ceiling(0)).collect();
        assert_eq!(ceilings, [500, 1_000, 2_000, 3_000, 3_000]);
        assert_eq!(doubled(500, 200, 3_000), 3_000);
    }

    #[test]
    fn only_a_stable_connection_resets_it() {
        let mut backoff = Backoff::new(500, 3_000, 1_000);
        backoff.next_ceiling(0);
        backoff.opened(0);
        assert_eq!(backoff.next_ceiling(999), 1_000, "it dropped too soon");
        backoff.opened(2_000);
        assert_eq!(backoff.next_ceiling(3_000), 500);
    }
}
