//! SNS: topics and who listens.

use serde_json::{Value, json};

use super::kind::{Kind, Made, Making, Parent, Proposal, Refusal, document};
use super::sqs::QUEUE;
use crate::environment::ACCOUNT;
use crate::naming::AutoName;

const TOPIC: &str = "aws:sns/topic:Topic";

const POLICY: &str = "aws:sns/topicPolicy:TopicPolicy";
const SUBSCRIPTION: &str = "aws:sns/topicSubscription:TopicSubscription";

const fn of_topic(property: &'static str) -> Parent {
    Parent {
        property,
        token: TOPIC,
        is: |topic, named| topic.text("arn") == named,
        missing: |_| Refusal::new("NotFound", "Topic does not exist"),
    }
}

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: TOPIC,
        noun: "SNS Topic",
        name: AutoName::name(256),
        children: &[(POLICY, "arn"), (SUBSCRIPTION, "topic")],
        make: make_topic,
        ..Kind::PLAIN
    },
    Kind {
        token: POLICY,
        noun: "SNS Topic Policy",
        parents: &[of_topic("arn")],
        make: |making| Made::new(making.text("arn"), [("owner", json!(ACCOUNT))]),
        ..Kind::PLAIN
    },
    Kind {
        token: SUBSCRIPTION,
        noun: "SNS Topic Subscription",
        parents: &[of_topic("topic")],
        allow: allow_subscription,
        make: make_subscription,
        ..Kind::PLAIN
    },
];

fn make_topic(making: &Making<'_>) -> Made {
    let arn = making.arn("sns", making.text("name"));
    Made::new(
        arn.clone(),
        [("arn", json!(arn)), ("owner", json!(ACCOUNT))],
    )
}

/// What cannot be delivered goes to a queue that is there.
fn allow_subscription(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let Some(policy) = document(proposal.text("redrivePolicy")) else {
        return Ok(());
    };
    let target = policy.get("deadLetterTargetArn").and_then(Value::as_str);
    if proposal
        .cloud
        .with(QUEUE, "arn", target.unwrap_or_default())
        .is_none()
    {
        let message =
            "Invalid parameter: RedrivePolicy: deadLetterTargetArn is not a queue that exists";
        return Err(Refusal::new("InvalidParameter", message));
    }
    Ok(())
}

fn make_subscription(making: &Making<'_>) -> Made {
    let arn = format!(
        "{}:{}",
        making.text("topic"),
        making.ids.uuid("subscription")
    );
    let pending = making.text("protocol") == "email";
    Made::new(
        arn.clone(),
        [
            ("arn", json!(arn)),
            ("ownerId", json!(ACCOUNT)),
            ("pendingConfirmation", json!(pending)),
        ],
    )
}
