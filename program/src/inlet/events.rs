//! Rules of EventBridge that send to the queue: publications that others put on a bus, and what was done to users in Cognito
//! itself.

use std::collections::BTreeMap;

use pulumi::{Component, Output, WithOptions};
use pulumi_aws::cloudwatch::{EventRule, EventTarget};
use pulumi_aws::sqs::{Queue, QueuePolicy};
use serde_json::{Value, json};
use tidegate_contract::inlet::{
    CLOUDTRAIL_DETAIL_TYPE, COGNITO_EVENT_SOURCE, COGNITO_SOURCE, REVOKING_CALLS,
};

use crate::identity::Identity;
use crate::settings::EventSettings;

/// The bus that is there in every account, and the only one with AWS's own events.
const DEFAULT_BUS: &str = "default";

/// A rule, and the bus that it is on where that is not the default one.
struct OnBus {
    name: &'static str,
    rule: EventRule,
    bus: Option<String>,
}

/// Makes the rules of the configuration; none, where it names none.
pub(super) fn send(
    component: &Component,
    settings: &EventSettings,
    identity: &Identity,
    queue: &Queue,
    tags: &BTreeMap<String, String>,
) {
    let mut rules = Vec::new();
    if let Some(publications) = &settings.publications {
        let name = "publications";
        let bus = Some(&publications.bus).filter(|bus| *bus != DEFAULT_BUS);
        let pattern = Value::Object(publications.pattern.clone()).to_string();
        let rule = EventRule::builder(name)
            .description("Publications, to the queue of the inlet")
            .event_pattern(pattern)
            .tags(tags.clone());
        let rule = match bus {
            Some(bus) => rule.event_bus_name(bus),
            None => rule,
        };
        rules.push(OnBus {
            name,
            rule: rule.create(component),
            bus: bus.cloned(),
        });
    }
    // Without a pool of the stack's own the configuration was refused.
    if let Some(pool) = identity
        .pool
        .as_ref()
        .filter(|_| settings.cognito_revocations)
    {
        let name = "revocations";
        let rule = EventRule::builder(name)
            .description("What CloudTrail tells of users who were signed out, disabled or deleted in Cognito itself")
            .event_pattern(pool.id.map(|pool| revocations(&pool)))
            .tags(tags.clone());
        rules.push(OnBus {
            name,
            rule: rule.create(component),
            bus: None,
        });
    }
    if rules.is_empty() {
        return;
    }
    let policy = QueuePolicy::builder("inlet")
        .queue_url(&queue.url)
        .policy(policy(queue, &rules))
        .create(component);
    for OnBus { name, rule, bus } in &rules {
        let target = EventTarget::builder(*name)
            .rule(&rule.name)
            .arn(&queue.arn)
            // What the queue does not take, EventBridge drops without a word.
            .depends_on(&[&policy]);
        match bus {
            Some(bus) => target.event_bus_name(bus),
            None => target,
        }
        .create(component);
    }
}

/// The calls by which a user of this pool loses all tokens.
fn revocations(pool: &str) -> String {
    json!({
        "source": [COGNITO_SOURCE],
        "detail-type": [CLOUDTRAIL_DETAIL_TYPE],
        "detail": {
            "eventSource": [COGNITO_EVENT_SOURCE],
            "eventName": REVOKING_CALLS,
            "requestParameters": {"userPoolId": [pool]},
        },
    })
    .to_string()
}

/// Lets these rules send, and no other of any account.
fn policy(queue: &Queue, rules: &[OnBus]) -> Output<String> {
    let statements = rules.iter().map(|OnBus { rule, .. }| {
        let arns = Output::all([queue.arn.clone(), rule.arn.clone()]);
        arns.map(|arns| {
            json!({
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arns[0],
                "Condition": {"ArnEquals": {"aws:SourceArn": arns[1]}},
            })
        })
    });
    Output::all(statements)
        .map(|statements| json!({"Version": "2012-10-17", "Statement": statements}).to_string())
}
