//! Lambda: functions, aliases, provisioned concurrency, and what functions read from.

use serde_json::Value;

use crate::judge::{Given, Judge, more_than};
use crate::types::{ALIAS, FUNCTION, QUEUE};
use crate::{Origin, Problem};

const CONCURRENCY: Origin = Origin::Documented("Lambda, configuring provisioned concurrency");
const ENVIRONMENT: Origin = Origin::Documented("Lambda, environment variables");
const FUNCTIONS: Origin = Origin::Documented("Lambda API Reference, CreateFunction");
const MAPPINGS: Origin = Origin::Documented("Lambda API Reference, CreateEventSourceMapping");
const QUOTAS: Origin = Origin::Documented("Lambda quotas");
const SQS: Origin = Origin::Documented("Lambda, using Lambda with Amazon SQS");
const VERSIONS: Origin = Origin::Documented("Lambda API Reference, CreateAlias");

/// What the environment of a function may hold, names and values together.
const MOST_BYTES_OF_ENVIRONMENT: u32 = 4_096;
/// The model has no maximum.
const LONGEST_TIMEOUT_S: f64 = 900.0;
/// The model's maximum is that of a function on instances of its own.
const MOST_MEMORY_MB: f64 = 10_240.0;
/// What the provider makes of a function that names none, in seconds.
const USUAL_TIMEOUT_S: f64 = 3.0;
/// What SQS makes of a queue that names none, in seconds.
const USUAL_VISIBILITY_S: f64 = 30.0;

/// What Lambda sets itself.
const RESERVED_VARIABLES: [&str; 17] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

pub(super) fn function(judge: &mut Judge<'_>) {
    judge.one_of(&["code", "s3Bucket", "imageUri"], &FUNCTIONS);
    if judge.is_given("s3Bucket") {
        judge.require("s3Key", "with `s3Bucket`", &FUNCTIONS);
    }
    if judge.is_absent("imageUri") {
        for property in ["handler", "runtime"] {
            judge.require(property, "for a function that is not an image", &FUNCTIONS);
        }
        judge.exclude(
            "imageConfig",
            "for a function that is not an image",
            &FUNCTIONS,
        );
    } else if judge.is_given("imageUri") {
        judge.exclude("layers", "for a function that is an image", &FUNCTIONS);
    }
    judge.range("timeout", 1.0..=LONGEST_TIMEOUT_S, &QUOTAS);
    if judge.is_absent("capacityProviderConfig") {
        judge.range("memorySize", 128.0..=MOST_MEMORY_MB, &QUOTAS);
    }
    judge.range("reservedConcurrentExecutions", -1.0..=f64::MAX, &FUNCTIONS);
    let layers = judge.items("layers").len();
    if layers > 5 {
        let problem = Problem::AtMost {
            most: 5.0,
            unit: "items",
        };
        judge.refuse("layers", problem, &QUOTAS);
    }
    if judge.text("loggingConfig.logFormat") == Some("Text") {
        for level in ["applicationLogLevel", "systemLogLevel"] {
            let place = format!("loggingConfig.{level}");
            judge.exclude(&place, "for logs that are not JSON", &FUNCTIONS);
        }
    }
    environment(judge);
}

fn environment(judge: &mut Judge<'_>) {
    let place = "environment.variables";
    let variables = judge.entries(place);
    let reserved = variables.iter().map(|(name, _)| *name);
    let reserved: Vec<_> = reserved
        .filter(|name| RESERVED_VARIABLES.contains(name))
        .collect();
    for name in reserved {
        let problem = "must not be given: Lambda sets it itself";
        judge.object(format!("{place}[{name:?}]"), problem, &ENVIRONMENT);
    }
    let bytes = |(name, value): &(&str, Given<'_>)| name.len() + value.text().map_or(0, str::len);
    let bytes: usize = variables.iter().map(bytes).sum();
    if more_than(bytes, MOST_BYTES_OF_ENVIRONMENT) {
        let most = f64::from(MOST_BYTES_OF_ENVIRONMENT);
        let unit = "bytes, names and values together";
        judge.refuse(place, Problem::AtMost { most, unit }, &ENVIRONMENT);
    }
}

pub(super) fn alias(judge: &mut Judge<'_>) {
    let place = "routingConfig.additionalVersionWeights";
    let weights = judge.entries(place);
    if weights.len() > 1 {
        let problem = Problem::AtMost {
            most: 1.0,
            unit: "entries",
        };
        judge.refuse(place, problem, &VERSIONS);
    }
    let version = judge.text("functionVersion");
    if !weights.is_empty() && version == Some("$LATEST") {
        let problem = "must be a published version where there are weights";
        judge.object("functionVersion", problem, &VERSIONS);
    }
    if let Some(version) = version.filter(|version| weights.iter().any(|(it, _)| it == version)) {
        let problem = "must not name the version that the alias has already";
        judge.object(format!("{place}[{version:?}]"), problem, &VERSIONS);
    }
}

pub(super) fn provisioned_concurrency(judge: &mut Judge<'_>) {
    let alias = judge.named_by("qualifier", ALIAS);
    let version = alias
        .as_ref()
        .map(|alias| alias.inputs.get("functionVersion"));
    let unpublished = version.flatten().and_then(Value::as_str) == Some("$LATEST");
    if judge.text("qualifier") == Some("$LATEST") || unpublished {
        let problem = "must be a published version, or an alias of one: not `$LATEST`";
        judge.object("qualifier", problem, &CONCURRENCY);
    }
    let function = judge.named_by("functionName", FUNCTION);
    let reserved = function.and_then(|function| {
        let reserved = function
            .inputs
            .get("reservedConcurrentExecutions")?
            .as_f64();
        reserved.filter(|reserved| *reserved >= 0.0)
    });
    let wanted = judge.number("provisionedConcurrentExecutions");
    if let (Some(reserved), Some(wanted)) = (reserved, wanted)
        && wanted > reserved
    {
        let problem = format!("must be at most the {reserved} that are reserved for the function");
        judge.object("provisionedConcurrentExecutions", problem, &CONCURRENCY);
    }
}

pub(super) fn event_source_mapping(judge: &mut Judge<'_>) {
    if judge.is_given("scalingConfig.maximumConcurrency") {
        let why = "together with `scalingConfig.maximumConcurrency`";
        judge.exclude("provisionedPollerConfig", why, &SQS);
    }
    let queue = judge.named_by("eventSourceArn", QUEUE);
    let source = judge.text("eventSourceArn");
    let fifo_name = source.map(|arn| arn.ends_with(".fifo"));
    let fifo = match &queue {
        Some(queue) => queue.inputs.get("fifoQueue") == Some(&Value::Bool(true)),
        None => fifo_name.unwrap_or_default(),
    };
    if queue.is_some() || source.is_some_and(|arn| arn.contains(":sqs:")) {
        of_queue(judge, fifo);
    } else if source.is_some_and(|arn| arn.contains(":kinesis:") || arn.contains(":dynamodb:")) {
        judge.require("startingPosition", "for a stream", &MAPPINGS);
    }
    let function = judge.named_by("functionName", FUNCTION);
    if let (Some(queue), Some(function)) = (queue, function) {
        let seconds = |inputs: &crate::Inputs, property: &str, usual| match inputs.get(property) {
            None => Some(usual),
            Some(value) => value.as_f64(),
        };
        let visible = seconds(
            &queue.inputs,
            "visibilityTimeoutSeconds",
            USUAL_VISIBILITY_S,
        );
        let timeout = seconds(&function.inputs, "timeout", USUAL_TIMEOUT_S);
        if let (Some(visible), Some(timeout)) = (visible, timeout)
            && visible < timeout
        {
            let problem = format!(
                "must be a queue whose visibility timeout ({visible} s) is not less than the function's timeout \
                 ({timeout} s)"
            );
            judge.object("eventSourceArn", problem, &MAPPINGS);
        }
    }
}

fn of_queue(judge: &mut Judge<'_>, fifo: bool) {
    for property in [
        "bisectBatchOnFunctionError",
        "maximumRecordAgeInSeconds",
        "maximumRetryAttempts",
        "parallelizationFactor",
        "startingPosition",
        "tumblingWindowInSeconds",
    ] {
        judge.exclude(property, "for a queue: it is for streams", &MAPPINGS);
    }
    let window = "maximumBatchingWindowInSeconds";
    if fifo {
        judge.range("batchSize", 1.0..=10.0, &SQS);
        judge.range(window, 0.0..=0.0, &SQS);
        return;
    }
    let large = judge.number("batchSize").is_some_and(|size| size > 10.0);
    let none = judge.number(window).is_some_and(|window| window < 1.0);
    if large && (none || judge.is_absent(window)) {
        let problem = "must be at least 1 for batches of more than 10";
        judge.object(window, problem, &SQS);
    }
}
