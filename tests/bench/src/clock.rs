//! The one place that looks at the machine's clock.

use std::time::Instant;

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this program is for"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The seconds since `start`.
pub(crate) fn seconds_since(start: Instant) -> f64 {
    now().duration_since(start).as_secs_f64()
}
