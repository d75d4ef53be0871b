//! The operations on queues as a whole.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::SqsError;
use crate::queue::QueueState;
use crate::queues::Queues;

/// How long a purge takes on AWS, during which another is refused.
const PURGE_MS: u64 = 60_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfQueue {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueUrl {
    queue_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQueues {
    #[serde(default)]
    queue_name_prefix: String,
}

impl Queues {
    pub(super) fn get_queue_attributes(&self, input: &OfQueue) -> Result<Value, SqsError> {
        let queue = self.named(&input.queue_url)?;
        let asked = &input.attribute_names;
        self.with(&queue, |queue, now_ms| {
            queue.forget_old(now_ms);
            let all = asked.iter().any(|name| name == "All");
            let known = attributes(queue, now_ms);
            if let Some(unknown) = asked
                .iter()
                .find(|name| *name != "All" && !ATTRIBUTES.contains(&name.as_str()))
            {
                return Err(SqsError::new(
                    "InvalidAttributeName",
                    format!("Unknown Attribute {unknown}."),
                ));
            }
            let shown: Map<String, Value> = known
                .into_iter()
                .filter(|(name, _)| all || asked.iter().any(|asked| asked == name))
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect();
            Ok(if shown.is_empty() {
                json!({})
            } else {
                json!({ "Attributes": shown })
            })
        })
    }

    pub(super) fn get_queue_url(&self, input: &GetQueueUrl) -> Result<Value, SqsError> {
        self.with(&input.queue_name, |_, _| Ok(()))?;
        Ok(json!({ "QueueUrl": self.url_of(&input.queue_name) }))
    }

    pub(super) fn list_queues(&self, input: &ListQueues) -> Value {
        let state = self.state();
        let names = state.queues.keys();
        let urls = names
            .filter(|name| name.starts_with(&input.queue_name_prefix))
            .map(|name| self.url_of(name));
        json!({ "QueueUrls": urls.collect::<Vec<_>>() })
    }

    pub(super) fn list_dead_letter_source_queues(
        &self,
        input: &OfQueue,
    ) -> Result<Value, SqsError> {
        let name = self.named(&input.queue_url)?;
        self.with(&name, |_, _| Ok(()))?;
        let state = self.state();
        let sources = state.queues.values().filter(|source| {
            let redrive = source.spec.redrive.as_ref();
            redrive.is_some_and(|redrive| redrive.dead_letter_queue == name)
        });
        let urls = sources.map(|source| self.url_of(&source.spec.name));
        Ok(json!({ "queueUrls": urls.collect::<Vec<_>>() }))
    }

    pub(super) fn purge_queue(&self, input: &OfQueue) -> Result<Value, SqsError> {
        let name = self.named(&input.queue_url)?;
        self.with(&name, |queue, now_ms| {
            let busy = queue
                .purged_ms
                .is_some_and(|at| now_ms < at.saturating_add(PURGE_MS));
            if busy {
                let problem =
                    format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds.");
                return Err(SqsError::new("PurgeQueueInProgress", problem));
            }
            queue.purge(now_ms);
            Ok(json!({}))
        })
    }
}

/// The attributes of a standard queue that can be asked for here.
const ATTRIBUTES: [&str; 12] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "DelaySeconds",
    "LastModifiedTimestamp",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "QueueArn",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
];

fn attributes(queue: &QueueState, now_ms: u64) -> Vec<(&'static str, String)> {
    let (spec, counts) = (&queue.spec, queue.counts(now_ms));
    let seconds = |duration: std::time::Duration| duration.as_secs().to_string();
    let mut attributes = vec![
        ("ApproximateNumberOfMessages", counts.visible.to_string()),
        (
            "ApproximateNumberOfMessagesDelayed",
            counts.delayed.to_string(),
        ),
        (
            "ApproximateNumberOfMessagesNotVisible",
            counts.in_flight.to_string(),
        ),
        ("CreatedTimestamp", (queue.created_ms / 1_000).to_string()),
        ("DelaySeconds", seconds(spec.delay)),
        (
            "LastModifiedTimestamp",
            (queue.created_ms / 1_000).to_string(),
        ),
        ("MaximumMessageSize", spec.max_message_bytes.to_string()),
        ("MessageRetentionPeriod", seconds(spec.retention)),
        ("QueueArn", spec.arn.clone()),
        ("ReceiveMessageWaitTimeSeconds", seconds(spec.receive_wait)),
        ("VisibilityTimeout", seconds(spec.visibility_timeout)),
    ];
    if let Some(redrive) = &spec.redrive {
        // Of the same account and Region as the queue itself.
        let target = spec.arn.rsplit_once(':').map_or("", |(before, _)| before);
        let policy = json!({
            "deadLetterTargetArn": format!("{target}:{}", redrive.dead_letter_queue),
            "maxReceiveCount": redrive.max_receive_count,
        });
        attributes.push(("RedrivePolicy", policy.to_string()));
    }
    attributes
}
