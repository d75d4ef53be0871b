//! The machine's time, randomness and environment.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use tidegate_aws::{Meter, Surroundings};
use tidegate_core::timer::Timer;
use uuid::{NoContext, Timestamp, Uuid};

/// Where a running function gets from what the domain takes as values.
#[derive(Debug, Clone, Copy)]
pub struct Edge;

impl Edge {
    /// An environment variable.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of the functions: read here, handed on as values"
    )]
    pub fn variable(name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    /// Now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of the functions: read here, handed on as values"
    )]
    pub fn now() -> SystemTime {
        SystemTime::now()
    }

    /// Now, in epoch milliseconds.
    #[must_use]
    pub fn now_ms() -> u64 {
        let elapsed = Self::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
    }

    /// How long this process runs, by a clock that never goes back: for how long something took.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of the functions: read here, handed on as values"
    )]
    pub fn uptime() -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }

    /// A new id, unique everywhere, that sorts by the time at which it was made.
    #[must_use]
    pub fn id(now_ms: u64) -> String {
        let nanos = u32::try_from(now_ms % 1000 * 1_000_000).unwrap_or(0);
        Uuid::new_v7(Timestamp::from_unix(NoContext, now_ms / 1000, nanos))
            .simple()
            .to_string()
    }

    /// What an adapter needs of this process; what it counts goes to `meter`.
    #[must_use]
    pub fn surroundings(meter: &Arc<Meter>) -> Surroundings {
        Surroundings {
            now: Self::now,
            jitter: Self::jitter,
            meter: Arc::clone(meter),
        }
    }

    /// Random bytes that nobody can foresee; none when the machine has none.
    #[must_use]
    pub fn random<const N: usize>() -> Option<[u8; N]> {
        let mut bytes = [0; N];
        aws_lc_rs::rand::fill(&mut bytes).ok()?;
        Some(bytes)
    }

    /// A random number from 0 to 1.
    #[must_use]
    pub fn jitter() -> f64 {
        fastrand::f64()
    }
}

#[async_trait]
impl Timer for Edge {
    async fn sleep_until(&self, at_ms: u64) {
        let left_ms = at_ms.saturating_sub(Self::now_ms());
        tokio::time::sleep(Duration::from_millis(left_ms)).await;
    }
}
