//! Queues that take the dead letters of others, topics, and rules of EventBridge.

use serde_json::json;

use super::says;
use crate::support::*;

const ALLOW: &str = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy";
const TOPIC: &str = "aws:sns/topic:Topic";
const TOPIC_POLICY: &str = "aws:sns/topicPolicy:TopicPolicy";
const SUBSCRIPTION: &str = "aws:sns/topicSubscription:TopicSubscription";

#[tokio::test]
async fn a_queue_takes_dead_letters_from_those_it_names() {
    let engine = Engine::start().await;
    let dead = engine.create(QUEUE, "dead", json!({})).await;
    let policy = json!({"deadLetterTargetArn": dead.outputs["arn"], "maxReceiveCount": 5});
    let source = |name: &str| json!({"name": name, "redrivePolicy": policy.to_string()});
    let jobs = engine.create(QUEUE, "jobs", source("jobs")).await;
    let allow = json!({"redrivePermission": "byQueue", "sourceQueueArns": [jobs.outputs["arn"]]});
    let inputs = json!({"queueUrl": dead.id, "redriveAllowPolicy": allow.to_string()});
    let allowed = engine.create(ALLOW, "allow", inputs).await;
    let mut slower = source("jobs");
    slower["delaySeconds"] = json!(1);
    engine.update(&jobs, slower).await.unwrap();
    says(
        engine.try_create(QUEUE, "other", source("other")).await,
        "does not allow this queue",
    );
    engine.delete(&dead).await.unwrap();
    says(
        engine.delete(&allowed).await,
        "The specified queue does not exist.",
    );
}

#[tokio::test]
async fn what_listens_to_a_topic_goes_with_it_and_not_after_it() {
    let engine = Engine::start().await;
    let topic = engine.create(TOPIC, "alarms", json!({})).await;
    let listen =
        |topic: &str| json!({"topic": topic, "protocol": "email", "endpoint": "ops@example.com"});
    let nowhere = "arn:aws:sns:us-east-1:000000000000:nowhere";
    says(
        engine
            .try_create(SUBSCRIPTION, "ops", listen(nowhere))
            .await,
        "NotFound: Topic does not exist",
    );
    let ops = engine.create(SUBSCRIPTION, "ops", listen(&topic.id)).await;
    let statement = json!({
        "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish", "Resource": topic.outputs["arn"],
    });
    let policy = json!({ "Statement": [statement] }).to_string();
    let inputs = json!({"arn": topic.outputs["arn"], "policy": policy});
    let policy = engine.create(TOPIC_POLICY, "policy", inputs).await;
    let mut dead = listen(&topic.id);
    let queue = "arn:aws:sqs:us-east-1:000000000000:nowhere";
    dead["redrivePolicy"] = json!(json!({ "deadLetterTargetArn": queue }).to_string());
    says(
        engine.try_create(SUBSCRIPTION, "dead", dead).await,
        "deadLetterTargetArn is not a queue that exists",
    );
    engine.delete(&topic).await.unwrap();
    assert_eq!(engine.state()["resources"], json!({}));
    says(engine.delete(&ops).await, "Topic does not exist");
    says(engine.delete(&policy).await, "Topic does not exist");
}

#[tokio::test]
async fn a_rule_of_eventbridge_stays_as_long_as_it_has_targets() {
    const RULE: &str = "aws:cloudwatch/eventRule:EventRule";
    const TARGET: &str = "aws:cloudwatch/eventTarget:EventTarget";
    let engine = Engine::start().await;
    let queue = engine.create(QUEUE, "inlet", json!({})).await;
    let target = |rule: &str| json!({"rule": rule, "arn": queue.outputs["arn"]});
    says(
        engine.try_create(TARGET, "sold", target("nowhere")).await,
        "ResourceNotFoundException: Rule nowhere does not exist",
    );
    let pattern = json!({"source": ["shop"]}).to_string();
    let inputs = json!({"name": "sold", "eventPattern": pattern});
    let rule = engine.create(RULE, "sold", inputs.clone()).await;
    let arn = rule.outputs["arn"].as_str().unwrap();
    assert!(arn.ends_with(":rule/sold"), "{arn}");
    says(
        engine.try_create(RULE, "again", inputs).await,
        "already exists",
    );
    let sold = engine.create(TARGET, "sold", target("sold")).await;
    assert!(sold.id.starts_with("sold-terraform-"), "{}", sold.id);
    for name in ["a", "b", "c", "d"] {
        let mut target = target("sold");
        target["targetId"] = json!(name);
        engine.create(TARGET, name, target).await;
    }
    says(
        engine.try_create(TARGET, "sixth", target("sold")).await,
        "LimitExceededException",
    );
    says(engine.delete(&rule).await, "since it has targets");
}
