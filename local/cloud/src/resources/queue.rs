//! `aws:sqs/queue:Queue`, of the standard kind.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::inputs::read;
use crate::system::{Queue, Redrive};

/// Encryption at rest has no effect on a queue in memory.
const INERT: [&str; 2] = ["sqsManagedSseEnabled", "tags"];
/// What SQS takes where the program names nothing, in seconds and bytes.
const DEFAULT_VISIBILITY_S: u64 = 30;
const DEFAULT_RETENTION_S: u64 = 4 * 24 * 3600;
const DEFAULT_BYTES: u64 = 1_048_576;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    fifo_queue: Option<bool>,
    visibility_timeout_seconds: Option<u64>,
    message_retention_seconds: Option<u64>,
    delay_seconds: Option<u64>,
    receive_wait_time_seconds: Option<u64>,
    max_message_size: Option<u64>,
    redrive_policy: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    let name = name_or_auto(inputs.name, new);
    if inputs.fifo_queue.unwrap_or(false) || name.ends_with(".fifo") {
        return Err(Refusal::value("fifoQueue", "FIFO queues are not emulated"));
    }
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if name.is_empty() || name.len() > 80 || !name.bytes().all(valid) {
        return Err(Refusal::value(
            "name",
            "must be 1 to 80 letters, digits, `-` or `_`",
        ));
    }
    let seconds = |property, value: Option<u64>, usual, range| {
        Ok(Duration::from_secs(within(property, value, usual, range)?))
    };
    let max_message_size = within(
        "maxMessageSize",
        inputs.max_message_size,
        DEFAULT_BYTES,
        1_024..=DEFAULT_BYTES,
    )?;
    let arn = cloud.arn("sqs", &name);
    let queue = Queue {
        arn: arn.clone(),
        visibility_timeout: seconds(
            "visibilityTimeoutSeconds",
            inputs.visibility_timeout_seconds,
            DEFAULT_VISIBILITY_S,
            0..=43_200,
        )?,
        retention: seconds(
            "messageRetentionSeconds",
            inputs.message_retention_seconds,
            DEFAULT_RETENTION_S,
            60..=1_209_600,
        )?,
        delay: seconds("delaySeconds", inputs.delay_seconds, 0, 0..=900)?,
        receive_wait: seconds(
            "receiveWaitTimeSeconds",
            inputs.receive_wait_time_seconds,
            0,
            0..=20,
        )?,
        max_message_bytes: usize::try_from(max_message_size).unwrap_or(usize::MAX),
        redrive: inputs
            .redrive_policy
            .map(|policy| redrive(cloud, &policy))
            .transpose()?,
        name: name.clone(),
    };
    if cloud.queues.insert(name.clone(), queue).is_some() {
        return Err(Refusal::value(
            "name",
            format!("QueueAlreadyExists: there is a queue `{name}` already"),
        ));
    }
    let Cloud { endpoints, .. } = cloud;
    let url = format!("{}/{}/{name}", endpoints.queues, endpoints.account);
    let computed = [
        ("name", json!(name)),
        ("arn", json!(arn)),
        ("url", json!(url)),
    ];
    Ok(Created::new(url.clone(), new.inputs, computed))
}

fn within(
    property: &str,
    value: Option<u64>,
    usual: u64,
    range: std::ops::RangeInclusive<u64>,
) -> Result<u64, Refusal> {
    let value = value.unwrap_or(usual);
    if range.contains(&value) {
        return Ok(value);
    }
    let (least, most) = (range.start(), range.end());
    Err(Refusal::value(
        property,
        format!("is {value}, and must be from {least} to {most} (an SQS quota)"),
    ))
}

fn redrive(cloud: &Cloud, policy: &str) -> Result<Redrive, Refusal> {
    let refuse = |problem: &str| Refusal::value("redrivePolicy", problem);
    let policy: Value = serde_json::from_str(policy)
        .map_err(|_| refuse("Redrive policy is not a valid JSON map."))?;
    let target = policy["deadLetterTargetArn"].as_str().unwrap_or_default();
    let dead_letter_queue =
        named_by_arn(cloud, target).ok_or_else(|| refuse("Dead letter target does not exist."))?;
    // It may be a text as well.
    let count = match &policy["maxReceiveCount"] {
        Value::String(text) => text.parse().ok(),
        count => count.as_u64().and_then(|count| u32::try_from(count).ok()),
    };
    let max_receive_count = count
        .filter(|count| (1..=1_000).contains(count))
        .ok_or_else(|| {
            refuse("Invalid value for maxReceiveCount: it must be between 1 and 1000.")
        })?;
    Ok(Redrive {
        dead_letter_queue,
        max_receive_count,
    })
}

/// The name of the queue that has this ARN.
pub(crate) fn named_by_arn(cloud: &Cloud, arn: &str) -> Option<String> {
    let mut queues = cloud.queues.values();
    let queue = queues.find(|queue| queue.arn == arn)?;
    Some(queue.name.clone())
}
