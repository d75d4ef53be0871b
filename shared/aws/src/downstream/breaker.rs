//! The circuit breaker: a state machine that is told the time.

use std::time::Duration;

/// The window over which failures are counted, in slots: the oldest is forgotten as a whole.
const SLOTS: usize = 10;
const SLOT_MS: u64 = 3_000;
/// The share of failures that opens a breaker: one of so many.
const FAILS_ONE_OF: u32 = 2;
/// How long a breaker that opens stays so; each probe that fails doubles it, up to the longest.
const SHORTEST_MS: u64 = 1_000;
const LONGEST_MS: u64 = 10_000;
/// How long a probe is waited for. One that was dropped, with its invocation, must not keep the breaker half open.
const PROBE_MS: u64 = 10_000;

/// What came of a call, for the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The service answered, whatever it said.
    Answered,
    /// The service is to blame for a call that came to nothing.
    Failed,
    /// It came to nothing, and who is to blame cannot be told.
    Unknown,
}

/// That a call was let through, and in which state of the breaker: an answer that comes later than the next change of it
/// tells nothing about the state that is now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permit {
    generation: u64,
}

#[derive(Debug)]
enum State {
    Closed(Window),
    Open { since_ms: u64, wait_ms: u64 },
    HalfOpen { since_ms: u64, wait_ms: u64 },
}

/// A circuit breaker. All times are in epoch milliseconds.
#[derive(Debug)]
pub(super) struct Breaker {
    /// Fewer calls in the window never open it.
    least_calls: u32,
    state: State,
    generation: u64,
}

impl Breaker {
    pub(super) fn new(least_calls: u32) -> Self {
        Self {
            least_calls,
            state: State::Closed(Window::default()),
            generation: 0,
        }
    }

    /// Lets a call through, or says when to ask again.
    pub(super) fn admit(&mut self, now_ms: u64) -> Result<Permit, Duration> {
        let (left_ms, wait_ms) = match self.state {
            State::Closed(_) => (0, None),
            State::Open { since_ms, wait_ms } => (left(since_ms, wait_ms, now_ms), Some(wait_ms)),
            State::HalfOpen { since_ms, wait_ms } => {
                (left(since_ms, PROBE_MS, now_ms), Some(wait_ms))
            }
        };
        if left_ms > 0 {
            // The probe is expected to be done long before it is given up.
            let longest = wait_ms.unwrap_or(SHORTEST_MS);
            return Err(Duration::from_millis(left_ms.min(longest)));
        }
        if let Some(wait_ms) = wait_ms {
            let since_ms = now_ms;
            self.change(State::HalfOpen { since_ms, wait_ms });
        }
        Ok(Permit {
            generation: self.generation,
        })
    }

    /// Takes note of what came of a call. `jitter` is a random number from 0 to 1: processes that saw the same outage must
    /// not all probe at the same moment.
    pub(super) fn settle(&mut self, permit: Permit, outcome: Outcome, now_ms: u64, jitter: f64) {
        if permit.generation != self.generation {
            return;
        }
        match &mut self.state {
            State::Closed(window) => {
                window.count(outcome, now_ms);
                if window.is_bad(self.least_calls, now_ms) {
                    self.open(SHORTEST_MS, now_ms, jitter);
                }
            }
            State::HalfOpen { wait_ms, .. } => {
                let wait_ms = *wait_ms;
                match outcome {
                    Outcome::Answered => self.change(State::Closed(Window::default())),
                    Outcome::Failed => self.open((2 * wait_ms).min(LONGEST_MS), now_ms, jitter),
                    Outcome::Unknown => self.open(wait_ms, now_ms, jitter),
                }
            }
            // No permit has its generation.
            State::Open { .. } => {}
        }
    }

    fn open(&mut self, wait_ms: u64, now_ms: u64, jitter: f64) {
        // Half of the wait is the same for all. From 500 to 10,000: it fits.
        let spread_ms = (wait_ms as f64 * jitter.clamp(0.0, 1.0) / 2.0) as u64;
        self.change(State::Open {
            since_ms: now_ms.saturating_sub(spread_ms),
            wait_ms,
        });
    }

    fn change(&mut self, state: State) {
        self.state = state;
        self.generation += 1;
    }
}

/// What is left of a wait. Nothing, when the clock was set back: nobody knows then how long it was.
fn left(since_ms: u64, wait_ms: u64, now_ms: u64) -> u64 {
    let waited_ms = now_ms.checked_sub(since_ms).unwrap_or(wait_ms);
    wait_ms.saturating_sub(waited_ms)
}

/// The calls of the last half a minute.
#[derive(Debug, Default)]
struct Window {
    slots: [Slot; SLOTS],
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// Which slot of all time it is. What is here of another one is old.
    number: u64,
    calls: u32,
    failed: u32,
}

impl Window {
    fn count(&mut self, outcome: Outcome, now_ms: u64) {
        if outcome == Outcome::Unknown {
            return;
        }
        let number = now_ms / SLOT_MS;
        // Less than ten: it fits.
        let slot = &mut self.slots[(number % SLOTS as u64) as usize];
        if slot.number != number {
            *slot = Slot {
                number,
                ..Slot::default()
            };
        }
        slot.calls = slot.calls.saturating_add(1);
        slot.failed = slot
            .failed
            .saturating_add(u32::from(outcome == Outcome::Failed));
    }

    fn is_bad(&self, least_calls: u32, now_ms: u64) -> bool {
        let newest = now_ms / SLOT_MS;
        let is_recent = |slot: &&Slot| {
            newest
                .checked_sub(slot.number)
                .is_some_and(|age| age < SLOTS as u64)
        };
        let (calls, failed) =
            self.slots
                .iter()
                .filter(is_recent)
                .fold((0_u32, 0_u32), |(calls, failed), slot| {
                    (
                        calls.saturating_add(slot.calls),
                        failed.saturating_add(slot.failed),
                    )
                });
        calls >= least_calls && failed.saturating_mul(FAILS_ONE_OF) >= calls
    }
}

#[cfg(test)]
mod tests;
