//! Rules of EventBridge.

use serde_json::{Value, json};

use crate::support::{Spec, caught, passes};

const RULE: &str = "event-delivery";

fn rule() -> Spec<'static> {
    ("cloudwatch/EventRule", "sold", json!({}), &[])
}

fn to_queue() -> [Spec<'static>; 3] {
    let from: &[(&str, &[&str])] = &[
        ("arn", &["sqs/Queue inlet"]),
        ("rule", &["cloudwatch/EventRule sold"]),
    ];
    [
        rule(),
        ("sqs/Queue", "inlet", json!({}), &[]),
        ("cloudwatch/EventTarget", "sold", json!({}), from),
    ]
}

fn policy(service: &str) -> Spec<'static> {
    let document = json!({"Statement": [{"Principal": {"Service": service}}]}).to_string();
    (
        "sqs/QueuePolicy",
        "inlet",
        json!({ "policy": document }),
        &[("queueUrl", &["sqs/Queue inlet"])],
    )
}

#[test]
fn a_queue_that_does_not_let_eventbridge_send_is_caught() {
    let [rule, queue, target] = to_queue();
    let alone = [rule.clone(), queue.clone(), target.clone()];
    assert!(caught(RULE, &alone).contains("has no policy"));
    let with = |policy| [rule.clone(), queue.clone(), target.clone(), policy];
    assert!(caught(RULE, &with(policy("sns.amazonaws.com"))).contains("does not name"));
    passes(RULE, &with(policy("events.amazonaws.com")));
}

fn to_function(
    permission: Value,
    source: &'static [(&'static str, &'static [&'static str])],
) -> [Spec<'static>; 4] {
    [
        rule(),
        ("lambda/Function", "sweep", json!({}), &[]),
        (
            "cloudwatch/EventTarget",
            "sweep",
            json!({}),
            &[
                ("arn", &["lambda/Function sweep"]),
                ("rule", &["cloudwatch/EventRule sold"]),
            ],
        ),
        ("lambda/Permission", "sweep", permission, source),
    ]
}

#[test]
fn a_function_that_eventbridge_may_not_invoke_is_caught() {
    let events = json!({"principal": "events.amazonaws.com", "sourceArn": "[unknown]"});
    let gateway = json!({"principal": "apigateway.amazonaws.com", "sourceArn": "[unknown]"});
    let right: &[(&str, &[&str])] = &[
        ("function", &["lambda/Function sweep"]),
        ("sourceArn", &["cloudwatch/EventRule sold"]),
    ];
    let of_another: &[(&str, &[&str])] = &[
        ("function", &["lambda/Function sweep"]),
        ("sourceArn", &["cloudwatch/EventRule other"]),
    ];
    passes(RULE, &to_function(events.clone(), right));
    assert!(caught(RULE, &to_function(gateway, right)).contains("Nothing lets EventBridge"));
    assert!(caught(RULE, &to_function(events, of_another)).contains("`sweep`"));
}
