//! SQS: queues.

use serde_json::Value;

use super::iam;
use crate::Origin;
use crate::judge::Judge;

const QUEUES: Origin = Origin::Documented("SQS API Reference, CreateQueue");
const REDRIVE: Origin = Origin::Documented("SQS API Reference, SetQueueAttributes");

/// Each number that a queue has, and its range: seconds, and bytes of a message.
const RANGES: [(&str, f64, f64); 6] = [
    ("delaySeconds", 0.0, 900.0),
    ("kmsDataKeyReusePeriodSeconds", 60.0, 86_400.0),
    ("maxMessageSize", 1_024.0, 1_048_576.0),
    ("messageRetentionSeconds", 60.0, 1_209_600.0),
    ("receiveWaitTimeSeconds", 0.0, 20.0),
    ("visibilityTimeoutSeconds", 0.0, 43_200.0),
];

const MOST_SOURCES: usize = 10;

pub(super) fn queue(judge: &mut Judge<'_>) {
    for (property, least, most) in RANGES {
        judge.range(property, least..=most, &QUEUES);
    }
    names(judge);
    if judge.is_given("kmsMasterKeyId") && judge.is_true("sqsManagedSseEnabled") {
        judge.exclude("kmsMasterKeyId", "with `sqsManagedSseEnabled`", &QUEUES);
    }
    let scope = judge.text("deduplicationScope");
    if judge.text("fifoThroughputLimit") == Some("perMessageGroupId")
        && scope.is_none_or(|scope| scope != "messageGroup")
        && !matches!(
            judge.input("deduplicationScope"),
            crate::judge::Given::Unknown
        )
    {
        let problem = "must be perQueue unless `deduplicationScope` is messageGroup";
        judge.object("fifoThroughputLimit", problem, &QUEUES);
    }
    judge.value("deduplicationScope", &["messageGroup", "queue"], &QUEUES);
    let limits = ["perQueue", "perMessageGroupId"];
    judge.value("fifoThroughputLimit", &limits, &QUEUES);
    iam::document(judge, "policy", iam::Of::Resource, &QUEUES);
    redrive_policy(judge);
    redrive_allow_policy(judge);
}

fn names(judge: &mut Judge<'_>) {
    let fifo = judge.is_true("fifoQueue");
    if let Some(name) = judge.text("name") {
        if judge.input("fifoQueue") != crate::judge::Given::Unknown
            && fifo != name.ends_with(".fifo")
        {
            let problem = "must end with `.fifo` for a FIFO queue, and for no other";
            judge.object("name", problem, &QUEUES);
        }
        let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let stem = name.strip_suffix(".fifo").unwrap_or(name);
        if name.is_empty() || name.len() > 80 || !stem.chars().all(word) {
            let problem = "must have 1 to 80 letters, digits, hyphens and underscores";
            judge.object("name", problem, &QUEUES);
        }
    }
    if judge.is_absent("fifoQueue") {
        for property in ["deduplicationScope", "fifoThroughputLimit"] {
            judge.exclude(property, "for a queue that is not FIFO", &QUEUES);
        }
        if judge.is_true("contentBasedDeduplication") {
            let problem = "must not be true for a queue that is not FIFO";
            judge.object("contentBasedDeduplication", problem, &QUEUES);
        }
    }
}

fn redrive_policy(judge: &mut Judge<'_>) {
    let place = "redrivePolicy";
    let Some(policy) = judge.document(place, &REDRIVE) else {
        return;
    };
    let target = policy.get("deadLetterTargetArn").and_then(Value::as_str);
    if target.is_none() {
        judge.object(place, "must have `deadLetterTargetArn`", &REDRIVE);
    }
    if let Some(target) = target.filter(|target| target.starts_with("arn:"))
        && target.ends_with(".fifo") != judge.is_true("fifoQueue")
    {
        let problem = "must name a queue of the same type: FIFO or not";
        judge.object(place, problem, &REDRIVE);
    }
    let received = policy.get("maxReceiveCount").map(|count| match count {
        // It may be a text as well.
        Value::String(count) => count.parse().unwrap_or_default(),
        count => count.as_i64().unwrap_or_default(),
    });
    if !received.is_some_and(|count| (1..=1000).contains(&count)) {
        judge.object(
            place,
            "must have a `maxReceiveCount` from 1 to 1000",
            &REDRIVE,
        );
    }
}

pub(super) fn redrive_allow_policy(judge: &mut Judge<'_>) {
    let place = "redriveAllowPolicy";
    let Some(policy) = judge.document(place, &REDRIVE) else {
        return;
    };
    let permission = policy.get("redrivePermission").and_then(Value::as_str);
    let sources = policy.get("sourceQueueArns").and_then(Value::as_array);
    let count = sources.map_or(0, Vec::len);
    match permission {
        Some("byQueue") if count == 0 || count > MOST_SOURCES => {
            let problem = format!("must have 1 to {MOST_SOURCES} `sourceQueueArns` for `byQueue`");
            judge.object(place, problem, &REDRIVE);
        }
        Some("allowAll" | "denyAll") if sources.is_some() => {
            judge.object(
                place,
                "must have `sourceQueueArns` only for `byQueue`",
                &REDRIVE,
            );
        }
        Some("byQueue" | "allowAll" | "denyAll") => {}
        _ => {
            let problem = "must have a `redrivePermission`: allowAll, denyAll or byQueue";
            judge.object(place, problem, &REDRIVE);
        }
    }
}

pub(super) fn queue_policy(judge: &mut Judge<'_>) {
    iam::document(judge, "policy", iam::Of::Resource, &QUEUES);
}
