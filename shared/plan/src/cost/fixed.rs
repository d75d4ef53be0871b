//! What costs the same each month, whatever is done with it.

use super::prices::Rate;
use super::traffic::SECONDS;
use super::{Bill, free, running};
use crate::plan::{Declared, Snapshot};
use crate::property::Property;

pub(super) fn add(stack: &Snapshot<'_>, bill: &mut Bill<'_>) {
    let count = |kind: &str| u64::try_from(stack.of_type(kind).count()).unwrap_or_default();
    for alarm in stack.of_type(free::METRIC_ALARM) {
        add_alarm(alarm, bill);
    }
    bill.add(Rate::AlarmComposite, count(free::COMPOSITE_ALARM));
    bill.add(Rate::Dashboard, count(free::DASHBOARD));
    bill.add(Rate::CustomMetric, running::metrics(stack));
    for acl in stack.of_type(free::WEB_ACL) {
        bill.add(Rate::WebAcl, 1);
        bill.add(Rate::WebAclRule, rules(acl));
    }
    for ready in stack.of_type(free::PROVISIONED_CONCURRENCY) {
        add_ready(stack, ready, bill);
    }
    bill.add(Rate::Zone, count(free::ZONE));
}

fn add_alarm(alarm: Declared<'_>, bill: &mut Bill<'_>) {
    let queries = alarm.input("metricQueries").items();
    let measured = queries.iter().filter(|query| !query["metric"].is_null());
    let metrics = u64::try_from(measured.clone().count())
        .unwrap_or_default()
        .max(1);
    let is_short = |period: &Property| period.whole().is_some_and(|period| period < 60);
    let high_resolution = is_short(alarm.input("period"))
        || measured
            .into_iter()
            .any(|query| is_short(&query["metric"]["period"]));
    if !alarm.input("thresholdMetricId").is_null() {
        bill.add(Rate::AlarmAnomaly, 1);
    } else if high_resolution {
        bill.add(Rate::AlarmHighResolution, metrics);
    } else {
        bill.add(Rate::Alarm, metrics);
    }
}

/// The rules of a web ACL, which may be given as JSON.
fn rules(acl: Declared<'_>) -> u64 {
    let json = acl.input("ruleJson").text();
    let parsed = json.and_then(|text| serde_json::from_str(text).ok());
    let given = acl.input("rules");
    let count = match parsed.map(Property::read) {
        Some(rules) => rules.items().len(),
        None => given.items().len(),
    };
    u64::try_from(count).unwrap_or_default()
}

/// Environments that stand ready cost by their memory and each second of the month.
fn add_ready<'a>(stack: &Snapshot<'a>, ready: Declared<'a>, bill: &mut Bill<'_>) {
    let environments = ready.input("provisionedConcurrentExecutions").whole();
    let environments = environments
        .and_then(|it| u64::try_from(it).ok())
        .unwrap_or_default();
    let function = stack.source(ready, "functionName", free::FUNCTION).next();
    let through = || {
        let alias = stack.source(ready, "functionName", free::ALIAS).next()?;
        stack.source(alias, "functionName", free::FUNCTION).next()
    };
    let Some(function) = function.or_else(through) else {
        return;
    };
    let (memory, is_arm) = running::shape(function);
    let rate = if is_arm {
        Rate::LambdaProvisionedArm64
    } else {
        Rate::LambdaProvisionedX86
    };
    let gigabyte_seconds = environments
        .saturating_mul(memory)
        .saturating_mul(SECONDS)
        .div_ceil(1_024);
    bill.add_for(rate, function.name, gigabyte_seconds);
}
