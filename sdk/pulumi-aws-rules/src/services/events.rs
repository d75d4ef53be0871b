//! EventBridge: rules and their targets.

use serde_json::Value;

use crate::Origin;
use crate::judge::Judge;

const RULES: Origin = Origin::Documented("EventBridge API Reference, PutRule");
const TARGETS: Origin = Origin::Documented("EventBridge API Reference, PutTargets");
const SCHEDULES: Origin = Origin::Documented("EventBridge, schedule expressions");
const PATTERNS: Origin = Origin::Documented("EventBridge, event patterns");
const QUOTAS: Origin = Origin::Documented("EventBridge quotas, of which this one can be raised");

const MOST_CHARACTERS_OF_PATTERN: usize = 2_048;
const CRON_FIELDS: usize = 6;
/// A day is the unit of a rate, and the longest.
const UNITS: [&str; 3] = ["minute", "hour", "day"];

pub(super) fn rule(judge: &mut Judge<'_>) {
    if judge.is_absent("eventPattern") {
        let when = "for a rule without `eventPattern`";
        judge.require("scheduleExpression", when, &RULES);
    }
    if judge.is_given("isEnabled") {
        judge.exclude("state", "together with `isEnabled`", &RULES);
    }
    if judge.is_given("name") {
        judge.exclude("namePrefix", "together with `name`", &RULES);
    }
    let bus = judge.text("eventBusName");
    if bus.is_some_and(|bus| bus != "default" && !bus.ends_with(":event-bus/default")) {
        let when = "on a bus that is not the default one";
        judge.exclude("scheduleExpression", when, &RULES);
    }
    if let Some(problem) = judge.text("scheduleExpression").and_then(wrong_schedule) {
        judge.object("scheduleExpression", problem, &SCHEDULES);
    }
    pattern(judge);
}

fn pattern(judge: &mut Judge<'_>) {
    let place = "eventPattern";
    let length = judge.text(place).map_or(0, |text| text.chars().count());
    if length > MOST_CHARACTERS_OF_PATTERN {
        let problem = format!("must have at most {MOST_CHARACTERS_OF_PATTERN} characters");
        judge.object(place, problem, &QUOTAS);
    }
    let Some(pattern) = judge.document(place, &PATTERNS) else {
        return;
    };
    match pattern.as_object() {
        Some(fields) if !fields.is_empty() => {
            if let Some(field) = wrong_field(&pattern) {
                let problem =
                    format!("must have a list or an object for `{field}`, and nothing empty");
                judge.object(place, problem, &PATTERNS);
            }
        }
        _ => judge.object(
            place,
            "must be an object with one field at least",
            &PATTERNS,
        ),
    }
}

/// The first field that is neither a list of something nor an object of such.
fn wrong_field(pattern: &Value) -> Option<&str> {
    let fields = pattern.as_object()?;
    fields.iter().find_map(|(name, value)| match value {
        Value::Array(items) if !items.is_empty() => None,
        Value::Object(inner) if !inner.is_empty() => wrong_field(value),
        _ => Some(name.as_str()),
    })
}

/// What is wrong with a schedule.
fn wrong_schedule(text: &str) -> Option<&'static str> {
    let inner = |name: &str| text.strip_prefix(name)?.strip_suffix(')');
    if let Some(rate) = inner("rate(") {
        return (!is_rate(rate)).then_some(
            "must be a rate of a positive number and minute, hour or day, in the singular for 1 and else in the plural",
        );
    }
    let Some(cron) = inner("cron(") else {
        return Some("must be rate(…) or cron(…)");
    };
    let fields: Vec<&str> = cron.split_whitespace().collect();
    if fields.len() != CRON_FIELDS {
        return Some(
            "must have six fields in cron(…): minutes, hours, day of month, month, day of week, year",
        );
    }
    ((fields[2] == "?") == (fields[4] == "?")).then_some(
        "must have `?` for the day of the month or for the day of the week, and not for both",
    )
}

fn is_rate(rate: &str) -> bool {
    let Some((value, unit)) = rate.split_once(' ') else {
        return false;
    };
    match value.parse::<u32>() {
        Ok(0) | Err(_) => false,
        Ok(1) => UNITS.contains(&unit),
        Ok(_) => unit
            .strip_suffix('s')
            .is_some_and(|unit| UNITS.contains(&unit)),
    }
}

pub(super) fn target(judge: &mut Judge<'_>) {
    let inputs = ["input", "inputPath", "inputTransformer"];
    let given: Vec<&str> = inputs.into_iter().filter(|it| judge.is_given(it)).collect();
    if let [first, second, ..] = given[..] {
        judge.exclude(second, &format!("together with `{first}`"), &TARGETS);
    }
    judge.document("input", &TARGETS);
    let path = judge.text("inputPath");
    if path.is_some_and(|path| !path.starts_with('$')) {
        judge.object("inputPath", "must be a path that begins with `$`", &TARGETS);
    }
    if judge.is_given("inputTransformer") {
        judge.require(
            "inputTransformer.inputTemplate",
            "in a transformer",
            &TARGETS,
        );
    }
    let arn = judge.text("arn").filter(|arn| arn.contains(":sqs:"));
    if arn.is_some_and(|arn| arn.ends_with(".fifo")) {
        judge.require("sqsTarget.messageGroupId", "for a FIFO queue", &TARGETS);
    } else if arn.is_some() {
        judge.exclude("sqsTarget", "for a queue that is not FIFO", &TARGETS);
    }
}
