//! SNS: topics and who listens.

use serde_json::Value;

use super::iam;
use crate::Origin;
use crate::judge::Judge;

const TOPICS: Origin = Origin::Documented("SNS API Reference, CreateTopic");
const SUBSCRIPTIONS: Origin = Origin::Documented("SNS API Reference, Subscribe");
const DEAD_LETTERS: Origin = Origin::Documented("SNS, dead-letter queues");
const POLICIES: Origin = Origin::Documented("SNS API Reference, SetTopicAttributes");

const MOST_BYTES_OF_POLICY: u32 = 30_720;

pub(super) fn topic(judge: &mut Judge<'_>) {
    if let Some(name) = judge.text("name") {
        let fifo = judge.is_true("fifoTopic");
        let known = judge.is_absent("fifoTopic") || judge.is_given("fifoTopic");
        if known && fifo != name.ends_with(".fifo") {
            let problem = "must end with `.fifo` for a FIFO topic, and for no other";
            judge.object("name", problem, &TOPICS);
        }
        let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let stem = name.strip_suffix(".fifo").unwrap_or(name);
        if name.is_empty() || name.len() > 256 || !stem.chars().all(word) {
            let problem = "must have 1 to 256 letters, digits, hyphens and underscores";
            judge.object("name", problem, &TOPICS);
        }
    }
    if judge.is_absent("fifoTopic") {
        if judge.is_true("contentBasedDeduplication") {
            let problem = "must not be true for a topic that is not FIFO";
            judge.object("contentBasedDeduplication", problem, &TOPICS);
        }
        for property in ["fifoThroughputScope", "archivePolicy"] {
            judge.exclude(property, "for a topic that is not FIFO", &TOPICS);
        }
    }
    judge.range("signatureVersion", 1.0..=2.0, &TOPICS);
    judge.value("tracingConfig", &["Active", "PassThrough"], &TOPICS);
    policy(judge);
}

pub(super) fn topic_policy(judge: &mut Judge<'_>) {
    policy(judge);
}

fn policy(judge: &mut Judge<'_>) {
    judge.bytes("policy", MOST_BYTES_OF_POLICY, &POLICIES);
    iam::document(judge, "policy", iam::Of::Resource, &POLICIES);
}

pub(super) fn topic_subscription(judge: &mut Judge<'_>) {
    let protocol = judge.text("protocol");
    let protocols = [
        "application",
        "email",
        "email-json",
        "firehose",
        "http",
        "https",
        "lambda",
        "sms",
        "sqs",
    ];
    judge.value("protocol", &protocols, &SUBSCRIPTIONS);
    let endpoint = judge.text("endpoint");
    let fits = |endpoint: &str| match protocol {
        Some("email" | "email-json") => endpoint
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()),
        Some("http") => endpoint.starts_with("http://"),
        Some("https") => endpoint.starts_with("https://"),
        Some("lambda") => endpoint.contains(":lambda:"),
        Some("sqs") => endpoint.contains(":sqs:"),
        Some("firehose") => endpoint.contains(":firehose:"),
        _ => true,
    };
    if endpoint.is_some_and(|endpoint| !fits(endpoint)) {
        let protocol = protocol.unwrap_or_default();
        let problem = format!("must be what the protocol `{protocol}` reaches");
        judge.object("endpoint", problem, &SUBSCRIPTIONS);
    }
    if protocol == Some("firehose") {
        judge.require("subscriptionRoleArn", "for Firehose", &SUBSCRIPTIONS);
    }
    let raw = judge.is_true("rawMessageDelivery");
    if raw && protocol.is_some_and(|it| !matches!(it, "sqs" | "http" | "https" | "firehose")) {
        let problem = "must not be true but for SQS, HTTP, HTTPS and Firehose";
        judge.object("rawMessageDelivery", problem, &SUBSCRIPTIONS);
    }
    let scopes = ["MessageAttributes", "MessageBody"];
    judge.value("filterPolicyScope", &scopes, &SUBSCRIPTIONS);
    if judge.is_given("filterPolicyScope") {
        judge.require("filterPolicy", "with `filterPolicyScope`", &SUBSCRIPTIONS);
    }
    judge.document("filterPolicy", &SUBSCRIPTIONS);
    let redrive = judge.document("redrivePolicy", &DEAD_LETTERS);
    let target = redrive
        .as_ref()
        .map(|policy| policy.get("deadLetterTargetArn"));
    let named = |target: Option<&Value>| target.is_some_and(Value::is_string);
    if target.is_some_and(|target| !named(target)) {
        judge.object(
            "redrivePolicy",
            "must have `deadLetterTargetArn`",
            &DEAD_LETTERS,
        );
    }
}
