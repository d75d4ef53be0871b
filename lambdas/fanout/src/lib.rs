//! The function behind the fan-out queue: delivers slices of publications to their receivers, and tells who comes and goes.
//!
//! Receivers that could not be reached go back into the queue as a slice of their own, and after the last attempt into the
//! dead-letter queue, with the reason. The answer names only messages that are to come again as they are: what is no
//! slice, so that it ends in the dead-letter queue and not in nothing, and a slice whose rest could not be handed on.

mod wiring;

use std::time::Duration;

use tidegate_contract::functions::Function;
use tidegate_contract::metrics::Metric;
use tidegate_core::broker::Notice;
use tidegate_core::delivery::{Delivered, Delivery};
use tidegate_core::fanout::{Fanout, FanoutQueue, Message, Slice};
use tidegate_lambda::{Backend, Moment, Report, SqsBatchResponse, SqsEvent, SqsMessage};

/// What the function stands on.
pub struct Service {
    /// The ports, and the rules of the stack.
    pub backend: Backend,
    /// Where receivers go that are given up.
    pub dead_letters: Box<dyn FanoutQueue>,
}

/// The messages of a batch, by what they are.
#[derive(Default)]
struct Batch {
    ids: Vec<String>,
    slices: Vec<Slice>,
    traces: Vec<Option<String>>,
    notices: Vec<(String, Notice)>,
    unreadable: Vec<String>,
}

impl Batch {
    /// What is wrong with a message is not told: the text of the error could hold a part of it.
    fn read(event: SqsEvent) -> Self {
        let mut batch = Self::default();
        for message in event.records {
            match read(&message) {
                Some(Message::Slice(slice)) => {
                    batch.slices.push(slice);
                    batch.traces.push(message.trace().map(str::to_owned));
                    batch.ids.push(message.message_id);
                }
                Some(Message::Notice(notice)) => batch.notices.push((message.message_id, notice)),
                None => batch.unreadable.push(message.message_id),
            }
        }
        batch
    }
}

fn read(message: &SqsMessage) -> Option<Message> {
    Message::parse(message.body.as_deref()?).ok()
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
            notices,
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
            .work(
                &slices,
                &*self.dead_letters,
                moment.circumstances(),
                &traces,
            )
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
        let mut changes = 0;
        for (id, notice) in notices {
            let broker = self.backend.broker(&moment);
            match broker.announce(&notice, &moment.id()).await {
                Ok(announced) => {
                    changes += announced.changes;
                    delivered = delivered + announced.delivered;
                }
                Err(_) => {
                    outcome = "unavailable";
                    again.push(id);
                }
            }
        }
        let mut report = Report {
            route: Function::Fanout.name().to_owned(),
            publication: only(&slices),
            outcome,
            ..Report::default()
        }
        .delivery(delivered, took(&slices, &moment));
        if changes > 0 {
            let changes = f64::from(u32::try_from(changes).unwrap_or(u32::MAX));
            report.metrics.push((Metric::PresenceChanges, changes));
        }
        (Ok(SqsBatchResponse::again(again)), report)
    }

    fn fanout(&self) -> Fanout<'_> {
        Fanout {
            delivery: Delivery {
                subscriptions: &*self.backend.store,
                sender: &*self.backend.sender,
            },
            queue: &*self.backend.queue,
            timer: &*self.backend.timer,
        }
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
fn took(slices: &[Slice], moment: &Moment<'_>) -> Option<Duration> {
    let accepted = slices.iter().map(|slice| slice.publication.accepted_at_ms);
    let took_ms = (moment.clock)().saturating_sub(accepted.min()?);
    Some(Duration::from_millis(took_ms))
}
