//! Handlers that are slow, and handlers that crash, where that was asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tidegate_local_cloud::faults::{Fault, SLOW_MS};
use tokio::sync::Notify;

use super::Session;
use crate::scheduler::Start;

/// The crash of one process.
#[derive(Debug)]
pub(super) struct Crash {
    /// Has the process killed.
    now: Arc<Notify>,
    /// Whether it is to be killed once it has its answer, if it is not before.
    is_doomed: AtomicBool,
}

impl Crash {
    pub(super) fn new(start: &Start) -> Self {
        Self {
            now: Arc::clone(&start.crash),
            is_doomed: AtomicBool::new(false),
        }
    }
}

/// The process is handed an invocation: perhaps its last.
pub(super) fn begun(session: &Session) {
    let (faults, crash) = (&session.shared.pool.options.faults, &session.crash);
    if !faults.strikes(Fault::HandlerCrash) {
        return;
    }
    // Whatever it does in the moment that the signal takes: no answer of it is taken.
    crash.is_doomed.store(true, Ordering::Relaxed);
    if faults.either(Fault::HandlerCrash) {
        tracing::info!(function = %session.shared.name, "fault: the process is killed as it begins");
        crash.now.notify_one();
    }
}

/// The process has its answer, which may come late, or never.
pub(super) async fn answered(session: &Session) {
    let function = &session.shared.name;
    if session.crash.is_doomed.load(Ordering::Relaxed) {
        tracing::info!(%function, "fault: the process is killed before its answer is taken");
        session.crash.now.notify_one();
        // This connection's task ends with the process.
        return std::future::pending().await;
    }
    let pool = &session.shared.pool;
    if let Some(late_ms) = pool.options.faults.delay_ms(Fault::HandlerSlow, SLOW_MS) {
        tracing::info!(%function, late_ms, "fault: the function is slow");
        let until_ms = pool.clock.now_ms().saturating_add(late_ms);
        pool.clock.sleep_until(until_ms).await;
    }
}
