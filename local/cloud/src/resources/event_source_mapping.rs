//! `aws:lambda/eventSourceMapping:EventSourceMapping`, from SQS.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::function::Named;
use super::queue::named_by_arn;
use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;
use crate::system::EventSourceMapping;

/// Metrics of mappings are not collected here.
const INERT: [&str; 2] = ["metricsConfig", "tags"];
/// What Lambda takes where the program names nothing, and the most of it.
const DEFAULT_BATCH: u64 = 10;
const MOST_BATCH: u64 = 10_000;
const MOST_WINDOW_S: u64 = 300;
/// Batches of more than this need a window.
const MOST_WITHOUT_WINDOW: u64 = 10;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    event_source_arn: Option<String>,
    function_name: String,
    batch_size: Option<u64>,
    maximum_batching_window_in_seconds: Option<u64>,
    #[serde(default)]
    function_response_types: Vec<String>,
    scaling_config: Option<ScalingConfig>,
    enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ScalingConfig {
    maximum_concurrency: Option<u32>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    let source = inputs.event_source_arn.unwrap_or_default();
    let queue = named_by_arn(cloud, &source).ok_or_else(|| {
        Refusal::value(
            "eventSourceArn",
            format!(
                "`{source}` is not the ARN of a queue of this stack; other sources are not emulated"
            ),
        )
    })?;
    let named = Named::read(cloud, "functionName", &inputs.function_name)?;
    check_visibility(cloud, &queue, &named.name)?;
    let batch_size = inputs.batch_size.unwrap_or(DEFAULT_BATCH);
    if !(1..=MOST_BATCH).contains(&batch_size) {
        let problem = format!("must be from 1 to {MOST_BATCH}");
        return Err(Refusal::value("batchSize", problem));
    }
    let window_s = inputs.maximum_batching_window_in_seconds.unwrap_or(0);
    if window_s > MOST_WINDOW_S || (window_s == 0 && batch_size > MOST_WITHOUT_WINDOW) {
        return Err(Refusal::value(
            "maximumBatchingWindowInSeconds",
            "must be from 0 to 300, and at least 1 where batchSize is more than 10",
        ));
    }
    let maximum_concurrency = inputs
        .scaling_config
        .and_then(|scaling| scaling.maximum_concurrency);
    if maximum_concurrency.is_some_and(|most| !(2..=1_000).contains(&most)) {
        return Err(Refusal::value(
            "scalingConfig.maximumConcurrency",
            "must be from 2 to 1000",
        ));
    }
    let reports_failures = match inputs.function_response_types.as_slice() {
        [] => false,
        [only] if only == "ReportBatchItemFailures" => true,
        _ => {
            return Err(Refusal::value(
                "functionResponseTypes",
                "must be empty or ReportBatchItemFailures",
            ));
        }
    };
    let twice = |other: &EventSourceMapping| other.queue == queue && other.function == named.name;
    if cloud.mappings.iter().any(twice) {
        return Err(Refusal::value(
            "functionName",
            "ResourceConflictException: there is a mapping from this queue to this function already",
        ));
    }
    let id = uuid(new.urn);
    let function_arn = cloud.arn("lambda", &format!("function:{}", named.target()));
    let mapping_arn = cloud.arn("lambda", &format!("event-source-mapping:{id}"));
    let enabled = inputs.enabled.unwrap_or(true);
    cloud.mappings.push(EventSourceMapping {
        id: id.clone(),
        queue,
        function: named.name,
        batch_size: usize::try_from(batch_size).unwrap_or(usize::MAX),
        window: Duration::from_secs(window_s),
        reports_failures,
        maximum_concurrency,
        enabled,
    });
    let computed = [
        ("arn", json!(mapping_arn)),
        ("uuid", json!(id)),
        ("functionArn", json!(function_arn)),
        ("batchSize", json!(batch_size)),
        ("stateTransitionReason", json!("USER_INITIATED")),
        ("state", json!(if enabled { "Enabled" } else { "Disabled" })),
    ];
    Ok(Created::new(id.clone(), new.inputs, computed))
}

/// A message that could come again while the function still works on it would be worked on twice.
fn check_visibility(cloud: &Cloud, queue: &str, function: &str) -> Result<(), Refusal> {
    let (Some(queue), Some(function)) = (cloud.queues.get(queue), cloud.functions.get(function))
    else {
        return Ok(());
    };
    let (visibility, timeout) = (queue.visibility_timeout, function.timeout);
    if visibility >= timeout {
        return Ok(());
    }
    Err(Refusal::value(
        "eventSourceArn",
        format!(
            "InvalidParameterValueException: Queue visibility timeout: {} seconds is less than Function timeout: {} \
             seconds",
            visibility.as_secs(),
            timeout.as_secs()
        ),
    ))
}

/// An id in the form of a UUID.
fn uuid(urn: &str) -> String {
    let digits: Vec<u8> = base36(urn, "mapping", 32).into_bytes();
    let hex: String = digits
        .iter()
        .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit % 16)]))
        .collect();
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    parts.map(|range| &hex[range]).join("-")
}
