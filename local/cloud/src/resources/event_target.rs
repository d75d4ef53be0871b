//! `aws:cloudwatch/eventTarget:EventTarget`: a function or a queue.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::event_rule::bus;
use super::function::Named;
use super::permission::{EVENT_BRIDGE, lets};
use super::queue::named_by_arn;
use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::events::{Sender, TargetInput, Transformer};
use crate::ids::base36;
use crate::inputs::read;
use crate::system::{EventDestination, EventRule, EventTarget};

const INERT: [&str; 1] = ["forceDestroy"];
/// The most targets of a rule. Raisable.
const MOST_TARGETS: usize = 5;
/// What EventBridge takes where the program names nothing, and the most of it.
const MOST_RETRIES: u32 = 185;
const MOST_AGE_S: u64 = 86_400;
const LEAST_AGE_S: u64 = 60;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    rule: String,
    arn: String,
    target_id: Option<String>,
    event_bus_name: Option<String>,
    input: Option<String>,
    input_path: Option<String>,
    input_transformer: Option<InputTransformer>,
    dead_letter_config: Option<DeadLetterConfig>,
    retry_policy: Option<RetryPolicy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InputTransformer {
    #[serde(default)]
    input_paths: BTreeMap<String, String>,
    input_template: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeadLetterConfig {
    arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RetryPolicy {
    maximum_event_age_in_seconds: Option<u64>,
    maximum_retry_attempts: Option<u32>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    if new.inputs.contains_key("sqsTarget") {
        let problem = "is for FIFO queues, which are not emulated";
        return Err(Refusal::value("sqsTarget", problem));
    }
    let inputs: Inputs = read(new.inputs, &INERT)?;
    bus("eventBusName", inputs.event_bus_name.as_deref())?;
    check_retries(inputs.retry_policy.as_ref())?;
    let destination = destination(cloud, &inputs.arn)?;
    let dead_letter_queue = inputs
        .dead_letter_config
        .as_ref()
        .and_then(|config| config.arn.as_deref())
        .map(|arn| {
            let problem = "there is no such queue in this stack";
            let named = named_by_arn(cloud, arn);
            named.ok_or_else(|| Refusal::value("deadLetterConfig.arn", problem))
        })
        .transpose()?;
    let id = inputs
        .target_id
        .clone()
        .unwrap_or_else(|| format!("terraform-{}", base36(new.urn, "target", 26)));
    let target = EventTarget {
        id: id.clone(),
        destination,
        input: input(&inputs)?,
        dead_letter_queue,
    };
    let rules = &mut cloud.event_rules;
    let rule = rules.iter_mut().find(|rule| rule.name == inputs.rule);
    let rule = rule.ok_or_else(|| {
        let problem = format!(
            "ResourceNotFoundException: Rule {} does not exist on EventBus default.",
            inputs.rule
        );
        Refusal::value("rule", problem)
    })?;
    if rule.targets.iter().any(|other| other.id == id) {
        let problem = format!("there is a target `{id}` of the rule already");
        return Err(Refusal::value("targetId", problem));
    }
    if rule.targets.len() == MOST_TARGETS {
        let problem = format!(
            "LimitExceededException: a rule has at most {MOST_TARGETS} targets (an EventBridge quota)"
        );
        return Err(Refusal::value("rule", problem));
    }
    rule.targets.push(target);
    let computed = [("targetId", json!(id)), ("eventBusName", json!("default"))];
    let resource_id = format!("{}-{id}", inputs.rule);
    Ok(Created::new(resource_id, new.inputs, computed))
}

fn destination(cloud: &Cloud, arn: &str) -> Result<EventDestination, Refusal> {
    if let Some(queue) = named_by_arn(cloud, arn) {
        return Ok(EventDestination::Queue(queue));
    }
    if !arn.contains(":function:") {
        return Err(Refusal::value(
            "arn",
            format!(
                "`{arn}` is neither a function nor a queue of this stack; other targets are not emulated"
            ),
        ));
    }
    let named = Named::read(cloud, "arn", arn)?;
    Ok(EventDestination::Function {
        target: named.target(),
        name: named.name,
    })
}

fn input(inputs: &Inputs) -> Result<TargetInput, Refusal> {
    let given = [
        inputs.input.is_some(),
        inputs.input_path.is_some(),
        inputs.input_transformer.is_some(),
    ];
    if given.into_iter().filter(|given| *given).count() > 1 {
        return Err(Refusal::value(
            "input",
            "ValidationException: Only one of Input, InputPath, or InputTransformer must be provided",
        ));
    }
    let refuse = |property: &'static str| move |problem: String| Refusal::value(property, problem);
    if let Some(text) = &inputs.input {
        return TargetInput::constant(text.clone()).map_err(refuse("input"));
    }
    if let Some(path) = &inputs.input_path {
        return TargetInput::part(path).map_err(refuse("inputPath"));
    }
    let Some(transformer) = &inputs.input_transformer else {
        return Ok(TargetInput::event());
    };
    Transformer::parse(&transformer.input_paths, &transformer.input_template)
        .map(TargetInput::transformed)
        .map_err(refuse("inputTransformer"))
}

/// What cannot be delivered here can never be: there is nothing to try again, but what AWS takes is checked.
fn check_retries(policy: Option<&RetryPolicy>) -> Result<(), Refusal> {
    let Some(policy) = policy else {
        return Ok(());
    };
    let age_s = policy.maximum_event_age_in_seconds.unwrap_or(MOST_AGE_S);
    let retries = policy.maximum_retry_attempts.unwrap_or(MOST_RETRIES);
    if retries > MOST_RETRIES || !(LEAST_AGE_S..=MOST_AGE_S).contains(&age_s) {
        return Err(Refusal::value(
            "retryPolicy",
            "must have 0 to 185 attempts and an age of 60 to 86400 seconds",
        ));
    }
    Ok(())
}

/// What no policy lets EventBridge hand over, which AWS drops without a word. It is known once everything is there: a
/// policy may well be made after the target.
pub(crate) fn lost(cloud: &Cloud) -> Vec<String> {
    let mut lost = Vec::new();
    for rule in &cloud.event_rules {
        for target in &rule.targets {
            match &target.destination {
                EventDestination::Function { target, .. } => {
                    if !lets(&cloud.permissions, EVENT_BRIDGE, target, &rule.arn) {
                        lost.push(format!(
                            "the rule {} invokes the function {target}, which no aws.lambda.Permission lets {EVENT_BRIDGE} \
                             invoke for this rule: AWS would drop its events without a word",
                            rule.name
                        ));
                    }
                }
                EventDestination::Queue(queue) => lost.extend(refused(cloud, rule, queue)),
            }
            let dead_letters = target.dead_letter_queue.as_ref();
            lost.extend(dead_letters.and_then(|queue| refused(cloud, rule, queue)));
        }
    }
    lost
}

/// Says that a queue's policy does not let a rule send to it.
fn refused(cloud: &Cloud, rule: &EventRule, name: &str) -> Option<String> {
    let queue = cloud.queues.get(name)?;
    let sender = Sender {
        rule_arn: &rule.arn,
        account: &cloud.endpoints.account,
    };
    let policy = cloud.queue_policies.get(name);
    let allowed = policy.is_some_and(|policy| policy.lets(&queue.arn, sender));
    (!allowed).then(|| {
        format!(
            "the rule {} sends to the queue {name}, whose aws.sqs.QueuePolicy does not let {EVENT_BRIDGE} send for this \
             rule: AWS would drop its events without a word",
            rule.name
        )
    })
}
