//! Stages of API Gateway v2.

use serde_json::Value;

use super::apigatewayv2::{Protocol, protocol};
use crate::Origin;
use crate::judge::{Given, Judge, field, given, more_than};

const LOGGING: Origin = Origin::Documented("API Gateway, logging of WebSocket and HTTP APIs");
const NAMES: Origin = Origin::Documented("API Gateway, known issues");
const QUOTAS: Origin = Origin::Documented("API Gateway, quotas");
const THROTTLES: Origin =
    Origin::Observed("a throttle that is 0, or that the provider leaves at 0, answers 429 to all");
const WEBSOCKET_NAMES: Origin =
    Origin::Observed("only HTTP APIs have a stage without a path, `$default`");

const LONGEST_FORMAT_BYTES: u32 = 3 * 1024;
const MOST_VARIABLES: u32 = 100;
const LONGEST_VARIABLE: u32 = 64;
const LONGEST_VALUE: u32 = 512;

pub(super) fn stage(judge: &mut Judge<'_>) {
    name(judge);
    throttles(
        judge,
        "defaultRouteSettings",
        judge.input("defaultRouteSettings"),
    );
    for (index, settings) in judge.items("routeSettings").iter().enumerate() {
        throttles(
            judge,
            &format!("routeSettings[{index}]"),
            given(Some(settings)),
        );
    }
    access_logs(judge);
    variables(judge);
    if protocol(judge) == Some(Protocol::Http) {
        let level = judge.text("defaultRouteSettings.loggingLevel");
        if level.is_some_and(|level| level != "OFF") {
            let problem = "must be OFF: an HTTP API has no logs of executions";
            judge.object("defaultRouteSettings.loggingLevel", problem, &LOGGING);
        }
    }
}

fn name(judge: &mut Judge<'_>) {
    let Some(name) = judge.text("name") else {
        return;
    };
    if name == "$default" {
        if protocol(judge) == Some(Protocol::WebSocket) {
            let problem = "must not be `$default` in a WebSocket API";
            judge.object("name", problem, &WEBSOCKET_NAMES);
        }
        return;
    }
    let taken = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.chars().all(taken) {
        let problem = "must have only letters, digits, hyphens and underscores";
        judge.object("name", problem, &NAMES);
    }
}

fn throttles(judge: &mut Judge<'_>, place: &str, settings: Given<'_>) {
    let Given::Known(settings) = settings else {
        return;
    };
    for property in ["throttlingRateLimit", "throttlingBurstLimit"] {
        let place = format!("{place}.{property}");
        match field(settings, property) {
            Given::Absent => {
                judge.object(
                    place,
                    "must be given with any other setting of a route",
                    &THROTTLES,
                );
            }
            limit if limit.number().is_some_and(|limit| limit <= 0.0) => {
                judge.object(place, "must be more than 0", &THROTTLES);
            }
            _ => {}
        }
    }
}

fn access_logs(judge: &mut Judge<'_>) {
    let place = "accessLogSettings.format";
    judge.bytes(place, LONGEST_FORMAT_BYTES, &QUOTAS);
    let Some(format) = judge.text(place) else {
        return;
    };
    let ids = ["$context.requestId", "$context.extendedRequestId"];
    if !ids.iter().any(|id| format.contains(id)) {
        let problem = format!("must have {}", ids.join(" or "));
        judge.object(place, problem, &LOGGING);
    }
    if format.contains('\n') {
        judge.object(place, "must be one line", &LOGGING);
    }
    let destination = judge
        .text("accessLogSettings.destinationArn")
        .unwrap_or("arn:");
    let stream = destination.split(":deliverystream/").nth(1);
    if stream.is_some_and(|stream| !stream.starts_with("amazon-apigateway-")) {
        let problem = "must be a stream whose name begins with `amazon-apigateway-`";
        judge.object("accessLogSettings.destinationArn", problem, &LOGGING);
    }
    if !destination.starts_with("arn:") {
        judge.object(
            "accessLogSettings.destinationArn",
            "must be an ARN",
            &LOGGING,
        );
    }
}

fn variables(judge: &mut Judge<'_>) {
    let variables = judge.entries("stageVariables");
    if more_than(variables.len(), MOST_VARIABLES) {
        let problem = format!("must have at most {MOST_VARIABLES} entries");
        judge.object("stageVariables", problem, &QUOTAS);
    }
    for (key, value) in variables {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if more_than(key.len(), LONGEST_VARIABLE) || !key.chars().all(word) {
            let problem = format!(
                "must have a key of at most {LONGEST_VARIABLE} letters, digits and underscores"
            );
            judge.object(format!("stageVariables[{key:?}]"), problem, &QUOTAS);
        }
        let text = if let Given::Known(Value::String(text)) = value {
            text
        } else {
            ""
        };
        if more_than(text.len(), LONGEST_VALUE) {
            let problem = format!("must have at most {LONGEST_VALUE} characters");
            judge.object(format!("stageVariables[{key:?}]"), problem, &QUOTAS);
        }
    }
}
