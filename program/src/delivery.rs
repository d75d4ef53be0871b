//! Delivery: the queue by which publications with many receivers are spread over functions, and the one where messages
//! end that nobody could work on.

use std::collections::BTreeMap;

use pulumi::{Component, Output, Scope};
use pulumi_aws::lambda::{EventSourceMapping, EventSourceMappingScalingConfig};
use pulumi_aws::sqs::{Queue, RedriveAllowPolicy};
use serde_json::json;
use tidegate_contract::functions::Function;

use crate::functions::Functions;
use crate::policy::Allow;
use crate::tags::Tags;

/// How long the function behind the queue may take, in seconds: a batch is done in one or two, but for receivers that
/// are slow to answer.
pub(crate) const FANOUT_TIMEOUT_S: i64 = 60;
/// How long a message is hidden while it is worked on. AWS asks for six times the function's time: throttled
/// invocations are tried again within it.
const VISIBILITY_S: i64 = 6 * FANOUT_TIMEOUT_S;
/// How often a message may be received. Receivers that cannot be reached are no reason to come again: only crashes are,
/// and what cannot be read.
const MAX_RECEIVE_COUNT: u32 = 5;
/// How long the queues keep messages: a publication that is a day old is of no use to a socket, while a message that
/// nobody could work on is looked at after the week-end too. In a dead-letter queue the age goes on.
const RETENTION_S: i64 = 24 * 3600;
const DEAD_RETENTION_S: i64 = 14 * 24 * 3600;
/// Messages of one invocation, each for up to 500 receivers.
const BATCH_SIZE: i64 = 5;
/// Invocations at once. Each has 64 posts under way, so a few reach what the account may do in a second (10,000 requests,
/// frames and handshakes among them), and a new account has no more than 10 at once for everything.
const MAXIMUM_CONCURRENCY: i64 = 5;

/// The queues, before anybody reads from them: functions must know where to send to.
pub(crate) struct Delivery {
    component: Component,
    tags: BTreeMap<String, String>,
    /// Where slices are sent.
    pub(crate) queue_url: Output<String>,
    queue_arn: Output<String>,
}

impl Delivery {
    pub(crate) fn new(scope: &dyn Scope, tags: &Tags) -> Self {
        let tags = tags.of("delivery");
        let component = Component::builder("tidegate:delivery:Delivery", "delivery").create(scope);
        let dead = Queue::builder("fanout-dead")
            .message_retention_seconds(DEAD_RETENTION_S)
            .sqs_managed_sse_enabled(true)
            .tags(tags.clone())
            .create(&component);
        let redrive = dead.arn.map(|arn| {
            json!({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVE_COUNT}).to_string()
        });
        let queue = Queue::builder("fanout")
            .visibility_timeout_seconds(VISIBILITY_S)
            .message_retention_seconds(RETENTION_S)
            .redrive_policy(redrive)
            .sqs_managed_sse_enabled(true)
            .tags(tags.clone())
            .create(&component);
        let allowed = queue.arn.map(|arn| {
            json!({"redrivePermission": "byQueue", "sourceQueueArns": [arn]}).to_string()
        });
        RedriveAllowPolicy::builder("fanout-dead")
            .queue_url(&dead.url)
            .redrive_allow_policy(allowed)
            .create(&component);
        Self {
            component,
            tags,
            queue_url: queue.url,
            queue_arn: queue.arn,
        }
    }

    /// Handing slices over.
    pub(crate) fn allow_sending(&self) -> Allow {
        self.allow(&["sqs:SendMessage"])
    }

    /// Working on them, which Lambda does with the function's role, and handing on who could not be reached.
    pub(crate) fn allow_working(&self) -> Allow {
        self.allow(&[
            "sqs:SendMessage",
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
        ])
    }

    fn allow(&self, actions: &'static [&'static str]) -> Allow {
        Allow {
            actions,
            resources: vec![self.queue_arn.clone()],
        }
    }

    /// Has the function work on what waits.
    pub(crate) fn read_by(self, functions: &Functions) {
        let Self {
            component,
            tags,
            queue_url,
            queue_arn,
        } = self;
        EventSourceMapping::builder("fanout")
            .event_source_arn(queue_arn)
            .function_name(&functions.get(Function::Fanout).arn)
            .batch_size(BATCH_SIZE)
            .tags(tags)
            // Without it, one message that cannot be worked on makes the whole batch come again.
            .function_response_types(["ReportBatchItemFailures"])
            .scaling_config(
                EventSourceMappingScalingConfig::builder()
                    .maximum_concurrency(MAXIMUM_CONCURRENCY)
                    .build(),
            )
            .create(&component);
        component.register_outputs([("queueUrl", &queue_url)]);
    }
}
