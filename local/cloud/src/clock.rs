//! The one source of time in the local runtime.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use tokio::sync::watch;

/// Tells the time and waits. Everything in `local/` that looks at a clock or sets a timer does it through this, so
/// that a virtual clock can stand in for the real one.
#[async_trait]
pub trait Clock: Send + Sync + fmt::Debug {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;

    /// Returns once [`now_ms`](Clock::now_ms) has reached `at_ms`.
    async fn sleep_until(&self, at_ms: u64);
}

/// A clock shared by all parts of one runtime.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's own clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that all others are handed"
    )]
    fn now_ms(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| {
                u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
            })
    }

    async fn sleep_until(&self, at_ms: u64) {
        let wait = at_ms.saturating_sub(self.now_ms());
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
}

/// A clock that stands still until it is told to go on: hours pass in a millisecond. A clone is the same clock.
#[derive(Debug, Clone)]
pub struct VirtualClock(Arc<watch::Sender<u64>>);

impl VirtualClock {
    /// A clock at `now_ms`, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn at(now_ms: u64) -> Self {
        Self(Arc::new(watch::Sender::new(now_ms)))
    }

    /// Lets time pass, and wakes whoever waited for it.
    pub fn advance(&self, by: Duration) {
        let by_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.0
            .send_modify(|now_ms| *now_ms = now_ms.saturating_add(by_ms));
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now_ms(&self) -> u64 {
        *self.0.borrow()
    }

    async fn sleep_until(&self, at_ms: u64) {
        // The sender is in `self`: this waits for the time alone.
        let mut time = self.0.subscribe();
        let _reached = time.wait_for(|now_ms| *now_ms >= at_ms).await;
    }
}
