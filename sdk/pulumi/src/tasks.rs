//! The work that a program has started and that must be done before it may end.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::error::{Error, panic_error};

/// Counts what is under way and keeps what failed.
pub(crate) struct Tasks {
    runtime: Handle,
    running: watch::Sender<usize>,
    errors: Mutex<Vec<Error>>,
}

impl Tasks {
    pub(crate) fn new(runtime: Handle) -> Self {
        Self {
            runtime,
            running: watch::Sender::new(0),
            errors: Mutex::default(),
        }
    }

    /// Starts a task that the program will wait for.
    pub(crate) fn spawn(
        self: &Arc<Self>,
        task: impl Future<Output = Result<(), Error>> + Send + 'static,
    ) {
        self.running.send_modify(|running| *running += 1);
        let tasks = Arc::clone(self);
        self.runtime.spawn(async move {
            let result = AssertUnwindSafe(task).catch_unwind().await;
            match result {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tasks.fail(error),
                Err(payload) => tasks.fail(panic_error(&*payload)),
            }
            tasks.running.send_modify(|running| *running -= 1);
        });
    }

    /// Makes the program fail. One failure that arrives by several ways counts once.
    pub(crate) fn fail(&self, error: Error) {
        let mut errors = self.errors();
        if !errors.iter().any(|known| known.is_same(&error)) {
            errors.push(error);
        }
    }

    /// Waits until nothing is under way, not even what was started meanwhile.
    pub(crate) async fn idle(&self) {
        let mut running = self.running.subscribe();
        // The sender is `self`, so it cannot be gone.
        let _ = running.wait_for(|running| *running == 0).await;
    }

    /// What has failed so far.
    pub(crate) fn errors(&self) -> std::sync::MutexGuard<'_, Vec<Error>> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
