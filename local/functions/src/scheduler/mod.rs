//! Who handles which invocation: the state of one function, without any IO.
//!
//! Everything is under one lock, held for a few field accesses. An environment counts as free from the moment its
//! response is complete, before it asks for the next invocation: a caller that follows at once finds it, and what was
//! handed to a process that ends before it comes to fetch it goes to another one.

mod job;
mod slot;
#[cfg(test)]
mod tests;

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
use crate::{FunctionSpec, InvokeError, RequestId, Stats};

/// The state of one function.
#[derive(Debug)]
pub(crate) struct Scheduler {
    spec: Arc<FunctionSpec>,
    init_timeout: Duration,
    idle_timeout: Option<Duration>,
    max_queued: usize,
    slots: HashMap<EnvironmentId, Slot>,
    /// The one that was used last is at the end. Never filled while invocations wait.
    idle: Vec<EnvironmentId>,
    queue: VecDeque<Job>,
    starting: usize,
    started: u64,
    invocations: u64,
    errors: u64,
    closed: bool,
}

impl Scheduler {
    pub(crate) fn new(
        spec: Arc<FunctionSpec>,
        init_timeout: Duration,
        idle_timeout: Option<Duration>,
        max_queued: usize,
    ) -> Scheduler {
        Scheduler {
            spec,
            init_timeout,
            idle_timeout,
            max_queued,
            slots: HashMap::new(),
            idle: Vec::new(),
            queue: VecDeque::new(),
            starting: 0,
            started: 0,
            invocations: 0,
            errors: 0,
            closed: false,
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

    /// Counts an invocation that failed.
    pub(crate) fn count_error(&mut self) {
        self.errors += 1;
    }

    /// Takes an invocation in.
    pub(crate) fn submit(&mut self, job: Job, now: u64) -> Result<Effects, InvokeError> {
        if self.closed {
            return Err(InvokeError::ShuttingDown);
        }
        let mut effects = Effects::default();
        if let Some(id) = self.idle.pop() {
            self.invocations += 1;
            self.hand(id, job, now, &mut effects);
            return Ok(effects);
        }
        // As many as wait for a process that is being started, or can be, do not wait for one to become free.
        let coming = self.starting + self.spec.max_processes.saturating_sub(self.slots.len());
        if self.spec.max_processes == 0 || self.queue.len() >= coming + self.max_queued {
            self.errors += 1;
            return Err(InvokeError::Throttled {
                processes: self.slots.len(),
                queued: self.queue.len(),
            });
        }
        self.invocations += 1;
        self.queue.push_back(job);
        self.dispatch(now, &mut effects);
        Ok(effects)
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
                if let Some(job) = self.queue.pop_front() {
                    return Next::Deliver(slot.deliver(job, now));
                }
                slot.phase = Phase::Idle { since: now };
                slot.waker = Some(waker.clone());
                if let Some(limit) = self.idle_timeout {
                    slot.look_by(now.saturating_add(millis(limit)));
                }
                self.idle.push(id);
                Next::Wait
            }
            Phase::Idle { .. } => {
                slot.waker = Some(waker.clone());
                Next::Wait
            }
            Phase::Handed { .. } => {
                // The phase is put back by `deliver`.
                match mem::replace(&mut slot.phase, Phase::Idle { since: now }) {
                    Phase::Handed { job, .. } => Next::Deliver(slot.deliver(job, now)),
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
        request: &[u8],
        now: u64,
    ) -> Result<(Reply, Effects), NotCurrent> {
        let slot = self.slots.get_mut(&id).ok_or(NotCurrent::Unknown)?;
        let named = |id: RequestId| id.encode() == request;
        let (request, reply) = match mem::replace(&mut slot.phase, Phase::Idle { since: now }) {
            Phase::Busy { id, reply, .. } if named(id) => (id, reply),
            other => {
                slot.phase = other;
                let answered = slot.answered.is_some_and(named);
                return Err(if answered {
                    NotCurrent::Answered
                } else {
                    NotCurrent::Unknown
                });
            }
        };
        slot.answered = Some(request);
        let mut effects = Effects::default();
        if self.closed || !Arc::ptr_eq(&slot.spec, &self.spec) {
            slot.end(Reason::Stopped);
        } else if let Some(job) = self.queue.pop_front() {
            self.hand(id, job, now, &mut effects);
        } else {
            self.idle.push(id);
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

    /// What the supervisor of an environment has to do now.
    pub(crate) fn look(&mut self, id: EnvironmentId, now: u64) -> (Look, Effects) {
        let mut effects = Effects::default();
        let idle_timeout = self.idle_timeout.map(millis);
        let Some(slot) = self.slots.get_mut(&id) else {
            return (Look::Kill, effects);
        };
        let due = match &slot.phase {
            Phase::Starting { limit, .. } => *limit,
            Phase::Idle { since } => {
                idle_timeout.map_or(u64::MAX, |limit| since.saturating_add(limit))
            }
            Phase::Handed { deadline, .. } | Phase::Busy { deadline, .. } => *deadline,
            Phase::Ending(_) => return (Look::Kill, effects),
        };
        if now < due {
            slot.look_at = due;
            return (Look::SleepUntil(due), effects);
        }
        let reason = match mem::replace(&mut slot.phase, Phase::Idle { since: now }) {
            Phase::Starting { error, .. } => {
                self.starting -= 1;
                Reason::InitFailed(error.unwrap_or(InitEnd::TimedOut))
            }
            Phase::Handed { job, .. } => {
                // It never came back for more: no fault of this invocation's.
                self.queue.push_front(job);
                Reason::Stopped
            }
            Phase::Busy { id, reply, .. } => Reason::TimedOut(id, reply),
            Phase::Idle { .. } => {
                self.idle.retain(|idle| *idle != id);
                Reason::Stopped
            }
            Phase::Ending(reason) => reason,
        };
        slot.phase = Phase::Ending(reason);
        self.dispatch(now, &mut effects);
        (Look::Kill, effects)
    }

    /// The process of an environment is gone, and reaped.
    pub(crate) fn ended(&mut self, id: EnvironmentId, now: u64) -> (Verdict, Effects) {
        let mut effects = Effects::default();
        let Some(slot) = self.slots.remove(&id) else {
            return (Verdict::Quiet, effects);
        };
        let verdict = match slot.phase {
            Phase::Starting { error, .. } => {
                self.starting -= 1;
                self.init_failed(error.unwrap_or(InitEnd::Ended))
            }
            Phase::Idle { .. } => {
                self.idle.retain(|idle| *idle != id);
                Verdict::Quiet
            }
            Phase::Handed { job, .. } => {
                self.queue.push_front(job);
                Verdict::Quiet
            }
            Phase::Busy { id, reply, .. } => Verdict::Crashed(id, reply),
            Phase::Ending(Reason::Stopped) => Verdict::Quiet,
            Phase::Ending(Reason::InitFailed(end)) => self.init_failed(end),
            Phase::Ending(Reason::TimedOut(id, reply)) => Verdict::TimedOut(id, reply),
            Phase::Ending(Reason::ShutDown(reply)) => Verdict::ShutDown(reply),
        };
        self.dispatch(now, &mut effects);
        (verdict, effects)
    }

    /// From now on new environments are those of `spec`. The others end: at once, or with their invocation.
    pub(crate) fn replace(&mut self, spec: Arc<FunctionSpec>, now: u64) -> Effects {
        let mut effects = Effects::default();
        self.spec = spec;
        self.stop_waiting();
        self.dispatch(now, &mut effects);
        effects
    }

    /// Takes no more invocations, and refuses those that wait. Invocations that are running end by themselves, or at
    /// once if `kill` is set.
    pub(crate) fn close(&mut self, kill: bool) -> Vec<Reply> {
        self.closed = true;
        self.stop_waiting();
        let mut refused: Vec<Reply> = self.queue.drain(..).map(|job| job.reply).collect();
        for slot in self.slots.values_mut() {
            match mem::replace(&mut slot.phase, Phase::Ending(Reason::Stopped)) {
                Phase::Handed { job, .. } => {
                    refused.push(job.reply);
                    slot.end(Reason::Stopped);
                }
                Phase::Busy { reply, .. } if kill => slot.end(Reason::ShutDown(reply)),
                other => slot.phase = other,
            }
        }
        refused
    }

    /// Stops the environments that have no invocation.
    fn stop_waiting(&mut self) {
        self.idle.clear();
        for slot in self.slots.values_mut() {
            match &slot.phase {
                Phase::Starting { .. } => {
                    self.starting -= 1;
                    slot.end(Reason::Stopped);
                }
                Phase::Idle { .. } => slot.end(Reason::Stopped),
                Phase::Handed { .. } | Phase::Busy { .. } | Phase::Ending(_) => {}
            }
        }
    }

    /// One invocation fails with the start that it waited for, unless another start or a process that became free has
    /// already seen to it.
    fn init_failed(&mut self, end: InitEnd) -> Verdict {
        let left_over = self.queue.len() > self.starting;
        Verdict::InitFailed(
            end,
            left_over
                .then(|| self.queue.pop_front())
                .flatten()
                .map(|job| job.reply),
        )
    }

    /// Sees to the queue: idle environments first, then new ones.
    fn dispatch(&mut self, now: u64, effects: &mut Effects) {
        if self.closed {
            return;
        }
        while !self.queue.is_empty()
            && let Some(id) = self.idle.pop()
        {
            if let Some(job) = self.queue.pop_front() {
                self.hand(id, job, now, effects);
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
        });
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
