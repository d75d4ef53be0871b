//! The traps of queues.

use std::collections::{BTreeMap, BTreeSet};

use pulumi::testing::{Declared, Deployment};
use serde_json::{Value, json};

use crate::support::{every_plan, input, is_own, run};

const FUNCTION: &str = "aws:lambda/function:Function";
const MAPPING: &str = "aws:lambda/eventSourceMapping:EventSourceMapping";
const QUEUE: &str = "aws:sqs/queue:Queue";

fn number(resource: &Declared, property: &str) -> i64 {
    input(resource, property).as_i64().unwrap_or_default()
}

fn document(resource: &Declared, property: &str) -> Value {
    let text = input(resource, property);
    text.as_str()
        .map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

/// The queue that a mapping reads from, and the function that it invokes.
fn ends<'a>(deployment: &'a Deployment, mapping: &Declared) -> (&'a Declared, &'a Declared) {
    let of = |kind, property: &str| {
        let mut resources = deployment.of_type(kind);
        let urns = &mapping.property_dependencies[property];
        resources.find(|it| urns.contains(&it.urn)).unwrap()
    };
    (of(QUEUE, "eventSourceArn"), of(FUNCTION, "functionName"))
}

#[test]
fn no_message_comes_again_while_it_is_worked_on() {
    every_plan(|deployment| {
        for mapping in deployment.of_type(MAPPING) {
            let (queue, function) = ends(deployment, mapping);
            let hidden = number(queue, "visibilityTimeoutSeconds");
            let timeout = number(function, "timeout");
            assert!(
                hidden >= 6 * timeout,
                "{}: {hidden} s, {timeout} s",
                queue.name
            );
        }
        let queues = deployment.of_type(QUEUE).count();
        assert_eq!(deployment.of_type(MAPPING).count(), queues / 2);
    });
}

#[test]
fn one_bad_message_does_not_make_its_whole_batch_come_again() {
    every_plan(|deployment| {
        for mapping in deployment.of_type(MAPPING) {
            let reported = input(mapping, "functionResponseTypes");
            assert_eq!(reported, json!(["ReportBatchItemFailures"]));
        }
    });
}

#[test]
fn a_queue_does_not_take_all_the_accounts_functions() {
    every_plan(|deployment| {
        for mapping in deployment.of_type(MAPPING) {
            let most = &input(mapping, "scalingConfig")["maximumConcurrency"];
            let most = most.as_i64().unwrap_or_default();
            // Lambda takes no 1; a new account has 10 altogether.
            assert!((2..10).contains(&most), "{most}");
        }
    });
}

#[test]
fn what_cannot_be_worked_on_is_kept_for_longer_than_it_waited() {
    every_plan(|deployment| {
        for mapping in deployment.of_type(MAPPING) {
            let (queue, _) = ends(deployment, mapping);
            let redrive = document(queue, "redrivePolicy");
            let mut queues = deployment.of_type(QUEUE);
            let dead = queues
                .find(|it| {
                    let arn = redrive["deadLetterTargetArn"].as_str().unwrap_or_default();
                    arn.ends_with(&format!(":{}", it.name))
                })
                .unwrap();
            let [waits, kept] = [queue, dead].map(|it| number(it, "messageRetentionSeconds"));
            assert!(
                waits > 0 && kept > waits,
                "its age goes on: {waits}, {kept}"
            );
            assert!(redrive["maxReceiveCount"].as_i64().unwrap_or_default() > 1);
        }
    });
}

#[test]
fn what_fails_as_often_as_it_may_is_put_aside_before_it_is_too_old() {
    let most = BTreeMap::from([("delivery", r#"{"maxReceives": 9}"#)]);
    let deployment = run(&most).unwrap();
    let mut queues = deployment.of_type(QUEUE);
    let queue = queues.find(|it| it.name == "fanout").unwrap();
    let receives = document(queue, "redrivePolicy")["maxReceiveCount"].as_i64();
    let hidden = number(queue, "visibilityTimeoutSeconds");
    assert_eq!(receives, Some(9));
    assert!(9 * hidden < number(queue, "messageRetentionSeconds"));
}

#[test]
fn a_dead_letter_queue_takes_from_its_own_queue_only() {
    every_plan(|deployment| {
        let policies: Vec<_> = deployment
            .of_type("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")
            .collect();
        let queues = deployment.of_type(QUEUE).count();
        assert_eq!(policies.len(), queues / 2);
        for resource in policies {
            let policy = document(resource, "redriveAllowPolicy");
            let own = format!(":{}", resource.name.trim_end_matches("-dead"));
            assert_eq!(policy["redrivePermission"], "byQueue");
            let sources = policy["sourceQueueArns"].as_array().unwrap();
            assert_eq!(sources.len(), 1, "{policy}");
            assert!(sources[0].as_str().unwrap().ends_with(&own));
        }
    });
}

#[test]
fn no_queue_keeps_publications_in_plain() {
    every_plan(|deployment| {
        for queue in deployment.of_type(QUEUE) {
            assert_eq!(input(queue, "sqsManagedSseEnabled"), true, "{}", queue.name);
        }
    });
}

#[test]
fn only_who_must_may_send_to_a_queue_or_read_from_it() {
    const RECEIVE: [&str; 3] = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
    every_plan(|deployment| {
        for policy in deployment.of_type("aws:iam/rolePolicy:RolePolicy") {
            let statements = document(policy, "policy")["Statement"].take();
            let mut allowed = BTreeSet::new();
            for statement in statements.as_array().unwrap() {
                for action in statement["Action"].as_array().unwrap() {
                    let Some(action) = action.as_str().unwrap().strip_prefix("sqs:") else {
                        continue;
                    };
                    for resource in statement["Resource"].as_array().unwrap() {
                        let queue = resource.as_str().unwrap().rsplit(':').next().unwrap();
                        allowed.insert((action.to_owned(), queue.to_owned()));
                    }
                }
            }
            let mut expected = BTreeSet::new();
            let mut may = |action: &str, queue: &str| {
                expected.insert((action.to_owned(), queue.to_owned()));
            };
            let name = policy.name.as_str();
            if is_own(name) {
                continue;
            }
            if !["authorizer", "api", "gateway-logs"].contains(&name) {
                may("SendMessage", "fanout");
            }
            if ["fanout", "inlet"].contains(&name) {
                RECEIVE.iter().for_each(|action| may(action, name));
            }
            if name == "fanout" {
                may("SendMessage", "fanout-dead");
            }
            assert_eq!(allowed, expected, "{name}");
        }
    });
}

#[test]
fn functions_are_told_the_queue_and_every_management_api() {
    let config = [("delivery", r#"{"directReceivers": 7}"#)].into();
    let deployment = run(&config).unwrap();
    let variables = |name: &str| {
        let function = deployment.of_type(FUNCTION).find(|it| it.name == name);
        input(function.unwrap(), "environment")["variables"].take()
    };
    let message = variables("message");
    assert_eq!(message["TIDEGATE_DIRECT_RECEIVERS"], "7");
    assert_eq!(
        variables("fanout")["TIDEGATE_DEAD_LETTERS"],
        "https://sqs.example/000000000000/fanout-dead"
    );
    for variables in [message, variables("fanout")] {
        assert_eq!(
            variables["TIDEGATE_FANOUT_QUEUE"],
            "https://sqs.example/000000000000/fanout"
        );
        let urls: Value =
            serde_json::from_str(variables["TIDEGATE_MANAGEMENT_URLS"].as_str().unwrap()).unwrap();
        assert_eq!(urls, json!({"api-sockets": "https://sockets.example/dev"}));
    }
}
