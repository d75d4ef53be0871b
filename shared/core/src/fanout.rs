//! Fan-out: what of a publication is delivered by others, and when.
//!
//! A channel with few receivers is delivered to at once, by whoever accepted the publication. One with many is cut into
//! slices, which wait in a queue for other functions. And whoever could not be reached for now, one way or the other, is
//! put into a slice of its own, which is tried again a little later, a few times.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::broker::Notice;
use crate::channel::Channel;
use crate::connection::Subscriber;
use crate::delivery::{Delivered, Delivery, Outcome};

/// The receivers of one slice: few enough to be done in seconds, and to be a message of at most a few hundred
/// kilobytes.
pub const SLICE_RECEIVERS: usize = 500;

/// How often receivers that could not be reached are tried again. Lambda ends a chain of functions and queues at about
/// 16 by itself.
pub const MOST_ATTEMPTS: u32 = 3;

/// A publication on its way to receivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Publication {
    /// The channel.
    pub channel: Channel,
    /// The id that the publication has everywhere. A receiver may get it twice, and tells by this.
    pub publication_id: String,
    /// When it was accepted, in epoch milliseconds.
    pub accepted_at_ms: u64,
    /// The frame that each receiver gets.
    pub frame: String,
}

/// A publication for some of its receivers: one message of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Slice {
    /// The form of the message.
    pub version: Version,
    /// What is delivered.
    #[serde(flatten)]
    pub publication: Publication,
    /// To whom.
    pub receivers: Vec<Subscriber>,
    /// How often it was tried before for just these receivers.
    pub attempt: u32,
}

/// The form of a message. A function may meet messages of another commit, which it must not take for its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Version;

/// The only form that there is so far.
const VERSION: u32 = 1;

impl From<Version> for u32 {
    fn from(_: Version) -> Self {
        VERSION
    }
}

impl TryFrom<u32> for Version {
    type Error = UnknownVersion;

    fn try_from(version: u32) -> Result<Self, Self::Error> {
        if version == VERSION {
            Ok(Self)
        } else {
            Err(UnknownVersion(version))
        }
    }
}

/// A message has a form that this commit does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the message has the version {0}, and only {VERSION} can be read here")]
pub struct UnknownVersion(u32);

impl Slice {
    /// The same in two halves; none for a slice that has none.
    #[must_use]
    pub fn halves(&self) -> Option<[Self; 2]> {
        let (first, second) = self.receivers.split_at(self.receivers.len() / 2);
        let half = |receivers: &[Subscriber]| Self {
            receivers: receivers.to_vec(),
            publication: self.publication.clone(),
            ..*self
        };
        (!first.is_empty()).then(|| [half(first), half(second)])
    }
}

/// The port to the queue in which slices wait. What it took is worked on at least once.
///
/// An implementation gives each call a time limit and tries again what is worth trying again: a call that returns has
/// its final result.
#[async_trait]
pub trait FanoutQueue: Send + Sync {
    /// Hands slices over, to be worked on after `delay_s` seconds (900 at most); `trace` says which trace of the
    /// invocation they belong to, as its header. Returns for each slice, in their order, whether it was taken; one that
    /// was not may have been all the same.
    async fn send(
        &self,
        slices: &[Slice],
        delay_s: u32,
        trace: Option<&str>,
    ) -> Vec<Result<(), QueueError>>;

    /// Hands over a notice of who comes or goes, to be told after `delay_s` seconds (900 at most).
    async fn send_notice(
        &self,
        notice: &Notice,
        delay_s: u32,
        trace: Option<&str>,
    ) -> Result<(), QueueError>;
}

/// Why a slice was not taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QueueError {
    /// The queue refuses the caller.
    #[error("the fan-out queue refuses this function: its role must allow sqs:SendMessage")]
    Refused,
    /// The queue takes no such message.
    #[error("the fan-out queue does not take the message: {0}")]
    Invalid(String),
    /// The queue does not answer, or not in time.
    #[error("the fan-out queue does not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What does not come from the domain: a random number, and the trace of the invocation.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// Now, in epoch milliseconds.
    pub now_ms: u64,
    /// A random number from 0 to 1, by which waits differ.
    pub jitter: f64,
    /// The trace that this is part of, as its header.
    pub trace: Option<&'a str>,
}

/// Delivers publications, with the help of others where there are many receivers.
#[derive(Clone, Copy)]
pub struct Fanout<'a> {
    /// To receivers.
    pub delivery: Delivery<'a>,
    /// To others.
    pub queue: &'a dyn FanoutQueue,
}

/// A slice was not done: it must be given to somebody once more.
#[derive(Debug, Error)]
#[error("receivers that could not be reached could not be handed on")]
pub struct NotHandedOn(#[source] pub QueueError);

impl Fanout<'_> {
    /// Delivers a publication that was just accepted: to at most `direct` receivers at once, to more by way of the queue.
    ///
    /// What the queue does not take is delivered here all the same, however long it takes: late is better than never.
    pub async fn publish(
        &self,
        publication: &Publication,
        receivers: Vec<Subscriber>,
        direct: usize,
        circumstances: Circumstances<'_>,
    ) -> Delivered {
        let slice = |receivers: Vec<Subscriber>| Slice {
            version: Version,
            publication: publication.clone(),
            receivers,
            attempt: 0,
        };
        let mut queued = 0;
        let here = if receivers.len() <= direct {
            slice(receivers)
        } else {
            let slices: Vec<_> = receivers
                .chunks(SLICE_RECEIVERS)
                .map(|receivers| slice(receivers.to_vec()))
                .collect();
            let taken = self.queue.send(&slices, 0, circumstances.trace).await;
            let mut left = Vec::new();
            for (slice, taken) in slices.into_iter().zip(taken) {
                match taken {
                    Ok(()) => queued += slice.receivers.len(),
                    Err(_) => left.extend(slice.receivers),
                }
            }
            slice(left)
        };
        let here = std::slice::from_ref(&here);
        let mut delivered = Delivered::default();
        for outcome in self.delivery.deliver(here, circumstances.now_ms).await {
            let (mut own, retry) = judge(&here[0], outcome);
            if let Some(retry) = retry {
                let waiting = retry.receivers.len();
                match self.hand_on(&retry, circumstances).await {
                    Ok(()) => own.queued += waiting,
                    // There is nobody left to ask.
                    Err(_) => own.failed += waiting,
                }
            }
            delivered = delivered + own;
        }
        delivered.queued += queued;
        delivered
    }

    /// Delivers slices that waited in the queue, all at once and in one bound. Says of each what came of it, in their
    /// order; one that is an error must come again.
    pub async fn work(
        &self,
        slices: &[Slice],
        circumstances: Circumstances<'_>,
        traces: &[Option<String>],
    ) -> Vec<Result<Delivered, NotHandedOn>> {
        let outcomes = self.delivery.deliver(slices, circumstances.now_ms).await;
        let mut done = Vec::with_capacity(slices.len());
        for (index, (slice, outcome)) in slices.iter().zip(outcomes).enumerate() {
            let (mut delivered, retry) = judge(slice, outcome);
            let Some(retry) = retry else {
                done.push(Ok(delivered));
                continue;
            };
            let own = traces.get(index).and_then(Option::as_deref);
            let circumstances = Circumstances {
                trace: own.or(circumstances.trace),
                ..circumstances
            };
            delivered.queued += retry.receivers.len();
            let handed_on = self.hand_on(&retry, circumstances).await;
            done.push(handed_on.map(|()| delivered).map_err(NotHandedOn));
        }
        done
    }

    async fn hand_on(
        &self,
        slice: &Slice,
        circumstances: Circumstances<'_>,
    ) -> Result<(), QueueError> {
        let delay_s = delay_s(slice.attempt, circumstances.jitter);
        let slices = std::slice::from_ref(slice);
        let sent = self.queue.send(slices, delay_s, circumstances.trace).await;
        sent.into_iter().collect()
    }
}

/// What is final, and what is worth another attempt.
fn judge(slice: &Slice, outcome: Outcome) -> (Delivered, Option<Slice>) {
    let Outcome {
        mut delivered,
        unreached,
    } = outcome;
    if slice.attempt >= MOST_ATTEMPTS {
        delivered.failed += unreached.len();
        return (delivered, None);
    }
    let retry = (!unreached.is_empty()).then(|| Slice {
        version: Version,
        publication: slice.publication.clone(),
        receivers: unreached,
        attempt: slice.attempt + 1,
    });
    (delivered, retry)
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
