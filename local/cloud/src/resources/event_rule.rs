//! `aws:cloudwatch/eventRule:EventRule`, on the default bus.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::events::{EventPattern, Schedule};
use crate::inputs::read;
use crate::system::EventRule;

const INERT: [&str; 3] = ["description", "forceDestroy", "tags"];
/// The only bus that AWS's own events and schedules are on.
const DEFAULT_BUS: &str = "default";
const MOST_NAME: usize = 64;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    event_bus_name: Option<String>,
    event_pattern: Option<String>,
    schedule_expression: Option<String>,
    is_enabled: Option<bool>,
    state: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    bus("eventBusName", inputs.event_bus_name.as_deref())?;
    if inputs.event_pattern.is_none() && inputs.schedule_expression.is_none() {
        return Err(Refusal::value(
            "eventPattern",
            "ValidationException: Parameter(s) EventPattern or ScheduleExpression must be specified.",
        ));
    }
    let name = name_or_auto(inputs.name, new);
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if name.is_empty() || name.len() > MOST_NAME || !name.bytes().all(word) {
        return Err(Refusal::value(
            "name",
            "must be 1 to 64 letters, digits, `.`, `-` or `_`",
        ));
    }
    if cloud.event_rules.iter().any(|rule| rule.name == name) {
        let problem = format!("ResourceAlreadyExistsException: there is a rule `{name}` already");
        return Err(Refusal::value("name", problem));
    }
    let enabled = match (inputs.is_enabled, inputs.state.as_deref()) {
        (Some(_), Some(_)) => {
            return Err(Refusal::value("state", "conflicts with `isEnabled`"));
        }
        (Some(enabled), None) => enabled,
        (None, None | Some("ENABLED" | "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")) => true,
        (None, Some("DISABLED")) => false,
        (None, Some(_)) => return Err(Refusal::value("state", "must be ENABLED or DISABLED")),
    };
    let pattern = inputs.event_pattern.as_deref();
    let schedule = inputs.schedule_expression.as_deref();
    let refuse = |property: &'static str| move |problem: String| Refusal::value(property, problem);
    let arn = cloud.arn("events", &format!("rule/{name}"));
    let rule = EventRule {
        name: name.clone(),
        arn: arn.clone(),
        pattern: pattern
            .map(EventPattern::parse)
            .transpose()
            .map_err(refuse("eventPattern"))?,
        schedule: schedule
            .map(Schedule::parse)
            .transpose()
            .map_err(refuse("scheduleExpression"))?,
        enabled,
        targets: Vec::new(),
    };
    if pattern.is_some_and(is_of_aws) {
        cloud.note(&format!(
            "the rule {name} is for events of AWS's services, which make none here: it waits for ever"
        ));
    }
    cloud.event_rules.push(rule);
    let computed = [
        ("name", json!(name)),
        ("arn", json!(arn)),
        ("eventBusName", json!(DEFAULT_BUS)),
        ("state", json!(if enabled { "ENABLED" } else { "DISABLED" })),
    ];
    Ok(Created::new(name.clone(), new.inputs, computed))
}

/// Checks that a bus is the default one.
pub(super) fn bus(property: &str, name: Option<&str>) -> Result<(), Refusal> {
    match name {
        None | Some(DEFAULT_BUS) => Ok(()),
        Some(name) => Err(Refusal::value(
            property,
            format!("is `{name}`: only the bus `{DEFAULT_BUS}` is emulated"),
        )),
    }
}

/// Whether a pattern is only for what AWS's services say themselves.
fn is_of_aws(pattern: &str) -> bool {
    let pattern: Value = serde_json::from_str(pattern).unwrap_or_default();
    let sources = pattern["source"].as_array();
    let of_aws = |source: &Value| source.as_str().is_some_and(|it| it.starts_with("aws."));
    sources.is_some_and(|sources| !sources.is_empty() && sources.iter().all(of_aws))
}
