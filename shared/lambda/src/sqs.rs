//! The events of an SQS event source mapping, and the answer by which single messages come again.
//!
//! Only what is used is read, and all but the id of a message is optional: a batch with one odd message must not fail
//! as a whole.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The system attribute that carries the trace of whoever sent a message.
const TRACE: &str = "AWSTraceHeader";

/// A batch of messages.
#[derive(Debug, Clone, Deserialize)]
pub struct SqsEvent {
    /// The messages, in no particular order.
    #[serde(rename = "Records")]
    pub records: Vec<SqsMessage>,
}

/// One message. Its `Debug` does not show the body.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SqsMessage {
    /// Its id, by which the answer names it.
    pub message_id: String,
    /// What was sent.
    #[serde(default)]
    pub body: Option<String>,
    #[serde(default)]
    attributes: Option<HashMap<String, String>>,
}

impl SqsMessage {
    /// The trace that the message was sent in, as its header.
    #[must_use]
    pub fn trace(&self) -> Option<&str> {
        let attributes = self.attributes.as_ref()?;
        attributes.get(TRACE).map(String::as_str)
    }
}

impl fmt::Debug for SqsMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqsMessage")
            .field("message_id", &self.message_id)
            .field("body_bytes", &self.body.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}

/// The answer to a batch (`ReportBatchItemFailures`): the messages that it names come again, all others are done. A
/// message that is not in the batch makes the whole batch come again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SqsBatchResponse {
    /// The messages that come again.
    pub batch_item_failures: Vec<BatchItemFailure>,
}

/// One message that comes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItemFailure {
    /// Its id.
    pub item_identifier: String,
}

impl SqsBatchResponse {
    /// These messages come again.
    pub fn again(messages: impl IntoIterator<Item = String>) -> Self {
        let failures = messages.into_iter();
        Self {
            batch_item_failures: failures
                .map(|item_identifier| BatchItemFailure { item_identifier })
                .collect(),
        }
    }
}
