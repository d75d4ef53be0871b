//! The inlet: a queue into which backends, and rules of EventBridge, put publications.

mod events;

use pulumi::{Component, Scope};
use tidegate_contract::functions::Function;

use crate::functions::{Invocable, timeout_s};
use crate::identity::Identity;
use crate::queue::{Terms, WorkQueue};
use crate::settings::{EventSettings, InletSettings};
use crate::tags::Tags;

/// A backend relies on what the queue took: it is kept over a long weekend, in seconds.
const RETENTION_S: i64 = 4 * 24 * 3600;
/// How many publications one invocation gets at most.
const BATCH: i64 = 10;

/// The queue, and who may put something into it beside those whom their own account allows it.
pub(crate) struct Inlet {
    component: Component,
    settings: InletSettings,
    pub(crate) queue: WorkQueue,
}

impl Inlet {
    pub(crate) fn new(
        scope: &dyn Scope,
        settings: InletSettings,
        events: &EventSettings,
        identity: &Identity,
        tags: &Tags,
    ) -> Self {
        let component = Component::builder("tidegate:inlet:Inlet", "inlet").create(scope);
        let terms = Terms {
            timeout_s: timeout_s(Function::Inlet),
            retention_s: RETENTION_S,
            max_receives: settings.max_receives,
        };
        let tags = tags.of("inlet");
        // Its dead letters are its own: those of the fan-out queue are of another kind, and go back elsewhere.
        let queue = WorkQueue::new(&component, "inlet", &terms, tags.clone());
        events::send(&component, events, identity, &queue.queue, &tags);
        Self {
            component,
            settings,
            queue,
        }
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
