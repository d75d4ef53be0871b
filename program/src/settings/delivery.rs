//! `tidegate:delivery`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidegate_contract::functions::Function;

use super::range::{ensure, together};
use super::{FunctionSettings, SettingsError};

/// They go over a queue, slice by slice: {sqs.request}, three for each slice. An idle queue is polled about half a million
/// times a month, which most accounts have for nothing.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct DeliverySettings {
    /// Up to how many receivers the message function posts by itself. Above it, the receivers are handed to the queue.
    pub(crate) direct_receivers: u32,
    /// How many slices are delivered at once. Each has 64 posts under way, so a few reach what an account may do in a second
    /// (10,000 requests, frames and handshakes among them), and a new account runs no more than 10 functions at once.
    pub(crate) maximum_concurrency: u32,
    /// After how many attempts a message that cannot be processed goes to the dead-letter queue.
    pub(crate) max_receives: u32,
}

impl Default for DeliverySettings {
    fn default() -> Self {
        Self {
            direct_receivers: 100,
            maximum_concurrency: 5,
            max_receives: 5,
        }
    }
}

impl DeliverySettings {
    pub(super) fn check(&self, functions: &FunctionSettings) -> Result<(), SettingsError> {
        ensure(
            self.direct_receivers <= 1000,
            "delivery.directReceivers",
            self.direct_receivers,
            "at most 1000: more would take longer than a frame may",
        )?;
        ensure(
            (2..=1000).contains(&self.maximum_concurrency),
            "delivery.maximumConcurrency",
            self.maximum_concurrency,
            "from 2 to 1000 (a Lambda limit)",
        )?;
        ensure(
            (2..=9).contains(&self.max_receives),
            "delivery.maxReceives",
            self.max_receives,
            "from 2 to 9: with 1, one lost invocation would end in the dead-letter queue; after 9, six minutes each, a \
             message is an hour old and deleted before it gets there",
        )?;
        let reserved = functions.of(Function::Fanout).reserved_concurrency;
        together(
            reserved.is_none_or(|reserved| self.maximum_concurrency <= reserved),
            "delivery.maximumConcurrency",
            format!(
                "is {}, more than functions.byFunction.fanout.reservedConcurrency: each message that Lambda turns away \
                 counts as an attempt, and good ones would end in the dead-letter queue",
                self.maximum_concurrency
            ),
        )
    }
}
