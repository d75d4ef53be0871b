//! The default bus of a stack.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tidegate_local_cloud::clock::SharedClock;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::system::EventRule;
use tidegate_local_functions::Function;
use tidegate_local_metrics::Metrics;
use tidegate_local_queues::Queues;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::event::{self, NewEvent, Place};
use crate::meters::Meters;

/// What the bus needs of its surroundings.
#[derive(Debug, Clone)]
pub struct EventsOptions {
    /// The functions that targets name, by name.
    pub functions: BTreeMap<String, Function>,
    /// The queues that targets name.
    pub queues: Queues,
    /// Tells the time.
    pub clock: SharedClock,
    /// What is enforced.
    pub limits: Limits,
    /// Takes the metrics that EventBridge makes.
    pub metrics: Metrics,
    /// The access key with which callers must sign.
    pub access_key_id: String,
    /// The account, and the Region, that events name.
    pub account: String,
    /// See `account`.
    pub region: String,
    /// Where ids start from.
    pub seed: u64,
}

/// The default bus with its rules. A clone is the same bus.
#[derive(Debug, Clone)]
pub struct Events {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) rules: Vec<Served>,
    pub(crate) functions: BTreeMap<String, Function>,
    pub(crate) queues: Queues,
    pub(crate) clock: SharedClock,
    pub(crate) limits: Limits,
    pub(crate) access_key_id: String,
    pub(crate) place: Place,
    /// When the rules were made.
    pub(crate) made_ms: u64,
    /// Invocations that are under way.
    pub(crate) invocations: TaskTracker,
    /// Cancelled when no invocation that failed is to be tried again.
    pub(crate) stopping: CancellationToken,
    ids: Mutex<fastrand::Rng>,
}

/// A rule with what there is only while it is served.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) rule: EventRule,
    pub(crate) meters: Meters,
}

impl Events {
    /// The bus with these rules, which are made now.
    #[must_use]
    pub fn new(rules: impl IntoIterator<Item = EventRule>, options: EventsOptions) -> Self {
        let served = rules.into_iter().map(|rule| Served {
            meters: Meters::new(&options.metrics, &rule.name),
            rule,
        });
        let shared = Shared {
            rules: served.collect(),
            made_ms: options.clock.now_ms(),
            functions: options.functions,
            queues: options.queues,
            clock: options.clock,
            limits: options.limits,
            access_key_id: options.access_key_id,
            place: Place {
                account: options.account,
                region: options.region,
            },
            invocations: TaskTracker::new(),
            stopping: CancellationToken::new(),
            ids: Mutex::new(fastrand::Rng::with_seed(options.seed)),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Puts an event on the bus, whoever it is from, and gives its id. Whether it then reaches anybody is not known yet.
    pub fn say(&self, new: NewEvent) -> String {
        let (id, event) = self.shared.envelope(new);
        for served in &self.shared.rules {
            let pattern = served.rule.pattern.as_ref();
            if served.rule.enabled && pattern.is_some_and(|pattern| pattern.matches(&event)) {
                self.hand_over(served, &event);
            }
        }
        id
    }

    /// Waits for the invocations that are under way; those that fail are not tried again.
    pub async fn finish(&self) {
        self.shared.stopping.cancel();
        self.shared.invocations.close();
        self.shared.invocations.wait().await;
    }
}

impl Shared {
    /// The event as targets get it, and its id.
    pub(crate) fn envelope(&self, new: NewEvent) -> (String, Value) {
        let id = self.uuid();
        let event = event::envelope(new, &id, &self.place, self.clock.now_ms());
        (id, event)
    }

    /// A UUID of version four.
    pub(crate) fn uuid(&self) -> String {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = ids.u128(..).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .to_string()
    }
}
