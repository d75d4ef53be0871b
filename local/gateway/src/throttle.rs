//! Token buckets: a rate, and a burst that is there at once.

use std::sync::{Mutex, PoisonError};

use tidegate_local_cloud::system::Throttle;

/// One bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    throttle: Throttle,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    tokens: f64,
    at_ms: u64,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn full(throttle: Throttle, now_ms: u64) -> Self {
        Self {
            throttle,
            level: Mutex::new(Level {
                tokens: throttle.burst,
                at_ms: now_ms,
            }),
        }
    }

    /// Takes one token if there is one.
    pub(crate) fn take(&self, now_ms: u64) -> bool {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed_ms = u32::try_from(now_ms.saturating_sub(level.at_ms)).unwrap_or(u32::MAX);
        let refilled = level.tokens + f64::from(elapsed_ms) * self.throttle.rate / 1000.0;
        level.tokens = refilled.min(self.throttle.burst);
        level.at_ms = now_ms.max(level.at_ms);
        if level.tokens < 1.0 {
            return false;
        }
        level.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(bucket: &Bucket, now_ms: u64) -> usize {
        (0..1000).filter(|_| bucket.take(now_ms)).count()
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let bucket = Bucket::full(
            Throttle {
                rate: 10.0,
                burst: 5.0,
            },
            0,
        );
        assert_eq!(taken(&bucket, 0), 5);
        assert_eq!(taken(&bucket, 200), 2);
        assert_eq!(
            taken(&bucket, 100_000),
            5,
            "never more than the burst at once"
        );
    }

    #[test]
    fn settings_without_numbers_let_nothing_through() {
        let bucket = Bucket::full(
            Throttle {
                rate: 0.0,
                burst: 0.0,
            },
            0,
        );
        assert_eq!(taken(&bucket, 1_000_000), 0);
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_away() {
        let bucket = Bucket::full(
            Throttle {
                rate: 10.0,
                burst: 1.0,
            },
            1_000,
        );
        assert_eq!(taken(&bucket, 1_000), 1);
        assert_eq!(taken(&bucket, 500), 0);
        assert_eq!(taken(&bucket, 1_000), 0);
    }
}
