//! `POST /publications`.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;
use tidegate_core::broker::{self, Author, Broker, Request};
use tidegate_lambda::{HttpEvent, Moment};
use tidegate_server_api::{
    ApiError, ApiErrorCode, Batch, BatchOutcome, Draft, MAX_BATCH, MAX_BODY_BYTES, Outcome,
    Published,
};

use crate::failure::Failure;
use crate::report::Counted;
use crate::{Answer, reply};

/// By this a batch is told from a single publication.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow)]
    publications: Option<&'a RawValue>,
}

pub(crate) async fn publish(
    broker: &Broker<'_>,
    event: &HttpEvent,
    moment: &Moment<'_>,
) -> Result<Answer, Failure> {
    let started = (moment.uptime)();
    let body = body(event)?;
    let kind: Kind<'_> = serde_json::from_str(&body).map_err(|error| invalid(&error))?;
    let (answer, published) = if kind.publications.is_some() {
        let batch: Batch = serde_json::from_str(&body).map_err(|error| invalid(&error))?;
        batch_of(broker, batch, moment).await?
    } else {
        let draft: Draft = serde_json::from_str(&body).map_err(|error| invalid(&error))?;
        let published = one(broker, &draft, moment).await?;
        let answer = reply::json(200, &told(&published));
        let namespace = draft.channel.namespace().to_owned();
        (answer, vec![(namespace, published)])
    };
    let took = (moment.uptime)().saturating_sub(started);
    Ok(Answer {
        reply: answer.map_err(Failure::Broken)?,
        counted: Counted::Published(published, took),
    })
}

type Taken = Vec<(String, broker::Published)>;

/// One after the other, in their order: those of one channel have their places in it.
async fn batch_of(
    broker: &Broker<'_>,
    batch: Batch,
    moment: &Moment<'_>,
) -> Result<(Result<tidegate_lambda::Reply, String>, Taken), Failure> {
    let length = batch.publications.len();
    if !(1..=MAX_BATCH).contains(&length) {
        return Err(Failure::bad_request(format!(
            "`publications` must have 1 to {MAX_BATCH} of them, and has {length}"
        )));
    }
    let (mut results, mut taken) = (Vec::with_capacity(length), Vec::new());
    for text in batch.publications {
        match member(broker, &text, moment).await {
            Ok((namespace, published)) => {
                results.push(Outcome::Published(told(&published)));
                taken.push((namespace, published));
            }
            Err(Failure::Refused(error)) => results.push(Outcome::Error(error)),
            // The others are told of what became of them.
            Err(Failure::Broken(_)) => results.push(Outcome::Error(ApiError::new(
                ApiErrorCode::Unknown,
                "the function failed: its log says why",
            ))),
        }
    }
    Ok((reply::json(200, &BatchOutcome { results }), taken))
}

async fn member(
    broker: &Broker<'_>,
    text: &RawValue,
    moment: &Moment<'_>,
) -> Result<(String, broker::Published), Failure> {
    if (moment.clock)() >= moment.deadline_ms {
        return Err(Failure::late());
    }
    let draft: Draft = serde_json::from_str(text.get()).map_err(|error| invalid(&error))?;
    let published = one(broker, &draft, moment).await?;
    Ok((draft.channel.namespace().to_owned(), published))
}

async fn one(
    broker: &Broker<'_>,
    draft: &Draft,
    moment: &Moment<'_>,
) -> Result<broker::Published, Failure> {
    let request = Request {
        channel: &draft.channel,
        data: &draft.data,
        key: draft.key.as_ref(),
        new_id: &moment.id(),
    };
    Ok(broker.publish(Author::Server, request).await?)
}

fn told(published: &broker::Published) -> Published {
    Published {
        publication_id: published.publication_id.clone(),
        position: published.position,
        duplicate: published.duplicate,
        sent: published.delivered.sent as u64,
        queued: published.delivered.queued as u64,
    }
}

fn invalid(error: &serde_json::Error) -> Failure {
    Failure::bad_request(format!(
        "the body is no publication, nor a list of them: {error}"
    ))
}

/// The body as text. API Gateway hands it over as base64 where its type is none of text.
fn body(event: &HttpEvent) -> Result<Cow<'_, str>, Failure> {
    let body = event.body.as_deref().unwrap_or_default();
    let longest = if event.is_base64_encoded {
        MAX_BODY_BYTES.div_ceil(3) * 4
    } else {
        MAX_BODY_BYTES
    };
    if body.len() > longest {
        return Err(Failure::Refused(ApiError::new(
            ApiErrorCode::TooLarge,
            format!("the body is longer than {MAX_BODY_BYTES} bytes"),
        )));
    }
    if !event.is_base64_encoded {
        return Ok(body.into());
    }
    let decoded = STANDARD.decode(body).ok();
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(Cow::Owned)
        .ok_or_else(|| Failure::bad_request("the body must be JSON in UTF-8"))
}
