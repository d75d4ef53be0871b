//! `ReceiveMessage`, and what its receipts are for.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::seconds;
use crate::attributes;
use crate::batch::{self, Answer, Entry};
use crate::digest;
use crate::error::SqsError;
use crate::queue::{Message, Received};
use crate::queues::{Queues, Receive};

/// The most messages of one call, the longest that a message can be hidden, and the longest that a call waits.
const MOST_MESSAGES: i64 = 10;
const MOST_VISIBILITY_S: u64 = 43_200;
const MOST_WAIT_S: u64 = 20;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveMessage {
    queue_url: String,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    /// The name of before 2024, and the one of today.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteMessage {
    queue_url: String,
    receipt_handle: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteEntry {
    id: String,
    receipt_handle: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeMessageVisibility {
    queue_url: String,
    receipt_handle: String,
    visibility_timeout: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeEntry {
    id: String,
    receipt_handle: String,
    visibility_timeout: i64,
}

impl Entry for DeleteEntry {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Entry for ChangeEntry {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Queues {
    pub(super) async fn receive_message(&self, input: ReceiveMessage) -> Result<Value, SqsError> {
        let queue = self.named(&input.queue_url)?;
        let most = input.max_number_of_messages.unwrap_or(1);
        let most = usize::try_from(most)
            .ok()
            .filter(|_| (1..=MOST_MESSAGES).contains(&most));
        let most = most.ok_or_else(|| {
            SqsError::invalid(
                "MaxNumberOfMessages",
                "Must be between 1 and 10, if provided.",
            )
        })?;
        let millis = |parameter, value: Option<i64>, most| {
            let value = value.map(|value| seconds(parameter, value, most));
            Ok::<_, SqsError>(value.transpose()?.map(|seconds| seconds * 1_000))
        };
        let receive = Receive {
            most,
            wait_ms: millis("WaitTimeSeconds", input.wait_time_seconds, MOST_WAIT_S)?,
            visibility_ms: millis(
                "VisibilityTimeout",
                input.visibility_timeout,
                MOST_VISIBILITY_S,
            )?,
        };
        let received = self.receive(&queue, receive).await?;
        if received.is_empty() {
            return Ok(json!({}));
        }
        let system = [input.attribute_names, input.message_system_attribute_names].concat();
        let messages = received
            .iter()
            .map(|received| shown(received, &system, &input.message_attribute_names));
        Ok(json!({ "Messages": messages.collect::<Vec<_>>() }))
    }

    pub(super) fn delete_message(&self, input: &DeleteMessage) -> Result<Value, SqsError> {
        let queue = self.named(&input.queue_url)?;
        self.with(&queue, |queue, _| queue.delete(&input.receipt_handle))?;
        Ok(json!({}))
    }

    pub(super) fn delete_message_batch(
        &self,
        input: &batch::Input<DeleteEntry>,
    ) -> Result<Answer, SqsError> {
        let queue = self.named(&input.queue_url)?;
        batch::check(&input.entries, self.most_entries())?;
        self.with(&queue, |queue, _| {
            let answers = input.entries.iter().map(|entry| {
                let deleted = queue.delete(&entry.receipt_handle);
                (entry.id.clone(), deleted.map(|()| json!({})))
            });
            Ok(Answer::of(answers.collect()))
        })
    }

    pub(super) fn change_message_visibility(
        &self,
        input: &ChangeMessageVisibility,
    ) -> Result<Value, SqsError> {
        let queue = self.named(&input.queue_url)?;
        self.change(&queue, &input.receipt_handle, input.visibility_timeout)?;
        Ok(json!({}))
    }

    pub(super) fn change_message_visibility_batch(
        &self,
        input: &batch::Input<ChangeEntry>,
    ) -> Result<Answer, SqsError> {
        let queue = self.named(&input.queue_url)?;
        batch::check(&input.entries, self.most_entries())?;
        // A queue that there is not is one error and not ten.
        self.with(&queue, |_, _| Ok(()))?;
        let answers = input.entries.iter().map(|entry| {
            let changed = self.change(&queue, &entry.receipt_handle, entry.visibility_timeout);
            (entry.id.clone(), changed.map(|()| json!({})))
        });
        Ok(Answer::of(answers.collect()))
    }

    fn change(&self, queue: &str, receipt: &str, visibility_s: i64) -> Result<(), SqsError> {
        let visibility_s = seconds("VisibilityTimeout", visibility_s, MOST_VISIBILITY_S)?;
        self.with(queue, |queue, now_ms| {
            queue.change_visibility(receipt, visibility_s * 1_000, now_ms)
        })?;
        self.wake();
        Ok(())
    }

    fn most_entries(&self) -> usize {
        usize::try_from(self.shared.limits.queue_call_messages).unwrap_or(usize::MAX)
    }
}

fn shown(received: &Received, system: &[String], attributes: &[String]) -> Value {
    let Received { message, receipt } = received;
    let mut shown = json!({
        "MessageId": message.id,
        "ReceiptHandle": receipt,
        "MD5OfBody": message.md5_of_body,
        "Body": message.body,
    });
    let all = system.iter().any(|name| name == "All");
    let system: Map<String, Value> = system_attributes(message)
        .into_iter()
        .filter(|(name, _)| all || system.iter().any(|asked| asked == name))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    if !system.is_empty() {
        shown["Attributes"] = system.into();
    }
    let own = attributes::asked(&message.attributes, attributes);
    if !own.is_empty() {
        shown["MessageAttributes"] = json!(own);
        let own = own
            .into_iter()
            .map(|(name, attribute)| (name.to_owned(), attribute.clone()));
        shown["MD5OfMessageAttributes"] = json!(digest::of_attributes(&own.collect()));
    }
    shown
}

/// What SQS itself says of a message.
pub(crate) fn system_attributes(message: &Message) -> Vec<(&'static str, String)> {
    let mut attributes = vec![
        ("ApproximateReceiveCount", message.receive_count.to_string()),
        ("SentTimestamp", message.sent_ms.to_string()),
        ("SenderId", crate::event::SENDER_ID.to_owned()),
        (
            "ApproximateFirstReceiveTimestamp",
            message.first_received_ms.unwrap_or_default().to_string(),
        ),
    ];
    if let Some(trace) = &message.trace {
        attributes.push(("AWSTraceHeader", trace.clone()));
    }
    if let Some(source) = &message.dead_letter_source {
        attributes.push(("DeadLetterQueueSourceArn", source.clone()));
    }
    attributes
}
