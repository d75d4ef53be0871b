//! SNS: topics and who listens.

use serde_json::json;

use super::kind::{Kind, Made, Making, Parent, Refusal};
use crate::environment::ACCOUNT;
use crate::naming::AutoName;

const TOPIC: &str = "aws:sns/topic:Topic";

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
        make: make_topic,
        ..Kind::PLAIN
    },
    Kind {
        token: "aws:sns/topicPolicy:TopicPolicy",
        noun: "SNS Topic Policy",
        parents: &[of_topic("arn")],
        make: |making| Made::new(making.text("arn"), [("owner", json!(ACCOUNT))]),
        ..Kind::PLAIN
    },
    Kind {
        token: "aws:sns/topicSubscription:TopicSubscription",
        noun: "SNS Topic Subscription",
        parents: &[of_topic("topic")],
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
