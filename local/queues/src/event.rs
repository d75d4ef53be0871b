//! The event that a function gets for a batch of messages.

use serde_json::{Map, Value, json};

use crate::api::system_attributes;
use crate::attributes::MessageAttribute;
use crate::queue::Received;

/// Who sent a message. Here it is nobody in particular: permissions are not enforced.
pub(crate) const SENDER_ID: &str = "AIDALOCALTIDEGATE000";

/// One message as it stands in an event ("Using Lambda with Amazon SQS", example event).
pub(crate) fn record(received: &Received, queue_arn: &str, region: &str) -> Value {
    let Received { message, receipt } = received;
    let attributes: Map<String, Value> = system_attributes(message)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let own = message.attributes.iter();
    let own: Map<String, Value> = own
        .map(|(name, attribute)| (name.clone(), message_attribute(attribute)))
        .collect();
    json!({
        "messageId": message.id,
        "receiptHandle": receipt,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": own,
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    })
}

fn message_attribute(attribute: &MessageAttribute) -> Value {
    let mut shown = json!({
        "dataType": attribute.data_type,
        "stringListValues": [],
        "binaryListValues": [],
    });
    if let Some(text) = &attribute.string_value {
        shown["stringValue"] = text.as_str().into();
    }
    if let Some(base64) = &attribute.binary_value {
        shown["binaryValue"] = base64.as_str().into();
    }
    shown
}
