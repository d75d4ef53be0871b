//! The function behind the inlet: publishes what backends and rules of EventBridge put into its queue, and revokes whom
//! CloudTrail tells of.
//!
//! The answer names the messages that come again. What can never be published is among them, so that SQS puts it aside
//! after the last attempt, where people find it: nothing that the queue took is dropped without a word. A message that
//! comes again is published once, for its id is its key where it brings none.

mod message;
mod wiring;

use std::time::Duration;

use tidegate_contract::functions::Function;
use tidegate_contract::log;
use tidegate_contract::metrics::Metric;
use tidegate_core::broker::{Author, Broker, PublishError, Published, Request};
use tidegate_core::delivery::Delivered;
use tidegate_core::protocol::{ErrorCode, IdempotencyKey};
use tidegate_lambda::{Backend, Moment, Report, SqsBatchResponse, SqsEvent};
use tidegate_server_api::Draft;

pub use wiring::from_environment;

use crate::message::{Asked, Revoked};

/// Why a message comes again.
struct Again {
    /// For the log line.
    outcome: &'static str,
    /// What is wrong, without anything of the message.
    problem: String,
}

impl Again {
    /// There was no time for it; and that is nobody's fault.
    fn late() -> Self {
        Self {
            outcome: "no_time",
            problem: "the invocation had no time left for it".to_owned(),
        }
    }
}

impl From<PublishError> for Again {
    fn from(error: PublishError) -> Self {
        let outcome = match &error {
            PublishError::Forbidden(_) => "unknown_channel",
            PublishError::TooLarge { .. } => ErrorCode::TooLarge.as_str(),
            PublishError::Busy(_) => ErrorCode::Busy.as_str(),
            _ => ErrorCode::Unavailable.as_str(),
        };
        Self {
            outcome,
            problem: error.to_string(),
        }
    }
}

/// What became of the messages of a batch.
#[derive(Default)]
struct Done {
    published: Vec<(String, Published, Duration)>,
    put_out: usize,
    revoked: usize,
}

/// Publishes a batch: one message after the other, since those of one channel would only be in each other's way.
pub async fn handle(
    backend: &Backend,
    event: SqsEvent,
    moment: Moment<'_>,
) -> (Result<SqsBatchResponse, String>, Report) {
    let broker = backend.broker(&moment);
    let mut done = Done::default();
    let (mut again, mut outcome) = (Vec::new(), "ok");
    for message in event.records {
        let worked = if (moment.clock)() >= moment.deadline_ms {
            Err(Again::late())
        } else {
            match message::read(&message) {
                Ok(asked) => work(&broker, asked, &moment, &mut done).await,
                Err(bad) => Err(Again {
                    outcome: "bad_message",
                    problem: bad.to_string(),
                }),
            }
        };
        if let Err(Again {
            outcome: why,
            problem,
        }) = worked
        {
            let id = message.message_id;
            tracing::warn!(message = %id, reason = why, "not published: {problem}");
            outcome = why;
            again.push(id);
        }
    }
    let report = report(done, outcome, again.len());
    (Ok(SqsBatchResponse::again(again)), report)
}

async fn work(
    broker: &Broker<'_>,
    asked: Asked,
    moment: &Moment<'_>,
    done: &mut Done,
) -> Result<(), Again> {
    match asked {
        Asked::Publish(draft, key) => {
            let namespace = draft.channel.namespace().to_owned();
            let (published, took) = publish(broker, &draft, &key, moment).await?;
            done.published.push((namespace, published, took));
        }
        Asked::Revoke(Revoked { user, at_s }) => {
            let revoked = broker.revoke_as_of(&user, at_s).await;
            let ended = revoked.map_err(|error| Again::from(PublishError::from(error)))?;
            done.revoked += 1;
            done.put_out += ended.connections;
        }
        Asked::Nothing => {}
    }
    Ok(())
}

async fn publish(
    broker: &Broker<'_>,
    draft: &Draft,
    key: &IdempotencyKey,
    moment: &Moment<'_>,
) -> Result<(Published, Duration), PublishError> {
    let started = (moment.uptime)();
    let request = Request {
        channel: &draft.channel,
        data: &draft.data,
        key: Some(key),
        new_id: &moment.id(),
    };
    let published = broker.publish(Author::Server, request).await?;
    Ok((published, (moment.uptime)().saturating_sub(started)))
}

fn report(done: Done, outcome: &'static str, again: usize) -> Report {
    let count = |counted: usize| f64::from(u32::try_from(counted).unwrap_or(u32::MAX));
    let mut report = Report {
        route: Function::Inlet.name().to_owned(),
        outcome,
        counts: vec![(log::AGAIN, again)],
        ..Report::default()
    };
    let Done {
        published,
        put_out,
        revoked,
    } = done;
    if revoked > 0 {
        report.counts.push((log::REVOKED, revoked));
        report.metrics.push((Metric::PutOut, count(put_out)));
    }
    let Some((namespace, first, _)) = published.first() else {
        return report;
    };
    // A log line has one value of a dimension: where there are several, their sum is in the stack's metric only.
    if published.iter().all(|(other, ..)| other == namespace) {
        report.namespace = Some(namespace.clone());
    }
    if published.len() == 1 {
        report.publication = Some(first.publication_id.clone());
    }
    let new = published.iter().filter(|(_, it, _)| !it.duplicate).count();
    let collisions: u32 = published.iter().map(|(_, it, _)| it.collisions).sum();
    report.metrics.push((Metric::Publications, count(new)));
    if collisions > 0 {
        let collisions = f64::from(collisions);
        report.metrics.push((Metric::AppendCollisions, collisions));
    }
    let longest = published.iter().map(|(.., took)| *took).max();
    let unreadable = published.iter().map(|(_, it, _)| it.unreadable).sum();
    let delivered = published
        .into_iter()
        .map(|(_, it, _)| it.delivered)
        .fold(Delivered::default(), |sum, one| sum + one);
    report.delivery(delivered, longest).unreadable(unreadable)
}
