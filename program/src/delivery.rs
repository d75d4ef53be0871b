//! Delivery: the queue by which publications reach large channels, slice by slice, and the one for what could not be
//! processed.

use std::collections::BTreeMap;

use pulumi::{Component, Output, Scope, WithOptions};
use pulumi_aws::lambda::{EventSourceMapping, EventSourceMappingScalingConfig};
use pulumi_aws::sqs::{Queue, RedriveAllowPolicy};
use serde_json::json;
use tidegate_contract::functions::Function;

use crate::functions::{Invocable, timeout_s};
use crate::policy::Allow;
use crate::settings::DeliverySettings;
use crate::tags::Tags;

/// How long a message is hidden while it is worked on, in seconds: six times what the function may take, as AWS advises,
/// so that a slice that is tried again by Lambda itself is not handed out a second time meanwhile.
const VISIBILITY_S: i64 = 6 * timeout_s(Function::Fanout);
/// A publication that waited for longer than an hour is of no use any more.
const RETENTION_S: i64 = 3600;
/// As long as there can be: somebody has to look at what is in there.
const DEAD_LETTER_RETENTION_S: i64 = 14 * 24 * 3600;
/// How many slices one invocation gets.
const BATCH: i64 = 1;

/// The queues, before anything reads them.
pub(crate) struct Delivery {
    component: Component,
    settings: DeliverySettings,
    tags: BTreeMap<String, String>,
    queue: Queue,
    dead_letters: Queue,
}

/// The queues, as others know them.
pub(crate) struct Queues {
    /// The name of the fan-out queue.
    pub(crate) fanout: Output<String>,
    /// Its URL.
    pub(crate) fanout_url: Output<String>,
    /// The name of the queue of what could not be processed.
    pub(crate) dead_letters: Output<String>,
    /// Its URL.
    pub(crate) dead_letters_url: Output<String>,
}

impl Delivery {
    pub(crate) fn new(scope: &dyn Scope, settings: DeliverySettings, tags: &Tags) -> Self {
        let component = Component::builder("tidegate:delivery:Delivery", "delivery").create(scope);
        let tags = tags.of("delivery");
        let dead_letters = Queue::builder("fanout-dead")
            .message_retention_seconds(DEAD_LETTER_RETENTION_S)
            .sqs_managed_sse_enabled(true)
            .tags(tags.clone())
            .create(&component);
        let most = settings.max_receives;
        let redrive = dead_letters.arn.map(move |arn| {
            json!({"deadLetterTargetArn": arn, "maxReceiveCount": most}).to_string()
        });
        let queue = Queue::builder("fanout")
            .visibility_timeout_seconds(VISIBILITY_S)
            .message_retention_seconds(RETENTION_S)
            .sqs_managed_sse_enabled(true)
            .redrive_policy(redrive)
            .tags(tags.clone())
            .create(&component);
        // No other queue may put its failures there.
        RedriveAllowPolicy::builder("fanout-dead")
            .queue_url(&dead_letters.url)
            .redrive_allow_policy(queue.arn.map(|arn| {
                json!({"redrivePermission": "byQueue", "sourceQueueArns": [arn]}).to_string()
            }))
            .create(&component);
        Self {
            component,
            settings,
            tags,
            queue,
            dead_letters,
        }
    }

    /// The URL of the queue.
    pub(crate) fn queue_url(&self) -> Output<String> {
        self.queue.url.clone()
    }

    /// The URL of the queue of what could not be delivered.
    pub(crate) fn dead_letters_url(&self) -> Output<String> {
        self.dead_letters.url.clone()
    }

    /// A publication with more receivers than this goes by way of the queue.
    pub(crate) fn direct_receivers(&self) -> Output<String> {
        Output::known(self.settings.direct_receivers.to_string())
    }

    /// Handing slices to the queue.
    pub(crate) fn allow_sending(&self) -> Allow {
        self.allow(&["sqs:SendMessage"])
    }

    /// Working on what is in the queue.
    pub(crate) fn allow_receiving(&self) -> Allow {
        self.allow(&[
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
        ])
    }

    /// Putting receivers aside who could not be reached.
    pub(crate) fn allow_putting_aside(&self) -> Allow {
        Allow {
            actions: &["sqs:SendMessage"],
            resources: vec![self.dead_letters.arn.clone()],
        }
    }

    fn allow(&self, actions: &'static [&'static str]) -> Allow {
        Allow {
            actions,
            resources: vec![self.queue.arn.clone()],
        }
    }

    /// Has the function work on what is in the queue.
    pub(crate) fn hand_to(self, function: &Invocable) -> Queues {
        EventSourceMapping::builder("fanout")
            .event_source_arn(&self.queue.arn)
            .function_name(&function.arn)
            .batch_size(BATCH)
            // One message that cannot be processed must not bring back those that were.
            .function_response_types(["ReportBatchItemFailures"])
            .scaling_config(
                EventSourceMappingScalingConfig::builder()
                    .maximum_concurrency(i64::from(self.settings.maximum_concurrency))
                    .build(),
            )
            .tags(self.tags.clone())
            // Lambda refuses the mapping while the role may not receive.
            .depends_on(&function.may_work())
            .create(&self.component);
        let queues = Queues {
            fanout: self.queue.name,
            fanout_url: self.queue.url,
            dead_letters: self.dead_letters.name,
            dead_letters_url: self.dead_letters.url,
        };
        self.component.register_outputs([
            ("queue", &queues.fanout_url),
            ("deadLetters", &queues.dead_letters_url),
        ]);
        queues
    }
}
