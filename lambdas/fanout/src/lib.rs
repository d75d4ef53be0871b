//! The function behind the fan-out queue: delivers slices of publications to their receivers.
//!
//! Receivers that could not be reached go back into the queue as a slice of their own, and after the last attempt into the
//! dead-letter queue, with the reason. The answer names only messages that are to come again as they are: what is no
//! slice, so that it ends in the dead-letter queue and not in nothing, and a slice whose rest could not be handed on.

mod wiring;

use std::time::Duration;

use tidegate_contract::functions::Function;
use tidegate_core::delivery::{Delivered, Delivery};
use tidegate_core::fanout::{Circumstances, Fanout, FanoutQueue, Slice};
use tidegate_core::registry::Registry;
use tidegate_core::sender::Sender;
use tidegate_core::timer::Timer;
use tidegate_lambda::{Report, SqsBatchResponse, SqsEvent, SqsMessage};

/// What the function stands on.
pub struct Service {
    /// Where receivers that are gone are removed from.
    pub registry: Box<dyn Registry>,
    /// By which connections are reached.
    pub sender: Box<dyn Sender>,
    /// Where receivers go that could not be reached.
    pub queue: Box<dyn FanoutQueue>,
    /// Where receivers go that are given up.
    pub dead_letters: Box<dyn FanoutQueue>,
    /// By which the time is kept to.
    pub timer: Box<dyn Timer>,
}

/// When and in which trace a batch is handled.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// Now, in epoch milliseconds.
    pub now_ms: u64,
    /// When the batch must be done, in epoch milliseconds.
    pub deadline_ms: u64,
    /// Tells what time it is after something took its time, in epoch milliseconds.
    pub clock: fn() -> u64,
    /// A random number from 0 to 1, by which waits differ.
    pub jitter: f64,
    /// The trace of the invocation, as its header.
    pub trace: Option<&'a str>,
}

/// The messages of a batch, by what they are.
#[derive(Default)]
struct Batch {
    ids: Vec<String>,
    slices: Vec<Slice>,
    traces: Vec<Option<String>>,
    unreadable: Vec<String>,
}

impl Batch {
    /// What is wrong with a message is not told: the text of the error could hold a part of it.
    fn read(event: SqsEvent) -> Self {
        let mut batch = Self::default();
        for message in event.records {
            match slice(&message) {
                Some(slice) => {
                    batch.slices.push(slice);
                    batch.traces.push(message.trace().map(str::to_owned));
                    batch.ids.push(message.message_id);
                }
                None => batch.unreadable.push(message.message_id),
            }
        }
        batch
    }
}

fn slice(message: &SqsMessage) -> Option<Slice> {
    serde_json::from_str(message.body.as_deref()?).ok()
}

impl Service {
    /// Delivers a batch.
    pub async fn handle(
        &self,
        event: SqsEvent,
        moment: Moment<'_>,
    ) -> (Result<SqsBatchResponse, String>, Report) {
        let Batch {
            ids,
            slices,
            traces,
            unreadable,
        } = Batch::read(event);
        let mut outcome = if unreadable.is_empty() {
            "ok"
        } else {
            "bad_message"
        };
        let mut again = unreadable;
        let mut delivered = Delivered::default();
        let done = self
            .fanout()
            .work(&slices, &*self.dead_letters, circumstances(moment), &traces)
            .await;
        for (id, done) in ids.into_iter().zip(done) {
            match done {
                Ok(done) => delivered = delivered + done,
                Err(_) => {
                    outcome = "not_handed_on";
                    again.push(id);
                }
            }
        }
        let report = Report {
            route: Function::Fanout.name().to_owned(),
            publication: only(&slices),
            outcome,
            ..Report::default()
        }
        .delivery(delivered, took(&slices, moment));
        (Ok(SqsBatchResponse::again(again)), report)
    }

    fn fanout(&self) -> Fanout<'_> {
        Fanout {
            delivery: Delivery {
                registry: &*self.registry,
                sender: &*self.sender,
            },
            queue: &*self.queue,
            timer: &*self.timer,
        }
    }
}

const fn circumstances(moment: Moment<'_>) -> Circumstances<'_> {
    Circumstances {
        now_ms: moment.now_ms,
        deadline_ms: moment.deadline_ms,
        jitter: moment.jitter,
        trace: moment.trace,
    }
}

/// The publication of the batch, where there is just one: Lambda is given one slice at a time.
fn only(slices: &[Slice]) -> Option<String> {
    match slices {
        [slice] => Some(slice.publication.publication_id.clone()),
        _ => None,
    }
}

/// From the acceptance of the oldest publication of the batch until now.
fn took(slices: &[Slice], moment: Moment<'_>) -> Option<Duration> {
    let accepted = slices.iter().map(|slice| slice.publication.accepted_at_ms);
    let took_ms = (moment.clock)().saturating_sub(accepted.min()?);
    Some(Duration::from_millis(took_ms))
}
