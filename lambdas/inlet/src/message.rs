//! What a message asks for.

use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;
use tidegate_contract::inlet::{
    CLOUDTRAIL_DETAIL_TYPE, COGNITO_EVENT_SOURCE, COGNITO_SOURCE, REVOKING_CALLS,
};
use tidegate_core::protocol::IdempotencyKey;
use tidegate_lambda::SqsMessage;
use tidegate_server_api::Draft;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What a message asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    /// Something is to be published. It always has a key: SQS and EventBridge may bring it twice.
    Publish(Draft, IdempotencyKey),
    /// The tokens that a user had at a time are to be refused.
    Revoke(Revoked),
    /// Nothing: a call that Cognito refused changed nothing.
    Nothing,
}

/// Whose tokens were revoked, and when: CloudTrail tells of it minutes later, and SQS perhaps once more.
#[derive(Debug)]
pub(crate) struct Revoked {
    /// The subject of the user.
    pub(crate) user: String,
    /// In epoch seconds.
    pub(crate) at_s: u64,
}

/// A message that is none of what the queue is for, however often it comes.
#[derive(Debug, Error)]
pub(crate) enum BadMessage {
    #[error("the message has no body")]
    Empty,
    // Where it is wrong, never what stands there.
    #[error("the message is no JSON object (line {line}, column {column})")]
    Json { line: usize, column: usize },
    #[error(
        "the message is no publication, which is {{\"channel\": …, \"data\": …, \"key\": …}} with an optional key \
         (line {line}, column {column})"
    )]
    Publication { line: usize, column: usize },
    #[error("the event has no `detail`")]
    Detail,
    #[error("neither `key` nor the id of the message can be an idempotency key")]
    Key,
    #[error(
        "the event is from Cognito, and not one of the calls that the stack's rule takes: deploy program and function \
         from the same commit"
    )]
    Call,
    #[error("CloudTrail does not tell the subject of the user (`additionalEventData.sub`)")]
    Subject,
    #[error("CloudTrail does not tell when the call was (`eventTime`, as in 2025-03-16T00:45:02Z)")]
    Time,
}

/// An event as EventBridge writes it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Envelope<'a> {
    detail_type: Option<String>,
    source: Option<String>,
    id: Option<String>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
}

/// A call to Cognito's API, as CloudTrail tells of it. Who it was about is hidden in `requestParameters.username`; the
/// subject stands beside it ("Amazon Cognito information in CloudTrail").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    event_source: Option<String>,
    event_name: Option<String>,
    event_time: Option<String>,
    error_code: Option<String>,
    additional_event_data: Option<About>,
}

#[derive(Deserialize)]
struct About {
    sub: Option<String>,
}

/// Reads a message.
pub(crate) fn read(message: &SqsMessage) -> Result<Asked, BadMessage> {
    let body = message.body.as_deref().ok_or(BadMessage::Empty)?;
    let envelope: Envelope<'_> = serde_json::from_str(body).map_err(|error| BadMessage::Json {
        line: error.line(),
        column: error.column(),
    })?;
    let Some(detail_type) = &envelope.detail_type else {
        return publication(body, &message.message_id);
    };
    let detail = envelope.detail.ok_or(BadMessage::Detail)?.get();
    if envelope.source.as_deref() == Some(COGNITO_SOURCE) {
        return call(detail_type, detail);
    }
    publication(
        detail,
        envelope.id.as_deref().unwrap_or(&message.message_id),
    )
}

/// A publication, which is known by `id` where it has no key of its own.
fn publication(text: &str, id: &str) -> Result<Asked, BadMessage> {
    let draft: Draft = serde_json::from_str(text).map_err(|error| BadMessage::Publication {
        line: error.line(),
        column: error.column(),
    })?;
    let key = match &draft.key {
        Some(key) => key.clone(),
        None => IdempotencyKey::new(id).map_err(|_not_a_key| BadMessage::Key)?,
    };
    Ok(Asked::Publish(draft, key))
}

fn call(detail_type: &str, detail: &str) -> Result<Asked, BadMessage> {
    let call: Call = serde_json::from_str(detail).map_err(|_not_a_call| BadMessage::Call)?;
    let name = call.event_name.as_deref().unwrap_or_default();
    let known = detail_type == CLOUDTRAIL_DETAIL_TYPE
        && call.event_source.as_deref() == Some(COGNITO_EVENT_SOURCE)
        && REVOKING_CALLS.contains(&name);
    if !known {
        return Err(BadMessage::Call);
    }
    // Of some that went well it is there, and empty.
    if call.error_code.is_some_and(|code| !code.is_empty()) {
        return Ok(Asked::Nothing);
    }
    let subject = call.additional_event_data.and_then(|about| about.sub);
    let subject = subject.filter(|subject| !subject.is_empty());
    Ok(Asked::Revoke(Revoked {
        user: subject.ok_or(BadMessage::Subject)?,
        at_s: call
            .event_time
            .and_then(|time| epoch_seconds(&time))
            .ok_or(BadMessage::Time)?,
    }))
}

/// A time "in coordinated universal time (UTC)", as CloudTrail writes it ("`CloudTrail` record contents").
fn epoch_seconds(text: &str) -> Option<u64> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    u64::try_from(time.unix_timestamp()).ok()
}
