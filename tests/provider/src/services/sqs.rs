//! SQS: queues.

use serde_json::{Value, json};

use super::kind::{Kind, Made, Making, Parent, Proposal, Refusal, by_id, document};
use crate::cloud::{Cloud, Record};
use crate::environment::ACCOUNT;
use crate::naming::AutoName;

pub(super) const QUEUE: &str = "aws:sqs/queue:Queue";
const REDRIVE_ALLOW: &str = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy";
const POLICY: &str = "aws:sqs/queuePolicy:QueuePolicy";

const OF_QUEUE: Parent = Parent {
    property: "queueUrl",
    token: QUEUE,
    is: by_id,
    missing: |_| {
        let message = "The specified queue does not exist.";
        Refusal::new("AWS.SimpleQueueService.NonExistentQueue", message)
    },
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: QUEUE,
        noun: "SQS Queue",
        name: AutoName::name(80),
        children: &[(POLICY, "queueUrl"), (REDRIVE_ALLOW, "queueUrl")],
        allow: allow_queue,
        make: make_queue,
        ..Kind::PLAIN
    },
    Kind {
        token: REDRIVE_ALLOW,
        noun: "SQS Queue Redrive Allow Policy",
        parents: &[OF_QUEUE],
        make: |making| Made::new(making.text("queueUrl"), []),
        ..Kind::PLAIN
    },
    Kind {
        token: POLICY,
        noun: "SQS Queue Policy",
        parents: &[OF_QUEUE],
        make: |making| Made::new(making.text("queueUrl"), []),
        ..Kind::PLAIN
    },
];

fn allow_queue(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let name = proposal.text("name");
    if proposal.taken(QUEUE, "name") {
        let message = format!(
            "A queue already exists with the same name and a different value for some attribute: {name}"
        );
        return Err(Refusal::new("QueueAlreadyExists", message));
    }
    let redrive = proposal.text("redrivePolicy");
    if redrive.is_empty() {
        return Ok(());
    }
    let refuse = |reason: &str| {
        let message =
            format!("Value {redrive} for parameter RedrivePolicy is invalid. Reason: {reason}");
        Err(Refusal::new("InvalidParameterValue", message))
    };
    let policy = document(redrive).unwrap_or_default();
    let target = policy.get("deadLetterTargetArn").and_then(Value::as_str);
    let target = target.unwrap_or_default();
    let Some(target) = proposal.cloud.with(QUEUE, "arn", target) else {
        return refuse("Dead letter target does not exist.");
    };
    let own = format!("arn:aws:sqs:{}:{ACCOUNT}:{name}", proposal.region);
    if !takes_from(proposal.cloud, target, &own) {
        return refuse("The dead letter target does not allow this queue to name it.");
    }
    Ok(())
}

/// Whether a queue takes the dead letters of another.
fn takes_from(cloud: &Cloud, target: &Record, source: &str) -> bool {
    let beside = cloud.with(REDRIVE_ALLOW, "queueUrl", &target.id);
    let policy = beside.unwrap_or(target).text("redriveAllowPolicy");
    let policy = document(policy).unwrap_or_default();
    match policy.get("redrivePermission").and_then(Value::as_str) {
        Some("denyAll") => false,
        Some("byQueue") => {
            let sources = policy.get("sourceQueueArns").and_then(Value::as_array);
            sources.is_some_and(|sources| sources.iter().any(|named| named == source))
        }
        _ => true,
    }
}

fn make_queue(making: &Making<'_>) -> Made {
    let name = making.text("name");
    let url = format!(
        "https://sqs.{}.amazonaws.com/{ACCOUNT}/{name}",
        making.region
    );
    Made::new(
        url.clone(),
        [("arn", json!(making.arn("sqs", name))), ("url", json!(url))],
    )
}
