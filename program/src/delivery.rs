//! Delivery: the queue by which publications reach large channels, slice by slice, and the one for what could not be
//! processed.

use pulumi::{Component, Output, Scope};
use tidegate_contract::functions::Function;

use crate::functions::{Invocable, timeout_s};
use crate::queue::{Terms, WorkQueue};
use crate::settings::DeliverySettings;
use crate::tags::Tags;

/// A publication that waited for longer than an hour is of no use any more.
const RETENTION_S: i64 = 3600;
/// How many slices one invocation gets.
const BATCH: i64 = 1;

/// The queue, and what is known of it.
pub(crate) struct Delivery {
    component: Component,
    settings: DeliverySettings,
    pub(crate) queue: WorkQueue,
}

impl Delivery {
    pub(crate) fn new(scope: &dyn Scope, settings: DeliverySettings, tags: &Tags) -> Self {
        let component = Component::builder("tidegate:delivery:Delivery", "delivery").create(scope);
        let terms = Terms {
            timeout_s: timeout_s(Function::Fanout),
            retention_s: RETENTION_S,
            max_receives: settings.max_receives,
        };
        let queue = WorkQueue::new(&component, "fanout", &terms, tags.of("delivery"));
        Self {
            component,
            settings,
            queue,
        }
    }

    /// A publication with more receivers than this goes by way of the queue.
    pub(crate) fn direct_receivers(&self) -> Output<String> {
        Output::known(self.settings.direct_receivers.to_string())
    }

    /// Has the function work on what is in the queue.
    pub(crate) fn hand_to(self, function: &Invocable) -> WorkQueue {
        let Self {
            component,
            settings,
            queue,
        } = self;
        queue.hand_to(&component, function, BATCH, settings.maximum_concurrency);
        component.register_outputs([
            ("queue", &queue.queue.url),
            ("deadLetters", &queue.dead_letters.url),
        ]);
        queue
    }
}
