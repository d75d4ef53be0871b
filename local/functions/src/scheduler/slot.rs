//! One environment, as the scheduler sees it.

use std::sync::Arc;
use std::task::Waker;

use tokio::sync::Notify;

use super::job::{Delivery, InitEnd, Job, Reply};
use crate::{FunctionSpec, RequestId};

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) spec: Arc<FunctionSpec>,
    pub(super) attention: Arc<Notify>,
    pub(super) phase: Phase,
    /// The `/next` that waits.
    pub(super) waker: Option<Waker>,
    /// The invocation that was answered last.
    pub(super) answered: Option<RequestId>,
    /// When the supervisor looks by itself. It is called only for what is due before, so that an invocation does not
    /// cost a timer.
    pub(super) look_at: u64,
}

/// Where an environment is.
#[derive(Debug)]
pub(super) enum Phase {
    /// The process has not asked for an invocation yet.
    Starting { limit: u64, error: Option<InitEnd> },
    /// It has nothing to do: it waits at `/next`, or is on its way there.
    Idle { since: u64 },
    /// It has something to do and has not fetched it yet.
    Handed { job: Job, deadline: u64 },
    /// It is at it.
    Busy {
        id: RequestId,
        reply: Reply,
        deadline: u64,
    },
    /// It has answered and is to go: it is killed when it asks for its next invocation, and by then at the latest.
    Leaving { until: u64 },
    /// It is to be killed, and why.
    Ending(Reason),
}

/// For how long a process that is to go may still be at what it does after its answer, such as its log line.
const LEAVING_MS: u64 = 1_000;

/// Why an environment is killed.
#[derive(Debug)]
pub(super) enum Reason {
    Stopped,
    InitFailed(InitEnd),
    TimedOut(RequestId, Reply),
    ShutDown(Reply),
}

impl Slot {
    pub(super) fn timeout_ms(&self) -> u64 {
        millis(self.spec.timeout)
    }

    /// Has the supervisor look at `at` or before.
    pub(super) fn look_by(&mut self, at: u64) {
        if at < self.look_at {
            self.look_at = at;
            self.attention.notify_one();
        }
    }

    /// Has the supervisor kill the process.
    pub(super) fn end(&mut self, reason: Reason) {
        self.phase = Phase::Ending(reason);
        self.attention.notify_one();
    }

    /// Has the supervisor kill the process when it is done with all that it does for its last invocation: it is where it
    /// waits for the next one.
    pub(super) fn leave(&mut self, now: u64) {
        if self.waker.is_some() {
            self.end(Reason::Stopped);
        } else {
            let until = now.saturating_add(LEAVING_MS);
            self.phase = Phase::Leaving { until };
            self.look_by(until);
        }
    }

    /// Makes `job` what the process is at; its time starts now.
    pub(super) fn deliver(&mut self, job: Job, now: u64) -> Delivery {
        let deadline = now.saturating_add(self.timeout_ms());
        let Job {
            id,
            payload,
            trace,
            client_context,
            reply,
            ..
        } = job;
        self.phase = Phase::Busy {
            id,
            reply,
            deadline,
        };
        self.look_by(deadline);
        Delivery {
            id,
            payload,
            trace,
            client_context,
            deadline_ms: deadline,
        }
    }
}

pub(super) fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
