//! The port to the time that passes.

use std::pin::pin;

use async_trait::async_trait;
use futures::future::{Either, select};

/// Lets time pass: the domain cannot, and yet some of what it waits for must not be waited for without end.
#[async_trait]
pub trait Timer: Send + Sync {
    /// Waits until it is `at_ms`, in epoch milliseconds; not at all where that has been.
    async fn sleep_until(&self, at_ms: u64);
}

impl dyn Timer + '_ {
    /// What `work` gives, if it ends before `at_ms`. What has not is dropped where it stands: whether its last call was
    /// heeded, nobody knows.
    pub async fn within<T>(&self, at_ms: u64, work: impl Future<Output = T>) -> Option<T> {
        match select(pin!(work), self.sleep_until(at_ms)).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }
}

/// A timer for tests: time passes as soon as nobody has anything to do but wait.
#[derive(Debug, Clone, Copy, Default)]
pub struct WhenIdle;

#[async_trait]
impl Timer for WhenIdle {
    async fn sleep_until(&self, _at_ms: u64) {}
}
