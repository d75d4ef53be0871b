//! The machine's clock.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// The time in epoch milliseconds. It begins with the machine's and never goes back: it runs with the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    epoch_ms: u64,
    base: Instant,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of the client: the one place where it looks at a clock"
    )]
    pub(crate) fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let epoch_ms = since_epoch.map_or(0, |time| time.as_millis());
        Self {
            epoch_ms: u64::try_from(epoch_ms).unwrap_or(0),
            base: Instant::now(),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of the client: the one place where it looks at a clock"
    )]
    pub(crate) fn now_ms(&self) -> u64 {
        let passed = Instant::now().duration_since(self.base).as_millis();
        self.epoch_ms
            .saturating_add(u64::try_from(passed).unwrap_or(u64::MAX))
    }

    /// When it will be this time. Rounded up, so that a timer is never early and never asked for again.
    pub(crate) fn instant(&self, at_ms: u64) -> Instant {
        self.base + Duration::from_millis(at_ms.saturating_sub(self.epoch_ms))
    }
}
