//! One queue of SQS.

use std::collections::HashMap;

use anyhow::Context;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::aws::{Aws, Service};

static SQS: Service = Service {
    name: "SQS",
    id: "sqs",
    target: "AmazonSQS",
    content_type: "application/x-amz-json-1.0",
    endpoint_variable: "AWS_ENDPOINT_URL_SQS",
};

/// The most messages that one call receives or changes.
const MOST_MESSAGES: usize = 10;
/// A call that waits asks all of the service's machines, and so finds also the last message.
const WAIT_S: u32 = 1;

/// A message as it was received.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Message {
    pub(crate) message_id: String,
    pub(crate) receipt_handle: String,
    pub(crate) body: String,
    #[serde(default)]
    attributes: HashMap<String, String>,
}

impl Message {
    /// What SQS itself says of the message.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// The same as a number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.attribute(name)?.parse().ok()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Received {
    #[serde(default)]
    messages: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    #[serde(default)]
    attributes: HashMap<String, String>,
}

/// A task that moves messages to another queue.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MoveTask {
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) approximate_number_of_messages_moved: u64,
    #[serde(default)]
    pub(crate) approximate_number_of_messages_to_move: u64,
    #[serde(default)]
    pub(crate) failure_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MoveTasks {
    #[serde(default)]
    results: Vec<MoveTask>,
}

/// A queue.
pub(crate) struct Queue {
    aws: Aws,
    url: String,
}

impl Queue {
    /// The queue with this URL, of a stack on this machine whose SQS is at `local`, or else in a Region.
    pub(crate) fn new(local: Option<&str>, region: &str, url: String) -> anyhow::Result<Self> {
        Ok(Self {
            aws: Aws::new(&SQS, local, region)?,
            url,
        })
    }

    async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        mut request: Value,
    ) -> anyhow::Result<T> {
        request["QueueUrl"] = json!(self.url);
        self.aws.call(operation, &request).await
    }

    /// Receives a few messages, each hidden from others for some seconds; none where there are none left.
    pub(crate) async fn receive(&self, hidden_s: u32) -> anyhow::Result<Vec<Message>> {
        let request = json!({
            "MaxNumberOfMessages": MOST_MESSAGES,
            "VisibilityTimeout": hidden_s,
            "WaitTimeSeconds": WAIT_S,
            "MessageSystemAttributeNames": ["All"],
        });
        let received: Received = self.call("ReceiveMessage", request).await?;
        Ok(received.messages)
    }

    /// Shows messages to others again. One that cannot be shows itself after its time.
    pub(crate) async fn release(&self, receipts: &[&str]) -> anyhow::Result<()> {
        for some in receipts.chunks(MOST_MESSAGES) {
            let entries = some.iter().enumerate().map(|(place, receipt)| {
                json!({ "Id": place.to_string(), "ReceiptHandle": receipt, "VisibilityTimeout": 0 })
            });
            let request = json!({ "Entries": entries.collect::<Vec<_>>() });
            let _each: Value = self.call("ChangeMessageVisibilityBatch", request).await?;
        }
        Ok(())
    }

    pub(crate) async fn send(&self, body: &str) -> anyhow::Result<()> {
        let _sent: Value = self
            .call("SendMessage", json!({ "MessageBody": body }))
            .await?;
        Ok(())
    }

    pub(crate) async fn delete(&self, receipt: &str) -> anyhow::Result<()> {
        let request = json!({ "ReceiptHandle": receipt });
        let _done: Value = self.call("DeleteMessage", request).await?;
        Ok(())
    }

    pub(crate) async fn purge(&self) -> anyhow::Result<()> {
        let _done: Value = self.call("PurgeQueue", json!({})).await?;
        Ok(())
    }

    /// About how many messages there are, hidden ones included.
    pub(crate) async fn count(&self) -> anyhow::Result<u64> {
        let names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ];
        let attributes = self.attributes(&names).await?;
        let counts = names.iter().filter_map(|name| attributes.get(*name));
        Ok(counts.filter_map(|count| count.parse::<u64>().ok()).sum())
    }

    async fn arn(&self) -> anyhow::Result<String> {
        let attributes = self.attributes(&["QueueArn"]).await?;
        let arn = attributes.get("QueueArn").cloned();
        arn.with_context(|| format!("SQS gives no ARN for the queue {}", self.url))
    }

    async fn attributes(&self, names: &[&str]) -> anyhow::Result<HashMap<String, String>> {
        let request = json!({ "AttributeNames": names });
        let got: Attributes = self.call("GetQueueAttributes", request).await?;
        Ok(got.attributes)
    }

    /// Has SQS move all messages to another queue.
    pub(crate) async fn move_to<'a>(
        &'a self,
        other: &Self,
        max_per_second: Option<u32>,
    ) -> anyhow::Result<Moving<'a>> {
        let source = self.arn().await?;
        // Named, for a message that a function put aside itself has no source that SQS could take it back to.
        let mut request = json!({ "SourceArn": source, "DestinationArn": other.arn().await? });
        if let Some(most) = max_per_second {
            request["MaxNumberOfMessagesPerSecond"] = json!(most);
        }
        let _handle: Value = self.aws.call("StartMessageMoveTask", &request).await?;
        Ok(Moving {
            queue: self,
            source,
        })
    }
}

/// Messages that SQS moves.
pub(crate) struct Moving<'a> {
    queue: &'a Queue,
    source: String,
}

impl Moving<'_> {
    /// How far it is.
    pub(crate) async fn task(&self) -> anyhow::Result<MoveTask> {
        let request = json!({ "SourceArn": self.source, "MaxResults": 1 });
        let tasks: MoveTasks = self
            .queue
            .aws
            .call("ListMessageMoveTasks", &request)
            .await?;
        let newest = tasks.results.into_iter().next();
        newest.context("SQS does not know of the task any more")
    }
}
