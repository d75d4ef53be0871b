//! Who handles which invocation: the state of one function, without any IO.
//!
//! Everything is under one lock, held for a few field accesses. An environment counts as free from the moment its
//! response is complete, before it asks for the next invocation: a caller that follows at once finds it, and what was
//! handed to a process that ends before it comes to fetch it goes to another one. One that is to go after its response is
//! killed only when it asks for more: what it writes in between, such as its log line, is not cut off.

mod job;
mod lifecycle;
mod slot;
#[cfg(test)]
mod tests;
mod throttle;

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use tokio::sync::Notify;

pub(crate) use self::job::{
    Delivery, Effects, EnvironmentId, InitEnd, Job, Look, Next, NotCurrent, Reply, Start, Verdict,
};
use self::slot::{Phase, Reason, Slot, millis};
use self::throttle::Throttles;
use crate::meters::Meters;
use crate::{FunctionSpec, InvokeError, PoolOptions, RequestId, Stats};

/// The state of one function.
#[derive(Debug)]
pub(crate) struct Scheduler {
    spec: Arc<FunctionSpec>,
    init_timeout: Duration,
    idle_timeout: Option<Duration>,
    max_queued: usize,
    max_wait: Duration,
    slots: HashMap<EnvironmentId, Slot>,
    /// The one that was used last is at the end. Never filled while invocations wait.
    idle: Vec<EnvironmentId>,
    queue: VecDeque<Job>,
    starting: usize,
    started: u64,
    invocations: u64,
    errors: u64,
    throttles: Throttles,
    closed: bool,
    meters: Option<Meters>,
}

impl Scheduler {
    pub(crate) fn new(spec: Arc<FunctionSpec>, options: &PoolOptions) -> Scheduler {
        Scheduler {
            spec,
            init_timeout: options.init_timeout,
            idle_timeout: options.idle_timeout,
            max_queued: options.max_queued,
            max_wait: options.max_wait,
            slots: HashMap::new(),
            idle: Vec::new(),
            queue: VecDeque::new(),
            starting: 0,
            started: 0,
            invocations: 0,
            errors: 0,
            throttles: Throttles::default(),
            closed: false,
            meters: None,
        }
    }

    pub(crate) fn spec(&self) -> &Arc<FunctionSpec> {
        &self.spec
    }

    pub(crate) fn stats(&self) -> Stats {
        let idle = self.idle.len();
        let busy = self
            .slots
            .values()
            .filter(|slot| matches!(slot.phase, Phase::Handed { .. } | Phase::Busy { .. }));
        Stats {
            processes: self.slots.len(),
            starting: self.starting,
            idle,
            busy: busy.count(),
            queued: self.queue.len(),
            cold_starts: self.started,
            invocations: self.invocations,
            errors: self.errors,
        }
    }

    /// The same, which also keeps these metrics.
    pub(crate) fn metered(self, meters: Option<Meters>) -> Scheduler {
        Scheduler { meters, ..self }
    }

    /// Counts an invocation that failed before it was one.
    pub(crate) fn count_error(&mut self) {
        self.errors += 1;
    }

    /// Counts the end of an invocation.
    pub(crate) fn count_end(&mut self, failed: bool) {
        self.errors += u64::from(failed);
        if let Some(meters) = &self.meters {
            meters.ended(failed);
        }
    }

    fn count_invocation(&mut self, now: u64) {
        self.invocations += 1;
        if let Some(meters) = &self.meters {
            meters.invoked(now, self.slots.len() - self.idle.len());
        }
    }

    /// Takes an invocation in.
    pub(crate) fn submit(&mut self, job: Job, now: u64) -> Result<Effects, InvokeError> {
        if self.closed {
            return Err(InvokeError::ShuttingDown);
        }
        let mut effects = Effects::default();
        if let Some(id) = self.idle.pop() {
            self.hand(id, job, now, &mut effects);
            return Ok(effects);
        }
        self.refuse_stale(now);
        // As many as wait for a process that is being started, or can be, do not wait for one to become free.
        let coming = self.starting + self.spec.max_processes.saturating_sub(self.slots.len());
        if self.spec.max_processes == 0 || self.queue.len() >= coming + self.max_queued {
            return Err(self.throttled(now));
        }
        self.queue.push_back(job);
        self.dispatch(now, &mut effects);
        Ok(effects)
    }

    /// Starts environments that nothing waits for yet.
    pub(crate) fn warm(&mut self, environments: usize, now: u64) -> Effects {
        let mut effects = Effects::default();
        let wanted = environments.min(self.spec.max_processes);
        while !self.closed && self.slots.len() < wanted {
            self.start(now, &mut effects);
        }
        effects
    }

    /// A process asks for its next invocation.
    pub(crate) fn next(&mut self, id: EnvironmentId, waker: &Waker, now: u64) -> Next {
        let Some(slot) = self.slots.get_mut(&id) else {
            return Next::Wait;
        };
        match &mut slot.phase {
            Phase::Busy { .. } => Next::Busy,
            Phase::Starting { error: Some(_), .. } | Phase::Ending(_) => Next::Wait,
            Phase::Starting { error: None, .. } => {
                self.starting -= 1;
                // However long it took to start: whoever waited for that is not to wait in vain.
                if let Some(job) = self.queue.pop_front() {
                    return self.deliver(id, job, now);
                }
                self.rest(id, now);
                if let Some(slot) = self.slots.get_mut(&id) {
                    slot.waker = Some(waker.clone());
                }
                Next::Wait
            }
            Phase::Idle { .. } => {
                slot.waker = Some(waker.clone());
                Next::Wait
            }
            Phase::Leaving { .. } => {
                slot.end(Reason::Stopped);
                Next::Wait
            }
            Phase::Handed { .. } => {
                // The phase is put back by `deliver`.
                match mem::replace(&mut slot.phase, Phase::Idle { since: now }) {
                    Phase::Handed { job, .. } => self.deliver(id, job, now),
                    other => {
                        slot.phase = other;
                        Next::Wait
                    }
                }
            }
        }
    }

    /// A process has answered the invocation that the path names: gives the caller to tell, and the process its next
    /// invocation.
    pub(crate) fn complete(
        &mut self,
        id: EnvironmentId,
        request: RequestId,
        now: u64,
    ) -> Result<(Reply, Effects), NotCurrent> {
        let slot = self.slots.get_mut(&id).ok_or(NotCurrent::Unknown)?;
        let (reply, deadline) = match mem::replace(&mut slot.phase, Phase::Idle { since: now }) {
            Phase::Busy {
                id,
                reply,
                deadline,
            } if id == request => (reply, deadline),
            other => {
                slot.phase = other;
                let answered = slot.answered == Some(request);
                return Err(if answered {
                    NotCurrent::Answered
                } else {
                    NotCurrent::Unknown
                });
            }
        };
        slot.answered = Some(request);
        if let Some(meters) = &self.meters {
            let started = deadline.saturating_sub(slot.timeout_ms());
            meters.took(now, now.saturating_sub(started));
        }
        let mut effects = Effects::default();
        if self.closed || !Arc::ptr_eq(&slot.spec, &self.spec) {
            slot.leave(now);
        } else if let Some(job) = self.take(now) {
            self.hand(id, job, now, &mut effects);
        } else {
            self.rest(id, now);
        }
        Ok((reply, effects))
    }

    /// A process says that it cannot start. It is given the rest of its time to end by itself.
    pub(crate) fn report_init_error(
        &mut self,
        id: EnvironmentId,
        error_type: String,
        message: String,
    ) -> bool {
        match self.slots.get_mut(&id).map(|slot| &mut slot.phase) {
            Some(Phase::Starting { error, .. }) => {
                *error = Some(InitEnd::Reported {
                    error_type,
                    message,
                });
                true
            }
            _ => false,
        }
    }

    /// Sees to the queue: idle environments first, then new ones.
    fn dispatch(&mut self, now: u64, effects: &mut Effects) {
        if self.closed {
            return;
        }
        while !self.idle.is_empty()
            && let Some(job) = self.take(now)
        {
            match self.idle.pop() {
                Some(id) => self.hand(id, job, now, effects),
                None => self.queue.push_front(job),
            }
        }
        while self.starting < self.queue.len() && self.slots.len() < self.spec.max_processes {
            self.start(now, effects);
        }
    }

    fn start(&mut self, now: u64, effects: &mut Effects) {
        self.started += 1;
        self.starting += 1;
        let id = EnvironmentId(self.started);
        let attention = Arc::new(Notify::new());
        let limit = now.saturating_add(millis(self.init_timeout));
        let slot = Slot {
            spec: Arc::clone(&self.spec),
            attention: Arc::clone(&attention),
            phase: Phase::Starting { limit, error: None },
            waker: None,
            answered: None,
            look_at: limit,
        };
        self.slots.insert(id, slot);
        effects.start.push(Start {
            id,
            spec: Arc::clone(&self.spec),
            attention,
            crash: Arc::new(Notify::new()),
        });
    }

    fn rest(&mut self, id: EnvironmentId, now: u64) {
        let Some(slot) = self.slots.get_mut(&id) else {
            return;
        };
        slot.phase = Phase::Idle { since: now };
        if let Some(limit) = self.idle_timeout {
            slot.look_by(now.saturating_add(millis(limit)));
        }
        self.idle.push(id);
    }

    fn deliver(&mut self, id: EnvironmentId, job: Job, now: u64) -> Next {
        self.count_invocation(now);
        match self.slots.get_mut(&id) {
            Some(slot) => Next::Deliver(slot.deliver(job, now)),
            None => Next::Wait,
        }
    }

    fn hand(&mut self, id: EnvironmentId, job: Job, now: u64, effects: &mut Effects) {
        let Some(slot) = self.slots.get_mut(&id) else {
            self.queue.push_front(job);
            return;
        };
        let deadline = now.saturating_add(slot.timeout_ms());
        slot.phase = Phase::Handed { job, deadline };
        slot.look_by(deadline);
        let waker = slot.waker.take();
        if effects.wake.is_none() {
            effects.wake = waker;
        } else if let Some(waker) = waker {
            waker.wake();
        }
    }
}
