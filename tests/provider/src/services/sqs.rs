//! SQS: queues.

use serde_json::{Value, json};

use super::kind::{Kind, Made, Making, Proposal, Refusal, document};
use crate::environment::ACCOUNT;
use crate::naming::AutoName;

pub(super) const QUEUE: &str = "aws:sqs/queue:Queue";
const POLICY: &str = "aws:sqs/queuePolicy:QueuePolicy";
const REDRIVE_ALLOW_POLICY: &str = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: QUEUE,
        noun: "SQS Queue",
        name: AutoName::name(80),
        children: &[(POLICY, "queueUrl"), (REDRIVE_ALLOW_POLICY, "queueUrl")],
        allow: allow_queue,
        make: make_queue,
        ..Kind::PLAIN
    },
    Kind {
        token: REDRIVE_ALLOW_POLICY,
        noun: "SQS Queue Redrive Allow Policy",
        parents: PARENTS,
        make: |making| Made::new(making.text("queueUrl"), []),
        ..Kind::PLAIN
    },
    Kind {
        token: POLICY,
        noun: "SQS Queue Policy",
        parents: PARENTS,
        make: |making| Made::new(making.text("queueUrl"), []),
        ..Kind::PLAIN
    },
];

const PARENTS: &[super::kind::Parent] = &[super::kind::Parent {
    property: "queueUrl",
    token: QUEUE,
    is: super::kind::by_id,
    missing: |_| {
        let message = "The specified queue does not exist.";
        Refusal::new("AWS.SimpleQueueService.NonExistentQueue", message)
    },
}];

fn allow_queue(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let name = proposal.text("name");
    if proposal.taken(QUEUE, "name") {
        let message = format!(
            "A queue already exists with the same name and a different value for some attribute: {name}"
        );
        return Err(Refusal::new("QueueAlreadyExists", message));
    }
    let fifo = proposal.inputs.get("fifoQueue") == Some(&json!(true));
    if fifo != name.ends_with(".fifo") {
        return Err(Refusal::new(
            "InvalidParameterValue",
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with \
             .fifo suffix and be 1 to 80 in length",
        ));
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
    let Some(policy) = document(redrive) else {
        return refuse("Redrive policy is not a valid JSON map.");
    };
    let target = policy.get("deadLetterTargetArn").and_then(Value::as_str);
    let Some(target) = proposal
        .cloud
        .with(QUEUE, "arn", target.unwrap_or_default())
    else {
        return refuse("Dead letter target does not exist.");
    };
    if target.text("name").ends_with(".fifo") != fifo {
        return refuse("Dead-letter queue must be same type of queue as the source.");
    }
    let received = policy.get("maxReceiveCount").map(|count| match count {
        // It may be a text as well.
        Value::String(count) => count.parse().unwrap_or_default(),
        count => count.as_i64().unwrap_or_default(),
    });
    if !received.is_some_and(|count| (1..=1000).contains(&count)) {
        return refuse("Invalid value for maxReceiveCount: it must be between 1 and 1000.");
    }
    Ok(())
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
