//! Observability: alarms, whom they tell, and the dashboard. All of it is made of the one list of metrics that the functions
//! emit, and of what AWS counts by itself.

mod alarm;
mod alarms;
mod dashboard;
mod query;
mod runbook;
mod widgets;

use std::collections::BTreeMap;

use pulumi::{Component, Output, Scope, interpolate};
use pulumi_aws::cloudwatch::CompositeAlarm;
use pulumi_aws::sns::{Topic, TopicSubscription};
use tidegate_contract::functions::Function;

use self::alarm::Group;
pub use self::runbook::runbook_page;
use crate::queue::WatchedQueue;
use crate::settings::ObservabilitySettings;
use crate::tags::Tags;

/// What is watched: the names by which AWS counts.
#[derive(Clone)]
pub(crate) struct Watched {
    /// The stack's dimension of our own metrics: `project/stack`.
    pub(crate) stack: String,
    /// The stack's name in the names of what has to be named: `project-stack`.
    pub(crate) name: String,
    /// The names of the functions.
    pub(crate) functions: BTreeMap<Function, Output<String>>,
    /// The ids of the WebSocket APIs.
    pub(crate) apis: Vec<Output<String>>,
    /// The stage of each of them.
    pub(crate) stage: String,
    /// The table's name, and the Region that all of it is in.
    pub(crate) table: Output<String>,
    pub(crate) region: Output<String>,
    /// The fan-out queue.
    pub(crate) fanout: WatchedQueue,
    /// The queue of publications, where there is one.
    pub(crate) inlet: Option<WatchedQueue>,
    /// The namespaces of channels.
    pub(crate) namespaces: Vec<String>,
    /// Every how many seconds clients ping.
    pub(crate) ping_seconds: u32,
    /// The memory of each function, in MB.
    pub(crate) memory_mb: BTreeMap<Function, u32>,
    /// What the traffic costs.
    pub(crate) prices: TrafficPrices,
}

/// What the traffic costs, in dollars for one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrafficPrices {
    pub(crate) message: f64,
    pub(crate) invocation: f64,
    pub(crate) gb_second: f64,
    pub(crate) write: f64,
    pub(crate) read: f64,
}

/// What there is to look at.
pub(crate) struct Observability {
    /// The topic that is told of alarms.
    pub(crate) alarm_topic: Option<Output<String>>,
    /// The dashboard's name.
    pub(crate) dashboard: Option<Output<String>>,
}

impl Observability {
    pub(crate) fn new(
        scope: &dyn Scope,
        settings: &ObservabilitySettings,
        watched: &Watched,
        tags: &Tags,
    ) -> Self {
        let component = Component::builder("tidegate:observability:Observability", "observability")
            .create(scope);
        let tags = tags.of("observability");
        let topic = settings
            .alarms
            .then(|| alarms(&component, settings, watched, &tags));
        let dashboard = settings
            .dashboard
            .then(|| dashboard::create(&component, watched));
        component.register_outputs(dashboard.iter().map(|name| ("dashboard", name)));
        Self {
            alarm_topic: topic,
            dashboard,
        }
    }
}

/// Every alarm, two that sum them up, and the topic that those tell: one message for one trouble, not ten.
fn alarms(
    component: &Component,
    settings: &ObservabilitySettings,
    watched: &Watched,
    tags: &BTreeMap<String, String>,
) -> Output<String> {
    let topic = Topic::builder("alarms")
        .tags(tags.clone())
        .create(component);
    for (number, address) in (1..).zip(&settings.notify) {
        TopicSubscription::builder(format!("alarms-{number}"))
            .topic(&topic.arn)
            .protocol("email")
            .endpoint(address)
            .create(component);
    }
    let mut by_group: BTreeMap<Group, Vec<Output<String>>> = BTreeMap::new();
    for alarm in alarms::all(watched, &settings.thresholds) {
        let group = alarm.about.group;
        let made = alarm.create(component, tags);
        by_group.entry(group).or_default().push(made.name);
    }
    for (group, names) in by_group {
        let conditions = names.iter().map(|name| interpolate!("ALARM(\"{}\")", name));
        CompositeAlarm::builder(group.name())
            .alarm_name(format!("{}-{}", watched.name, group.name()))
            .alarm_description(group.description())
            .alarm_rule(Output::all(conditions).map(|conditions| conditions.join(" OR ")))
            .alarm_actions([&topic.arn])
            .ok_actions([&topic.arn])
            .tags(tags.clone())
            .create(component);
    }
    topic.arn
}
