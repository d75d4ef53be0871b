//! Fan-out: what of a publication is delivered by others, and when.
//!
//! A channel with few receivers is delivered to at once, by whoever accepted the publication. One with many is cut into
//! slices, which wait in a queue for other functions. Whoever could not be reached for now, one way or the other, is put
//! into a slice of its own, which is tried again a little later, a few times. Then it is put aside, with the reason, into
//! the dead-letter queue.
//!
//! # What is promised
//! A receiver may get a publication more than once: a post whose answer was lost is made again, and so is a slice whose
//! function crashed. The publication's id stands in the frame, and clients drop what they have had. Nobody is left out in
//! silence: whoever was not reached waits in one of the queues, or is counted as failed where no queue took them. In a
//! channel with history such a receiver sees the gap in the offsets, or the newer head, and recovers. In one without, the
//! publication is lost to them: there, delivery is at most once when both the receiver and the queue fail.

mod message;
mod queue;
mod slice;

pub use message::Message;
pub use queue::{FanoutQueue, QueueError};
pub use slice::{GivenUp, Missed, Publication, Receiver, Slice, UnknownVersion, Version};

use thiserror::Error;

use crate::connection::Subscriber;
use crate::delivery::{Delivered, Delivery, Origin, Outcome};
use crate::timer::Timer;

/// The receivers of one slice: few enough to be done in seconds, and to be a message of at most a few hundred
/// kilobytes.
pub const SLICE_RECEIVERS: usize = 500;

/// How often receivers that could not be reached are tried again. Lambda ends a chain of functions and queues at about
/// 16 by itself.
pub const MOST_ATTEMPTS: u32 = 3;

/// What is kept of the time for handing on whoever was not reached: time for a second try, should the queue not answer
/// the first.
pub const HAND_ON_MS: u64 = 4_000;

/// What does not come from the domain: the time that there is, a random number, and the trace of the invocation.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// Now, in epoch milliseconds.
    pub now_ms: u64,
    /// When all must be done, in epoch milliseconds: whoever is not reached by then is handed on.
    pub deadline_ms: u64,
    /// A random number from 0 to 1, by which waits differ.
    pub jitter: f64,
    /// The trace that this is part of, as its header.
    pub trace: Option<&'a str>,
}

impl Circumstances<'_> {
    /// When the last post must have ended.
    fn posts_until_ms(&self) -> u64 {
        self.deadline_ms.saturating_sub(HAND_ON_MS)
    }

    /// Until when it is waited for the queue before receivers are delivered to here instead: half of the time.
    fn queue_until_ms(&self) -> u64 {
        let left_ms = self.posts_until_ms().saturating_sub(self.now_ms);
        self.now_ms.saturating_add(left_ms / 2)
    }
}

/// Delivers publications, with the help of others where there are many receivers.
#[derive(Clone, Copy)]
pub struct Fanout<'a> {
    /// To receivers.
    pub delivery: Delivery<'a>,
    /// To others.
    pub queue: &'a dyn FanoutQueue,
    /// By which the time is kept to.
    pub timer: &'a dyn Timer,
}

/// A slice was not done: it must be given to somebody once more.
#[derive(Debug, Error)]
#[error("receivers that could not be reached could not be handed on")]
pub struct NotHandedOn(#[source] pub QueueError);

impl Fanout<'_> {
    /// Delivers a publication that was just accepted: to at most `direct` receivers at once, to more by way of the queue.
    ///
    /// What the queue does not take is delivered here all the same, as far as there is time: late is better than never.
    /// Whoever is neither reached nor taken by the queue by then is counted as failed.
    pub async fn publish(
        &self,
        publication: Publication,
        receivers: Vec<Subscriber>,
        direct: usize,
        circumstances: Circumstances<'_>,
    ) -> Delivered {
        let receivers: Vec<_> = receivers.into_iter().map(Receiver::from).collect();
        let mut delivered = Delivered::default();
        let here = if receivers.len() <= direct {
            receivers
        } else {
            let all = receivers.len();
            let left = self.hand_over(&publication, receivers, circumstances).await;
            delivered.queued = all - left.len();
            left
        };
        let here = [Slice::new(publication, here)];
        for (slice, outcome) in here
            .iter()
            .zip(self.deliver(&here, Origin::Here, circumstances).await)
        {
            let (own, again, dead) = judge(slice, outcome, circumstances.now_ms);
            delivered = delivered + own;
            // The queue's function puts them aside, after a last attempt: this one has no way there.
            let dead = dead.into_iter().map(|dead| Slice {
                attempt: MOST_ATTEMPTS,
                given_up: None,
                ..dead
            });
            for slice in again.into_iter().chain(dead) {
                match self.hand_on(&slice, circumstances).await {
                    Ok(()) => delivered.queued += slice.receivers.len(),
                    // There is nobody left to ask.
                    Err(_) => delivered.failed += slice.receivers.len(),
                }
            }
        }
        delivered
    }

    /// Delivers slices that waited in the queue, all at once and in one bound. Whoever could not be reached goes back into
    /// the queue, and after the last attempt to `dead_letters`. Says of each slice what came of it, in their order; one
    /// that is an error must come again.
    pub async fn work(
        &self,
        slices: &[Slice],
        dead_letters: &dyn FanoutQueue,
        circumstances: Circumstances<'_>,
        traces: &[Option<String>],
    ) -> Vec<Result<Delivered, NotHandedOn>> {
        let outcomes = self.deliver(slices, Origin::Queue, circumstances).await;
        let mut done = Vec::with_capacity(slices.len());
        for (index, (slice, outcome)) in slices.iter().zip(outcomes).enumerate() {
            let own = traces.get(index).and_then(Option::as_deref);
            let circumstances = Circumstances {
                trace: own.or(circumstances.trace),
                ..circumstances
            };
            let (delivered, again, dead) = judge(slice, outcome, circumstances.now_ms);
            let handed_on = async {
                if let Some(again) = &again {
                    self.hand_on(again, circumstances).await?;
                }
                self.put_aside(&dead, dead_letters, circumstances).await
            };
            let count = |slice: &Slice| slice.receivers.len();
            done.push(handed_on.await.map_err(NotHandedOn).map(|()| Delivered {
                queued: again.iter().map(count).sum(),
                dead: dead.iter().map(count).sum(),
                ..delivered
            }));
        }
        done
    }

    async fn deliver(
        &self,
        slices: &[Slice],
        origin: Origin,
        circumstances: Circumstances<'_>,
    ) -> Vec<Outcome> {
        let until = self.timer.sleep_until(circumstances.posts_until_ms());
        let now_ms = circumstances.now_ms;
        self.delivery.deliver(slices, origin, now_ms, until).await
    }

    /// Hands a publication to the queue in slices, and gives back whom the queue did not take.
    async fn hand_over(
        &self,
        publication: &Publication,
        receivers: Vec<Receiver>,
        circumstances: Circumstances<'_>,
    ) -> Vec<Receiver> {
        let slices: Vec<_> = receivers
            .chunks(SLICE_RECEIVERS)
            .map(|receivers| Slice::new(publication.clone(), receivers.to_vec()))
            .collect();
        let sent = self.queue.send(&slices, 0, circumstances.trace);
        let until_ms = circumstances.queue_until_ms();
        let Some(taken) = self.timer.within(until_ms, sent).await else {
            return receivers;
        };
        let left = slices.into_iter().zip(taken);
        let left = left.filter(|(_, taken)| taken.is_err());
        left.flat_map(|(slice, _)| slice.receivers).collect()
    }

    /// Puts a slice into the queue once more, for later.
    async fn hand_on(
        &self,
        slice: &Slice,
        circumstances: Circumstances<'_>,
    ) -> Result<(), QueueError> {
        let delay_s = delay_s(slice.attempt, circumstances.jitter);
        let slices = std::slice::from_ref(slice);
        self.put(self.queue, slices, delay_s, circumstances).await
    }

    async fn put_aside(
        &self,
        dead: &[Slice],
        dead_letters: &dyn FanoutQueue,
        circumstances: Circumstances<'_>,
    ) -> Result<(), QueueError> {
        if dead.is_empty() {
            return Ok(());
        }
        self.put(dead_letters, dead, 0, circumstances).await
    }

    async fn put(
        &self,
        queue: &dyn FanoutQueue,
        slices: &[Slice],
        delay_s: u32,
        circumstances: Circumstances<'_>,
    ) -> Result<(), QueueError> {
        let sent = queue.send(slices, delay_s, circumstances.trace);
        let sent = self.timer.within(circumstances.deadline_ms, sent).await;
        sent.ok_or_else(|| QueueError::Unavailable("there was no time left".into()))?
            .into_iter()
            .collect()
    }
}

/// What is final, what is worth another attempt, and what is given up: a slice for each reason.
fn judge(slice: &Slice, outcome: Outcome, now_ms: u64) -> (Delivered, Option<Slice>, Vec<Slice>) {
    let Outcome { delivered, missed } = outcome;
    let mut again = Vec::new();
    let mut dead = Vec::new();
    for (why, receivers) in missed {
        if why.is_passing() && slice.attempt < MOST_ATTEMPTS {
            again.extend(receivers);
            continue;
        }
        dead.push(Slice {
            attempt: 0,
            given_up: Some(GivenUp {
                why,
                attempts: slice.attempt + 1,
                at_ms: now_ms,
            }),
            ..slice.with(receivers)
        });
    }
    let again = (!again.is_empty()).then(|| Slice {
        attempt: slice.attempt + 1,
        given_up: None,
        ..slice.with(again)
    });
    (delivered, again, dead)
}

/// How long a slice is held back: 2, 6 and 18 seconds at the most, and half of that at the least, so that what failed
/// together does not come back together.
fn delay_s(attempt: u32, jitter: f64) -> u32 {
    let longest = 2 * 3_u32.saturating_pow(attempt.clamp(1, MOST_ATTEMPTS) - 1);
    let spread = f64::from(longest) * (0.5 + jitter.clamp(0.0, 1.0) / 2.0);
    // From 1 to 18: it fits.
    spread.ceil() as u32
}

#[cfg(test)]
mod tests;
