//! The clock of a run.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// Microseconds since the run began, and the machine's time, which both run with the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    epoch_ms: u64,
    base: Instant,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of the load generator: the one place where it looks at a clock"
    )]
    pub(crate) fn start() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            epoch_ms: since.map_or(0, |since| whole(since.as_millis())),
            base: Instant::now(),
        }
    }

    /// Microseconds since the run began.
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of the load generator: the one place where it looks at a clock"
    )]
    pub(crate) fn now_us(&self) -> u64 {
        whole(Instant::now().duration_since(self.base).as_micros())
    }

    /// Epoch milliseconds, for the machine.
    pub(crate) fn epoch_ms(&self) -> u64 {
        self.epoch_ms + self.now_us() / 1_000
    }

    /// When the run will have lasted for so long.
    pub(crate) fn at_us(&self, at_us: u64) -> Instant {
        self.base + Duration::from_micros(at_us)
    }

    /// When it will be this time in epoch milliseconds, in microseconds of the run.
    pub(crate) fn of_epoch_ms(&self, at_ms: u64) -> u64 {
        at_ms.saturating_sub(self.epoch_ms).saturating_mul(1_000)
    }
}

fn whole(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
