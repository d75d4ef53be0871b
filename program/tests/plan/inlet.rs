//! The queue of backends, and the rules that send to it.

use pulumi::testing::Deployment;
use serde_json::{Value, json};

use crate::support::{every_plan, input, run};

const RULE: &str = "aws:cloudwatch/eventRule:EventRule";
const TARGET: &str = "aws:cloudwatch/eventTarget:EventTarget";
const QUEUE_POLICY: &str = "aws:sqs/queuePolicy:QueuePolicy";

const ON: (&str, &str) = ("inlet", r#"{"enabled": true}"#);

/// The names of all of a type.
fn names(deployment: &Deployment, type_token: &'static str) -> Vec<String> {
    let mut names: Vec<_> = deployment
        .of_type(type_token)
        .map(|it| it.name.clone())
        .collect();
    names.sort();
    names
}

fn json_of(text: &Value) -> Value {
    serde_json::from_str(text.as_str().unwrap()).unwrap()
}

#[test]
fn without_a_word_there_is_none_and_nothing_sends_to_one() {
    let deployment = run(&[].into()).unwrap();
    let functions = names(&deployment, "aws:lambda/function:Function");
    assert!(!functions.contains(&"inlet".to_owned()), "{functions:?}");
    for none in [RULE, TARGET, QUEUE_POLICY] {
        assert_eq!(names(&deployment, none), [""; 0], "{none}");
    }
    assert!(!deployment.outputs.contains_key("inletQueueUrl"));
}

#[test]
fn it_has_dead_letters_of_its_own_and_outputs_for_backends() {
    let deployment = run(&[ON].into()).unwrap();
    let queues = names(&deployment, "aws:sqs/queue:Queue");
    assert_eq!(queues, ["fanout", "fanout-dead", "inlet", "inlet-dead"]);
    let mut mappings = deployment.of_type("aws:lambda/eventSourceMapping:EventSourceMapping");
    let mapping = mappings.find(|it| it.name == "inlet").unwrap();
    assert_eq!(input(mapping, "batchSize"), 10);
    for (output, value) in [
        ("inletQueueUrl", "https://sqs.example/000000000000/inlet"),
        (
            "inletQueueArn",
            "arn:aws:sqs:eu-central-1:000000000000:inlet",
        ),
        (
            "inletDeadLettersUrl",
            "https://sqs.example/000000000000/inlet-dead",
        ),
    ] {
        let exported = format!("{:?}", deployment.outputs[output]);
        assert!(exported.contains(value), "{exported}");
    }
    let alarms = names(&deployment, "aws:cloudwatch/metricAlarm:MetricAlarm");
    for alarm in ["inlet-age", "inlet-dead-letters"] {
        assert!(alarms.contains(&alarm.to_owned()), "{alarms:?}");
    }
    // No rule, no policy: who may send is what IAM says.
    assert_eq!(names(&deployment, QUEUE_POLICY), [""; 0]);
}

#[test]
fn what_is_done_in_cognito_comes_in_only_where_it_is_asked_for_and_of_this_pool() {
    every_plan(|deployment| {
        for rule in deployment.of_type(RULE) {
            if rule.name != "revocations" {
                continue;
            }
            let pattern = json_of(&input(rule, "eventPattern"));
            assert_eq!(pattern["source"], json!(["aws.cognito-idp"]));
            let pool = &pattern["detail"]["requestParameters"]["userPoolId"];
            assert_eq!(*pool, json!(["eu-central-1_users"]));
        }
    });
    let deployment = run(&[ON, ("events", r#"{"cognitoRevocations": true}"#)].into()).unwrap();
    assert_eq!(names(&deployment, RULE), ["revocations"]);
}

#[test]
fn a_rule_is_on_the_bus_that_is_named_and_so_is_its_target() {
    for (bus, named) in [("orders", json!("orders")), ("default", Value::Null)] {
        let events = json!({"publications": {"bus": bus, "pattern": {"source": ["orders"]}}});
        let events = events.to_string();
        let deployment = run(&[ON, ("events", events.as_str())].into()).unwrap();
        for kind in [RULE, TARGET] {
            let of_kind = deployment.of_type(kind).next().unwrap();
            assert_eq!(input(of_kind, "eventBusName"), named, "{kind}");
        }
    }
}

#[test]
fn only_the_stacks_own_rules_may_send_to_the_queue() {
    every_plan(|deployment| {
        let Some(policy) = deployment.of_type(QUEUE_POLICY).next() else {
            return;
        };
        let document = json_of(&input(policy, "policy"));
        let statements = document["Statement"].as_array().unwrap();
        let mut sources: Vec<_> = statements
            .iter()
            .map(|statement| {
                assert_eq!(
                    statement["Principal"],
                    json!({"Service": "events.amazonaws.com"})
                );
                assert_eq!(statement["Action"], "sqs:SendMessage");
                let queue = statement["Resource"].as_str().unwrap();
                assert!(queue.ends_with(":inlet"), "{queue}");
                let source = statement["Condition"]["ArnEquals"]["aws:SourceArn"].as_str();
                source.unwrap().rsplit('/').next().unwrap().to_owned()
            })
            .collect();
        sources.sort();
        let mut rules = names(deployment, RULE);
        rules.retain(|rule| rule != "sweep");
        assert_eq!(sources, rules);
        for target in deployment.of_type(TARGET).filter(|it| it.name != "sweep") {
            assert!(target.dependencies.contains(&policy.urn), "{}", target.name);
        }
    });
}
