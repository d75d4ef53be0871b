//! `tidegate:inlet`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidegate_contract::functions::Function;

use super::range::{ensure, together};
use super::{FunctionSettings, SettingsError};

/// A queue for backends that must not lose a publication when nobody can take it: who has put it there is done. A message is
/// `{"channel": "room:lobby", "data": any JSON, "key": "at most 64 bytes"}`; what has the same `key` in a channel within ten minutes
/// is published once. The queue does not keep the order, and may be late. Whoever may send to it
/// (`sqs:SendMessage` on the stack's output `inletQueueArn`) may publish in every channel.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct InletSettings {
    /// Whether there is one.
    #[schemars(extend("costs" = "{sqs.request}, about three for ten publications. It is polled about half a million times a month even when it is empty; an account has a million for nothing"))]
    pub(crate) enabled: bool,
    /// How many batches of up to ten are published at once.
    pub(crate) maximum_concurrency: u32,
    /// After how many attempts a message that cannot be published goes to the inlet's own dead-letter queue.
    pub(crate) max_receives: u32,
}

impl Default for InletSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            maximum_concurrency: 2,
            max_receives: 5,
        }
    }
}

impl InletSettings {
    pub(super) fn check(&self, functions: &FunctionSettings) -> Result<(), SettingsError> {
        ensure(
            (2..=1000).contains(&self.maximum_concurrency),
            "inlet.maximumConcurrency",
            self.maximum_concurrency,
            "from 2 to 1000 (a Lambda limit)",
        )?;
        ensure(
            (2..=100).contains(&self.max_receives),
            "inlet.maxReceives",
            self.max_receives,
            "from 2 to 100: with 1, one lost invocation would end in the dead-letter queue",
        )?;
        let reserved = functions.of(Function::Inlet).reserved_concurrency;
        together(
            reserved.is_none_or(|reserved| self.maximum_concurrency <= reserved),
            "inlet.maximumConcurrency",
            format!(
                "is {}, more than functions.byFunction.inlet.reservedConcurrency: each message that Lambda turns away \
                 counts as an attempt, and good ones would end in the dead-letter queue",
                self.maximum_concurrency
            ),
        )
    }
}
