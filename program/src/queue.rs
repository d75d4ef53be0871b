//! A queue that a function works on, and the one beside it for what it could not process.

use std::collections::BTreeMap;

use pulumi::{Component, Output, WithOptions};
use pulumi_aws::lambda::{EventSourceMapping, EventSourceMappingScalingConfig};
use pulumi_aws::sqs::{Queue, RedriveAllowPolicy};
use serde_json::json;

use crate::functions::Invocable;
use crate::policy::Allow;

/// As long as there can be: somebody has to look at what is in there.
const DEAD_LETTER_RETENTION_S: i64 = 14 * 24 * 3600;

/// How long messages wait, and how often they are tried.
pub(crate) struct Terms {
    /// How long the function may take, in seconds.
    pub(crate) timeout_s: i64,
    /// After how many seconds a message that nobody took is deleted.
    pub(crate) retention_s: i64,
    /// After how many attempts a message is put aside.
    pub(crate) max_receives: u32,
}

/// A queue with its dead letters.
pub(crate) struct WorkQueue {
    name: &'static str,
    tags: BTreeMap<String, String>,
    pub(crate) queue: Queue,
    pub(crate) dead_letters: Queue,
}

impl WorkQueue {
    pub(crate) fn new(
        component: &Component,
        name: &'static str,
        terms: &Terms,
        tags: BTreeMap<String, String>,
    ) -> Self {
        let dead = format!("{name}-dead");
        let dead_letters = Queue::builder(&dead)
            .message_retention_seconds(DEAD_LETTER_RETENTION_S)
            .sqs_managed_sse_enabled(true)
            .tags(tags.clone())
            .create(component);
        let most = terms.max_receives;
        let redrive = dead_letters.arn.map(move |arn| {
            json!({"deadLetterTargetArn": arn, "maxReceiveCount": most}).to_string()
        });
        let queue = Queue::builder(name)
            // Six times what the function may take, as AWS advises, so that a message that is tried again by Lambda itself
            // is not handed out a second time meanwhile.
            .visibility_timeout_seconds(6 * terms.timeout_s)
            .message_retention_seconds(terms.retention_s)
            .sqs_managed_sse_enabled(true)
            .redrive_policy(redrive)
            .tags(tags.clone())
            .create(component);
        // No other queue may put its failures there.
        RedriveAllowPolicy::builder(dead)
            .queue_url(&dead_letters.url)
            .redrive_allow_policy(queue.arn.map(|arn| {
                json!({"redrivePermission": "byQueue", "sourceQueueArns": [arn]}).to_string()
            }))
            .create(component);
        Self {
            name,
            tags,
            queue,
            dead_letters,
        }
    }

    /// Putting messages into it.
    pub(crate) fn allow_sending(&self) -> Allow {
        allow(&["sqs:SendMessage"], &self.queue)
    }

    /// Putting messages aside.
    pub(crate) fn allow_putting_aside(&self) -> Allow {
        allow(&["sqs:SendMessage"], &self.dead_letters)
    }

    /// Working on what is in it.
    pub(crate) fn allow_receiving(&self) -> Allow {
        const RECEIVING: [&str; 3] = [
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
        ];
        allow(&RECEIVING, &self.queue)
    }

    /// Has the function work on what is in it, so many messages an invocation and so many invocations at once.
    pub(crate) fn hand_to(
        &self,
        component: &Component,
        function: &Invocable,
        batch: i64,
        maximum_concurrency: u32,
    ) {
        EventSourceMapping::builder(self.name)
            .event_source_arn(&self.queue.arn)
            .function_name(&function.arn)
            .batch_size(batch)
            // One message that cannot be processed must not bring back those that were.
            .function_response_types(["ReportBatchItemFailures"])
            .scaling_config(
                EventSourceMappingScalingConfig::builder()
                    .maximum_concurrency(i64::from(maximum_concurrency))
                    .build(),
            )
            .tags(self.tags.clone())
            // Lambda refuses the mapping while the role may not receive.
            .depends_on(&function.may_work())
            .create(component);
    }

    /// The queues, as those that watch them know them.
    pub(crate) fn watched(&self) -> WatchedQueue {
        WatchedQueue {
            name: self.queue.name.clone(),
            dead_letters: self.dead_letters.name.clone(),
        }
    }
}

/// The names by which CloudWatch counts a queue and its dead letters.
#[derive(Clone)]
pub(crate) struct WatchedQueue {
    pub(crate) name: Output<String>,
    pub(crate) dead_letters: Output<String>,
}

fn allow(actions: &'static [&'static str], queue: &Queue) -> Allow {
    Allow {
        actions,
        resources: vec![queue.arn.clone()],
    }
}
