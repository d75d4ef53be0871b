//! `SendMessage` and `SendMessageBatch`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::seconds;
use crate::attributes::{self, MessageAttribute};
use crate::batch::{self, Answer, Entry};
use crate::digest;
use crate::error::SqsError;
use crate::queue::{Message, NewMessage};
use crate::queues::Queues;

/// The longest that a message can be held back, in seconds (an SQS quota).
const MOST_DELAY_S: u64 = 900;
/// The only system attribute that can be sent.
const TRACE: &str = "AWSTraceHeader";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessage {
    queue_url: String,
    #[serde(flatten)]
    message: Sent,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SentEntry {
    id: String,
    #[serde(flatten)]
    message: Sent,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    message_body: String,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: BTreeMap<String, MessageAttribute>,
    #[serde(default)]
    message_system_attributes: BTreeMap<String, MessageAttribute>,
    message_deduplication_id: Option<String>,
}

impl Entry for SentEntry {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Queues {
    pub(super) fn send_message(&self, input: SendMessage) -> Result<Value, SqsError> {
        let queue = self.named(&input.queue_url)?;
        let longest = self.with(&queue, |queue, _| Ok(queue.spec.max_message_bytes))?;
        let system = input.message.message_system_attributes.clone();
        let new = self.message(input.message, longest)?;
        let sent = self.send(&queue, vec![new])?;
        let sent = sent.first().map(|message| taken(message, &system));
        Ok(sent.unwrap_or_default())
    }

    pub(super) fn send_message_batch(
        &self,
        input: batch::Input<SentEntry>,
    ) -> Result<Answer, SqsError> {
        let queue = self.named(&input.queue_url)?;
        let limits = &self.shared.limits;
        let most = usize::try_from(limits.queue_call_messages).unwrap_or(usize::MAX);
        let longest = self.with(&queue, |queue, _| Ok(queue.spec.max_message_bytes))?;
        batch::check(&input.entries, most)?;
        let bytes: usize = input.entries.iter().map(|it| it.message.bytes()).sum();
        let most_bytes = usize::try_from(limits.queue_message_bytes).unwrap_or(usize::MAX);
        if bytes > most_bytes {
            let problem = format!(
                "Batch requests cannot be longer than {most_bytes} bytes. You have sent {bytes} bytes."
            );
            return Err(SqsError::new("BatchRequestTooLong", problem));
        }
        let mut answers = Vec::with_capacity(input.entries.len());
        for SentEntry { id, message } in input.entries {
            let system = message.message_system_attributes.clone();
            let result = self.message(message, longest).and_then(|new| {
                let sent = self.send(&queue, vec![new])?;
                Ok(sent.first().map(|message| taken(message, &system)))
            });
            answers.push((id, result.map(Option::unwrap_or_default)));
        }
        Ok(Answer::of(answers))
    }

    /// Sends a message on behalf of another service of this machine, with attributes that are texts.
    ///
    /// # Errors
    /// What SQS would not take.
    pub fn deliver(
        &self,
        queue: &str,
        body: String,
        attributes: BTreeMap<String, String>,
    ) -> Result<(), SqsError> {
        let longest = self.with(queue, |queue, _| Ok(queue.spec.max_message_bytes))?;
        let attributes = attributes.into_iter().map(|(name, text)| {
            let attribute = MessageAttribute {
                data_type: "String".to_owned(),
                string_value: Some(text),
                binary_value: None,
            };
            (name, attribute)
        });
        let sent = Sent {
            message_body: body,
            delay_seconds: None,
            message_attributes: attributes.collect(),
            message_system_attributes: BTreeMap::new(),
            message_deduplication_id: None,
        };
        let new = self.message(sent, longest)?;
        self.send(queue, vec![new])?;
        Ok(())
    }

    /// The message, if SQS would take it.
    fn message(&self, sent: Sent, longest: usize) -> Result<NewMessage, SqsError> {
        if sent.message_deduplication_id.is_some() {
            return Err(SqsError::invalid(
                "MessageDeduplicationId",
                "The request includes a parameter that is not valid for this queue type.",
            ));
        }
        if sent.message_body.is_empty() {
            return Err(SqsError::missing("MessageBody"));
        }
        attributes::check(&sent.message_attributes)?;
        if sent.bytes() > longest {
            return Err(SqsError::new(
                "InvalidParameterValue",
                format!(
                    "One or more parameters are invalid. Reason: Message must be shorter than {longest} bytes."
                ),
            ));
        }
        let delay_s = sent
            .delay_seconds
            .map(|delay| seconds("DelaySeconds", delay, MOST_DELAY_S))
            .transpose()?;
        let mut system = sent.message_system_attributes;
        let trace = system.remove(TRACE).and_then(|trace| trace.string_value);
        if let Some(unknown) = system.keys().next() {
            return Err(SqsError::invalid(
                "MessageSystemAttributes",
                &format!("{unknown} is not supported."),
            ));
        }
        Ok(NewMessage {
            id: self.state().ids.uuid(),
            body: sent.message_body.chars().map(legal).collect(),
            attributes: sent.message_attributes,
            trace,
            delay_s,
        })
    }
}

impl Sent {
    /// The length that counts: of system attributes none does.
    fn bytes(&self) -> usize {
        self.message_body.len() + attributes::bytes(&self.message_attributes)
    }
}

/// SQS takes the characters that XML can have, and writes all others as the replacement character.
const fn legal(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'.. => {
            character
        }
        _ => char::REPLACEMENT_CHARACTER,
    }
}

fn taken(message: &Message, system: &BTreeMap<String, MessageAttribute>) -> Value {
    let mut taken = json!({
        "MessageId": message.id,
        "MD5OfMessageBody": message.md5_of_body,
    });
    if let Some(digest) = digest::of_attributes(&message.attributes) {
        taken["MD5OfMessageAttributes"] = digest.into();
    }
    if let Some(digest) = digest::of_attributes(system) {
        taken["MD5OfMessageSystemAttributes"] = digest.into();
    }
    taken
}
