//! Rules of EventBridge, their targets, and who lets them in, as resources.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "all of this is a test, also what is not in a `#[test]` function"
)]

use std::path::PathBuf;

use serde_json::{Value, json};
use tidegate_local_cloud::system::EventDestination;
use tidegate_local_cloud::{Cloud, Created, Endpoints, NewResource, Refusal};

const RULE: &str = "aws:cloudwatch/eventRule:EventRule";
const TARGET: &str = "aws:cloudwatch/eventTarget:EventTarget";
const POLICY: &str = "aws:sqs/queuePolicy:QueuePolicy";
const PERMISSION: &str = "aws:lambda/permission:Permission";

fn create(
    cloud: &mut Cloud,
    type_token: &str,
    name: &str,
    inputs: Value,
) -> Result<Created, Refusal> {
    cloud.create(&NewResource {
        urn: &format!("urn:pulumi:dev::tidegate::{type_token}::{name}"),
        type_token,
        name,
        inputs: inputs.as_object().unwrap(),
    })
}

fn arn(service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:eu-central-1:000000000000:{rest}")
}

/// A cloud with the queue `inlet` and the function `sweep`.
fn cloud() -> Cloud {
    let mut cloud = Cloud::new(Endpoints {
        region: "eu-central-1".to_owned(),
        account: "000000000000".to_owned(),
        websocket_apis: Vec::new(),
        http_apis: Vec::new(),
        distributions: Vec::new(),
        queues: "http://127.0.0.1:4003".to_owned(),
        identity: "127.0.0.1:4001".to_owned(),
        program_directory: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
    });
    let cloud_ref = &mut cloud;
    let inlet = json!({"name": "inlet"});
    create(cloud_ref, "aws:sqs/queue:Queue", "inlet", inlet).unwrap();
    let trust = json!({"Statement": [{"Effect": "Allow"}]}).to_string();
    let role = json!({"name": "sweep", "assumeRolePolicy": trust});
    create(cloud_ref, "aws:iam/role:Role", "sweep", role).unwrap();
    let function = json!({
        "name": "sweep", "role": "arn:aws:iam::000000000000:role/sweep", "runtime": "provided.al2023",
        "handler": "bootstrap", "code": {"assets": {"bootstrap": {"path": "Cargo.toml"}}},
    });
    create(cloud_ref, "aws:lambda/function:Function", "sweep", function).unwrap();
    cloud
}

fn rule(cloud: &mut Cloud, inputs: Value) -> Created {
    create(cloud, RULE, "sold", inputs).unwrap()
}

fn sold() -> Value {
    json!({"name": "sold", "eventPattern": r#"{"source": ["shop"]}"#})
}

fn to(destination: String) -> Value {
    json!({"rule": "sold", "arn": destination})
}

#[track_caller]
fn refused(cloud: &mut Cloud, type_token: &str, inputs: Value, problem: &str) {
    let shown = inputs.to_string();
    match create(cloud, type_token, "refused", inputs) {
        Ok(_) => panic!("{shown} is taken"),
        Err(refusal) => {
            let text = refusal.to_string();
            assert!(text.contains(problem), "{shown}: {text}");
        }
    }
}

#[test]
fn a_rule_has_its_arn_and_its_targets() {
    let mut cloud = cloud();
    let made = rule(&mut cloud, sold());
    assert_eq!(made.outputs["arn"], arn("events", "rule/sold"));
    assert_eq!(made.outputs["eventBusName"], "default");
    let target = create(&mut cloud, TARGET, "inlet", to(arn("sqs", "inlet"))).unwrap();
    let id = target.outputs["targetId"].as_str().unwrap();
    assert_eq!(target.id, format!("sold-{id}"));
    create(
        &mut cloud,
        TARGET,
        "sweep",
        to(arn("lambda", "function:sweep")),
    )
    .unwrap();
    let system = cloud.system();
    let [rule] = system.event_rules.as_slice() else {
        panic!("{:?}", system.event_rules)
    };
    assert!(rule.enabled && rule.schedule.is_none());
    let destinations: Vec<_> = rule.targets.iter().map(|it| &it.destination).collect();
    let function = EventDestination::Function {
        name: "sweep".to_owned(),
        target: "sweep".to_owned(),
    };
    let queue = EventDestination::Queue("inlet".to_owned());
    assert_eq!(destinations, [&queue, &function]);
}

#[test]
fn events_that_nobody_lets_in_are_told_of_once_everything_is_there() {
    let mut cloud = cloud();
    rule(&mut cloud, sold());
    create(&mut cloud, TARGET, "inlet", to(arn("sqs", "inlet"))).unwrap();
    create(
        &mut cloud,
        TARGET,
        "sweep",
        to(arn("lambda", "function:sweep")),
    )
    .unwrap();
    let lost = cloud.system().lost_events;
    assert_eq!(lost.len(), 2, "{lost:?}");
    assert!(lost[0].contains("inlet") && lost[0].contains("aws.sqs.QueuePolicy"));
    assert!(lost[1].contains("sweep") && lost[1].contains("aws.lambda.Permission"));

    let statement = json!({
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": arn("sqs", "inlet"), "Condition": {"ArnEquals": {"aws:SourceArn": arn("events", "rule/sold")}},
    });
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let policy = json!({"queueUrl": "http://127.0.0.1:4003/000000000000/inlet", "policy": policy});
    create(&mut cloud, POLICY, "inlet", policy).unwrap();
    let permission = |source: &str| {
        json!({
            "action": "lambda:InvokeFunction", "function": "sweep", "principal": "events.amazonaws.com",
            "sourceArn": arn("events", source),
        })
    };
    create(&mut cloud, PERMISSION, "other", permission("rule/other")).unwrap();
    assert_eq!(cloud.system().lost_events.len(), 1);
    create(&mut cloud, PERMISSION, "sold", permission("rule/sold")).unwrap();
    assert!(cloud.system().lost_events.is_empty());
}

#[test]
fn what_is_not_emulated_is_refused_by_name() {
    let mut cloud = cloud();
    let with = |inputs: Value, name: &str, value: Value| {
        let mut inputs = inputs;
        inputs[name] = value;
        inputs
    };
    for (inputs, problem) in [
        (json!({"name": "a"}), "EventPattern or ScheduleExpression"),
        (with(sold(), "eventBusName", json!("own")), "`default`"),
        (with(sold(), "roleArn", json!("arn")), "`roleArn`"),
        (with(sold(), "eventPattern", json!("{")), "not JSON"),
        (
            json!({"name": "a", "scheduleExpression": "rate(1 minutes)"}),
            "singular",
        ),
        (with(sold(), "name", json!("a b")), "1 to 64"),
    ] {
        refused(&mut cloud, RULE, inputs, problem);
    }
    rule(&mut cloud, sold());
    refused(&mut cloud, RULE, sold(), "ResourceAlreadyExistsException");
    let inlet = || to(arn("sqs", "inlet"));
    for (inputs, problem) in [
        (to(arn("sns", "topic")), "neither a function nor a queue"),
        (to(arn("lambda", "function:other")), "no function `other`"),
        (
            with(inlet(), "rule", json!("other")),
            "Rule other does not exist",
        ),
        (
            with(inlet(), "sqsTarget", json!({"messageGroupId": "a"})),
            "FIFO",
        ),
        (with(inlet(), "ecsTarget", json!({})), "`ecsTarget`"),
        (with(inlet(), "inputPath", json!("detail")), "no path"),
        (
            with(with(inlet(), "inputPath", json!("$")), "input", json!("{}")),
            "Only one of",
        ),
        (
            with(
                inlet(),
                "deadLetterConfig",
                json!({"arn": arn("sqs", "none")}),
            ),
            "no such queue",
        ),
        (
            with(inlet(), "retryPolicy", json!({"maximumRetryAttempts": 186})),
            "185",
        ),
    ] {
        refused(&mut cloud, TARGET, inputs, problem);
    }
    for name in ["a", "b", "c", "d", "e"] {
        let inputs = with(inlet(), "targetId", json!(name));
        create(&mut cloud, TARGET, name, inputs).unwrap();
    }
    refused(&mut cloud, TARGET, inlet(), "at most 5 targets");
}

#[test]
fn a_rule_for_what_happens_in_aws_is_noted() {
    let mut cloud = cloud();
    let pattern =
        json!({"source": ["aws.cognito-idp"], "detail-type": ["AWS API Call via CloudTrail"]});
    rule(
        &mut cloud,
        json!({"name": "trail", "eventPattern": pattern.to_string()}),
    );
    let notes = cloud.system().notes();
    assert!(
        notes.iter().any(|note| note.contains("the rule trail")),
        "{notes:?}"
    );
}
