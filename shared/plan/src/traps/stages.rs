//! Stages of an API.

use super::types::{ACCOUNT, STAGE};
use super::{Checked, Rule, is_of_websocket};
use crate::property::Property;

pub(super) const THROTTLE: Rule = Rule {
    id: "stage-throttle",
    title: "Every stage has throttle numbers above zero",
    look: |look, checked| {
        for stage in look.stack.of_type(STAGE) {
            checked.seen += 1;
            let settings = stage.input("defaultRouteSettings");
            throttles(checked, stage, "defaultRouteSettings", settings);
            for settings in stage.input("routeSettings").items() {
                throttles(checked, stage, "routeSettings", settings);
            }
        }
    },
};

fn throttles(checked: &mut Checked, stage: crate::Declared<'_>, place: &str, settings: &Property) {
    for limit in ["throttlingRateLimit", "throttlingBurstLimit"] {
        match settings[limit].above_zero() {
            Some(true) => {}
            None => checked.unknown(stage),
            Some(false) => checked.trap(
                stage,
                format!(
                    "`{place}.{limit}` is missing or 0: API Gateway takes that for zero and answers 429 to every client, and taking the block out again does not cure it. Give both numbers."
                ),
            ),
        }
    }
}

pub(super) const DEFAULT_STAGE: Rule = Rule {
    id: "stage-default",
    title: "No WebSocket stage is named `$default`",
    look: |look, checked| {
        for stage in look.stack.of_type(STAGE) {
            if !is_of_websocket(look.stack, stage) {
                continue;
            }
            checked.seen += 1;
            match stage.input("name") {
                Property::Unknown => checked.unknown(stage),
                name if name.text() == Some("$default") => checked.trap(
                    stage,
                    "A WebSocket API has no `$default` stage: it is made, logs nothing, answers 429, and its URL reaches nothing. Give the stage a name of its own.",
                ),
                _ => {}
            }
        }
    },
};

pub(super) const DEPLOYED: Rule = Rule {
    id: "stage-deployment",
    title: "Every WebSocket stage serves one whole deployment",
    look: |look, checked| {
        for stage in look.stack.of_type(STAGE) {
            if !is_of_websocket(look.stack, stage) {
                continue;
            }
            checked.seen += 1;
            if stage.input("autoDeploy").is_true() {
                checked.trap(
                    stage,
                    "`autoDeploy` deploys after each single change: while an update runs, clients meet half of it. Name a deployment instead.",
                );
            } else if stage.input("deploymentId").is_null() {
                checked.trap(
                    stage,
                    "The stage names no deployment: it answers 403 to everybody. Give it `deploymentId`.",
                );
            }
        }
    },
};

pub(super) const LOGGING: Rule = Rule {
    id: "stage-logging",
    title: "Logging has the account's role",
    look: |look, checked| {
        let roles: Vec<_> = look.stack.of_type(ACCOUNT).collect();
        for stage in look.stack.of_type(STAGE) {
            if !is_of_websocket(look.stack, stage) || !logs(&stage.state.inputs) {
                continue;
            }
            checked.seen += 1;
            let before = look.stack.before(stage);
            if roles.iter().any(|role| before.contains(role.urn)) {
                continue;
            }
            if !roles.is_empty() {
                checked.trap(
                    stage,
                    "The stage logs, and is not made after the account's CloudWatch role of this plan: on a new account its creation fails with \"CloudWatch Logs role ARN must be set in account settings to enable logging\". Let it depend on the role.",
                );
                continue;
            }
            let resource = look.plan.resources.iter().find(|it| it.urn == stage.urn);
            let before = resource.and_then(|it| it.before.as_ref());
            if !before.is_some_and(|before| logs(&before.inputs)) {
                checked.warning(
                    stage,
                    "The stage begins to log, and this plan has no CloudWatch role for API Gateway: if the account has none, the update fails with \"CloudWatch Logs role ARN must be set in account settings to enable logging\". Make sure that it has one in this Region, or let the stack make it.",
                );
            }
        }
    },
};

fn logs(inputs: &Property) -> bool {
    let level = &inputs["defaultRouteSettings"]["loggingLevel"];
    let executions = !level.is_null() && level.text() != Some("OFF");
    executions || !inputs["accessLogSettings"].is_null()
}
