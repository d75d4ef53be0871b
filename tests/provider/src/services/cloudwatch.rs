//! CloudWatch: alarms and dashboards.

use serde_json::json;

use super::kind::{Kind, Made, Making, Proposal, Refusal};
use crate::cloud::{Cloud, Record};
use crate::naming::AutoName;

const ALARM: &str = "aws:cloudwatch/metricAlarm:MetricAlarm";
const COMPOSITE: &str = "aws:cloudwatch/compositeAlarm:CompositeAlarm";

const ALARM_NAME: Option<AutoName> = Some(AutoName {
    property: "name",
    unless: None,
    longest: 255,
});

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: ALARM,
        noun: "CloudWatch Metric Alarm",
        name: ALARM_NAME,
        allow: |proposal| names_are_known(proposal, proposal.text("name"), ""),
        make: |making| make_alarm(making, "name"),
        release: release_alarm,
        ..Kind::PLAIN
    },
    Kind {
        token: COMPOSITE,
        noun: "CloudWatch Composite Alarm",
        // It has to be named in the program.
        allow: |proposal| {
            names_are_known(
                proposal,
                proposal.text("alarmName"),
                proposal.text("alarmRule"),
            )
        },
        make: |making| make_alarm(making, "alarmName"),
        release: release_alarm,
        ..Kind::PLAIN
    },
    Kind {
        token: "aws:cloudwatch/dashboard:Dashboard",
        noun: "CloudWatch Dashboard",
        make: |making| {
            let name = making.text("dashboardName");
            let arn = format!(
                "arn:aws:cloudwatch::{}:dashboard/{name}",
                crate::environment::ACCOUNT
            );
            Made::new(name, [("dashboardArn", json!(arn))])
        },
        ..Kind::PLAIN
    },
];

fn make_alarm(making: &Making<'_>, property: &str) -> Made {
    let name = making.text(property);
    let arn = making.arn("cloudwatch", &format!("alarm:{name}"));
    Made::new(name, [("arn", json!(arn))])
}

/// The alarms of a rule: `ALARM(a) OR OK("b")`.
fn alarms_in(rule: &str) -> Vec<&str> {
    let functions = ["ALARM(", "OK(", "INSUFFICIENT_DATA("];
    let mut found = Vec::new();
    for function in functions {
        for (at, _) in rule.match_indices(function) {
            let rest = &rule[at + function.len()..];
            let name = rest.split(')').next().unwrap_or_default();
            found.push(name.trim_matches(['"', '\'', ' ']));
        }
    }
    found
}

fn is_alarm(record: &Record, named: &str) -> bool {
    [
        record.text("name"),
        record.text("alarmName"),
        record.text("arn"),
    ]
    .contains(&named)
}

/// A composite alarm is made of alarms that are there.
fn names_are_known(proposal: &Proposal<'_>, own: &str, rule: &str) -> Result<(), Refusal> {
    let known = |named: &&str| {
        let mut alarms = proposal
            .cloud
            .all(ALARM)
            .chain(proposal.cloud.all(COMPOSITE));
        alarms.any(|alarm| is_alarm(alarm, named))
    };
    let unknown: Vec<&str> = alarms_in(rule)
        .into_iter()
        .filter(|name| !known(name))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let message = format!(
        "Could not save the composite alarm {own} as alarms {unknown:?} in the alarm rule do not exist"
    );
    Err(Refusal::new("ValidationError", message))
}

fn release_alarm(cloud: &Cloud, alarm: &Record) -> Result<(), Refusal> {
    let mut composites = cloud.all(COMPOSITE);
    let user = composites.find(|composite| {
        alarms_in(composite.text("alarmRule"))
            .iter()
            .any(|name| is_alarm(alarm, name))
    });
    match user {
        None => Ok(()),
        Some(composite) => Err(Refusal::new(
            "ValidationError",
            format!(
                "Could not delete the alarm {} as it is used by the composite alarm {}",
                alarm.id, composite.id
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alarms_of_a_rule_are_found() {
        let rule = "ALARM(a) OR (OK(\"b c\") AND NOT ALARM('d'))";
        assert_eq!(alarms_in(rule), ["a", "d", "b c"]);
    }
}
