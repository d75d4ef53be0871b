//! WAF: web ACLs and their logs.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Origin;
use crate::judge::{Given, Judge};
use crate::types::{LOG_GROUP, WEB_ACL};

const LOGS: Origin = Origin::Documented("WAF, logging destinations");
const RATES: Origin = Origin::Documented("WAF, rate-based rule settings");
const RULES: Origin = Origin::Documented("WAF API Reference, Rule");
const SCOPES: Origin = Origin::Documented("WAF API Reference, CreateWebACL");

/// Where everything that is global for CloudFront has to be made.
pub(super) const CLOUDFRONT_REGION: &str = "us-east-1";

/// What the name of every destination of WAF's logs begins with.
const LOG_PREFIX: &str = "aws-waf-logs-";

const WINDOWS_S: [i64; 4] = [60, 120, 300, 600];
const LEAST_RATE: i64 = 10;
const MOST_RATE: i64 = 2_000_000_000;

pub(super) fn web_acl(judge: &mut Judge<'_>) {
    judge.value("scope", &["CLOUDFRONT", "REGIONAL"], &SCOPES);
    let elsewhere = judge
        .region()
        .is_some_and(|region| region != CLOUDFRONT_REGION);
    if judge.text("scope") == Some("CLOUDFRONT") && elsewhere {
        let problem = format!("must be {CLOUDFRONT_REGION} for the scope CLOUDFRONT");
        judge.object("region", problem, &SCOPES);
    }
    if judge.is_given("defaultAction.allow") {
        judge.exclude("defaultAction.block", "together with `allow`", &SCOPES);
    }
    if judge.is_given("ruleJson") {
        judge.exclude("rules", "together with `ruleJson`", &SCOPES);
    }
    let Some(rules) = judge.document("ruleJson", &RULES) else {
        return;
    };
    let Some(rules) = rules.as_array() else {
        judge.object("ruleJson", "must be a list of rules", &RULES);
        return;
    };
    let mut names = BTreeSet::new();
    let mut priorities = BTreeSet::new();
    for (index, rule) in rules.iter().enumerate() {
        let fault = fault(rule);
        let name = rule.get("Name").and_then(Value::as_str);
        let priority = rule.get("Priority").and_then(Value::as_i64);
        let twice = !names.insert(name) || !priorities.insert(priority);
        let fault = fault.or_else(|| twice.then(|| "have a name and a priority of its own".into()));
        if let Some(fault) = fault {
            judge.object("ruleJson", format!("must {fault}, in rule {index}"), &RULES);
        }
        if let Some(fault) = rate_fault(rule) {
            judge.object("ruleJson", format!("must {fault}, in rule {index}"), &RATES);
        }
    }
}

fn fault(rule: &Value) -> Option<String> {
    let has = |name: &str| rule.get(name).is_some();
    for name in ["Name", "Priority", "Statement", "VisibilityConfig"] {
        if !has(name) {
            return Some(format!("have `{name}`"));
        }
    }
    let statement = rule.get("Statement");
    let kinds = statement
        .and_then(Value::as_object)
        .map_or(0, serde_json::Map::len);
    if kinds != 1 {
        return Some("have exactly one kind of statement".into());
    }
    let grouped = ["ManagedRuleGroupStatement", "RuleGroupReferenceStatement"];
    let grouped = grouped
        .iter()
        .any(|kind| statement.is_some_and(|statement| statement.get(kind).is_some()));
    let (wanted, other) = match grouped {
        true => ("OverrideAction", "Action"),
        false => ("Action", "OverrideAction"),
    };
    if !has(wanted) || has(other) {
        return Some(format!("have `{wanted}` and no `{other}`"));
    }
    None
}

fn rate_fault(rule: &Value) -> Option<String> {
    let rate = rule.get("Statement")?.get("RateBasedStatement")?;
    let limit = rate.get("Limit").and_then(Value::as_i64);
    if !limit.is_some_and(|limit| (LEAST_RATE..=MOST_RATE).contains(&limit)) {
        return Some(format!("have a `Limit` from {LEAST_RATE} to {MOST_RATE}"));
    }
    let window = rate.get("EvaluationWindowSec").map(Value::as_i64);
    if window.is_some_and(|window| !window.is_some_and(|window| WINDOWS_S.contains(&window))) {
        return Some("have an `EvaluationWindowSec` of 60, 120, 300 or 600".into());
    }
    None
}

pub(super) fn logging_configuration(judge: &mut Judge<'_>) {
    let place = "logDestinationConfigs";
    let destinations = judge.items(place);
    if destinations.len() > 1 {
        judge.object(place, "must name one destination", &LOGS);
    }
    for arn in judge.texts(place) {
        let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
        let name = ["log-group:", "deliverystream/"]
            .iter()
            .find_map(|kind| resource.strip_prefix(kind))
            .unwrap_or(resource);
        if !name.starts_with(LOG_PREFIX) {
            name_fault(judge, place);
        }
    }
    let group = judge.named_by(place, LOG_GROUP);
    let named = group.as_ref().and_then(|group| {
        let given = |property| group.inputs.get(property).and_then(Value::as_str);
        given("name").or_else(|| given("namePrefix"))
    });
    let unnamed = judge.texts(place).is_empty();
    if unnamed && named.is_some_and(|name| name != crate::UNKNOWN && !name.starts_with(LOG_PREFIX))
    {
        name_fault(judge, place);
    }
    let acl = judge.named_by("resourceArn", WEB_ACL);
    let scope = acl
        .as_ref()
        .and_then(|acl| acl.inputs.get("scope")?.as_str());
    let region = judge.region();
    let group_region = group.and_then(|group| group.region);
    if scope == Some("CLOUDFRONT") {
        for (path, region) in [("region", region), (place, group_region.as_deref())] {
            if region.is_some_and(|region| region != CLOUDFRONT_REGION) {
                let problem = format!("must be in {CLOUDFRONT_REGION} for the scope CLOUDFRONT");
                judge.object(path, problem, &LOGS);
            }
        }
    }
    let filters = judge.input("loggingFilter");
    if filters != Given::Absent {
        judge.require(
            "loggingFilter.defaultBehavior",
            "with `loggingFilter`",
            &LOGS,
        );
    }
}

fn name_fault(judge: &mut Judge<'_>, place: &str) {
    let problem = format!("must be a destination whose name begins with `{LOG_PREFIX}`");
    judge.object(place, problem, &LOGS);
}
