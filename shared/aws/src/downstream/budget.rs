//! The retry budget: a token bucket, as the AWS SDKs' standard mode and Finagle have it.

/// The most retries that can be saved up, and what a new process starts with.
const MOST: f64 = 10.0;
/// What each call that is answered earns: of ten calls that go well, one retry.
const EARNED: f64 = 0.1;
/// What each second earns, so that a process that is seldom asked has a retry for the connections that died while it was
/// frozen.
const EARNED_A_SECOND: f64 = 0.1;
const RETRY: f64 = 1.0;

/// How many requests may be sent a second time. A service in a brown-out is not asked twice or three times as often by
/// all who want something of it: when nothing goes well, nothing is earned.
#[derive(Debug)]
pub(super) struct Budget {
    retries: f64,
    earned_until_ms: Option<u64>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            retries: MOST,
            earned_until_ms: None,
        }
    }
}

impl Budget {
    /// A call was answered.
    pub(super) fn earn(&mut self) {
        self.add(EARNED);
    }

    /// Takes one retry at `now_ms` (epoch milliseconds), if there is one.
    pub(super) fn spend(&mut self, now_ms: u64) -> bool {
        let idle_ms = self
            .earned_until_ms
            .map_or(0, |until| now_ms.saturating_sub(until));
        self.earned_until_ms = Some(now_ms);
        // Capped: an hour is more than the bucket holds.
        let idle_s = f64::from(u32::try_from(idle_ms).unwrap_or(u32::MAX)) / 1_000.0;
        self.add(idle_s * EARNED_A_SECOND);
        let may = self.retries >= RETRY;
        if may {
            self.retries -= RETRY;
        }
        may
    }

    fn add(&mut self, retries: f64) {
        self.retries = (self.retries + retries).min(MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(budget: &mut Budget, wanted: usize, now_ms: u64) -> usize {
        (0..wanted).filter(|_| budget.spend(now_ms)).count()
    }

    #[test]
    fn when_nothing_goes_well_there_are_ten_retries_and_no_more() {
        assert_eq!(spent(&mut Budget::default(), 1_000, 5), 10);
    }

    #[test]
    fn retries_stay_under_a_tenth_of_what_goes_well() {
        let mut budget = Budget::default();
        let mut retries = 0;
        for _ in 0..1_000 {
            budget.earn();
            retries += spent(&mut budget, 1, 5);
        }
        assert!((100..=110).contains(&retries), "{retries}");
    }

    #[test]
    fn what_is_saved_up_has_an_end() {
        let mut budget = Budget::default();
        for _ in 0..10_000 {
            budget.earn();
        }
        assert_eq!(spent(&mut budget, 1_000, 5), 10);
    }

    #[test]
    fn ten_seconds_in_the_ice_are_one_retry_and_a_day_is_ten() {
        let mut budget = Budget::default();
        assert_eq!(spent(&mut budget, 99, 5_000), 10);
        assert_eq!(spent(&mut budget, 99, 14_999), 0);
        assert_eq!(spent(&mut budget, 99, 15_001), 1);
        assert_eq!(spent(&mut budget, 99, 100_000_000), 10);
    }

    #[test]
    fn a_clock_that_is_set_back_earns_nothing() {
        let mut budget = Budget::default();
        assert_eq!(spent(&mut budget, 99, 60_000), 10);
        assert_eq!(spent(&mut budget, 99, 1_000), 0);
        assert_eq!(spent(&mut budget, 99, 2_000), 0);
    }
}
