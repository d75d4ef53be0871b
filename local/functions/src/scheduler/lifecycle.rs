//! How environments end: by the clock, by themselves, or as the function changes.

use std::mem;
use std::sync::Arc;

use super::slot::{Phase, Reason, millis};
use super::{Effects, EnvironmentId, InitEnd, Look, Reply, Scheduler, Verdict};
use crate::FunctionSpec;

impl Scheduler {
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
            Phase::Leaving { until } => *until,
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
            Phase::Leaving { .. } => Reason::Stopped,
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
                self.init_failed(error.unwrap_or(InitEnd::Ended), now)
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
            Phase::Leaving { .. } | Phase::Ending(Reason::Stopped) => Verdict::Quiet,
            Phase::Ending(Reason::InitFailed(end)) => self.init_failed(end, now),
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
        self.stop_waiting(now);
        self.dispatch(now, &mut effects);
        effects
    }

    /// Takes no more invocations, and refuses those that wait. Invocations that are running end by themselves, or at
    /// once if `kill` is set.
    pub(crate) fn close(&mut self, kill: bool, now: u64) -> Vec<Reply> {
        self.closed = true;
        self.stop_waiting(now);
        let mut refused: Vec<Reply> = self.queue.drain(..).map(|job| job.reply).collect();
        for slot in self.slots.values_mut() {
            match mem::replace(&mut slot.phase, Phase::Ending(Reason::Stopped)) {
                Phase::Handed { job, .. } => {
                    refused.push(job.reply);
                    slot.leave(now);
                }
                Phase::Busy { reply, .. } if kill => slot.end(Reason::ShutDown(reply)),
                other => slot.phase = other,
            }
        }
        refused
    }

    /// Stops the environments that have no invocation.
    fn stop_waiting(&mut self, now: u64) {
        self.idle.clear();
        for slot in self.slots.values_mut() {
            match &slot.phase {
                Phase::Starting { .. } => {
                    self.starting -= 1;
                    slot.end(Reason::Stopped);
                }
                Phase::Idle { .. } => slot.leave(now),
                Phase::Handed { .. }
                | Phase::Busy { .. }
                | Phase::Leaving { .. }
                | Phase::Ending(_) => {}
            }
        }
    }

    /// One invocation fails with the start that it waited for, unless another start or a process that became free has
    /// already seen to it.
    fn init_failed(&mut self, end: InitEnd, now: u64) -> Verdict {
        let is_left_over = self.queue.len() > self.starting;
        let job = is_left_over.then(|| self.queue.pop_front()).flatten();
        if job.is_some() {
            self.count_invocation(now);
        }
        Verdict::InitFailed(end, job.map(|job| job.reply))
    }
}
