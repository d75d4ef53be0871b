//! Presence: what looks after connections whose end nobody may have told. `$disconnect` is best effort, so once a minute a
//! function asks after those whose lease falls due.

use pulumi::{Component, Scope, WithOptions};
use pulumi_aws::cloudwatch::{EventRule, EventTarget};

use crate::functions::{Caller, Invocable};
use crate::tags::Tags;

/// The shortest that there is.
const EVERY: &str = "rate(1 minute)";

/// Has the function run every minute.
pub(crate) fn look_after(scope: &dyn Scope, sweep: &Invocable, tags: &Tags) {
    let component = Component::builder("tidegate:presence:Presence", "presence").create(scope);
    let rule = EventRule::builder("sweep")
        .description("Looks after connections whose presence may have ended without a word")
        .schedule_expression(EVERY)
        .tags(tags.of("presence"))
        .create(&component);
    let permission = sweep.permit(&component, "sweep", Caller::EventBridge, rule.arn.clone());
    EventTarget::builder("sweep")
        .rule(&rule.name)
        .arn(&sweep.arn)
        .depends_on(&[&permission])
        .create(&component);
    component.register_outputs([("rule", &rule.name)]);
}
