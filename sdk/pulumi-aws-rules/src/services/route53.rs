//! Route 53: records.

use serde_json::Value;

use crate::judge::{Given, Judge, field, more_than};
use crate::{Origin, Problem};

const RECORDS: Origin = Origin::Documented("Route 53 API Reference, ResourceRecordSet");
const QUOTAS: Origin = Origin::Documented("Route 53, quotas on records");
const TEXTS: Origin = Origin::Documented("Route 53, TXT record type");

const MOST_VALUES: u32 = 400;
const LONGEST_STRING: u32 = 255;

const POLICIES: [&str; 7] = [
    "cidrRoutingPolicy",
    "failoverRoutingPolicies",
    "geolocationRoutingPolicies",
    "geoproximityRoutingPolicy",
    "latencyRoutingPolicies",
    "multivalueAnswerRoutingPolicy",
    "weightedRoutingPolicies",
];

pub(super) fn record(judge: &mut Judge<'_>) {
    judge.one_of(&["records", "aliases"], &RECORDS);
    if judge.is_given("records") {
        judge.require("ttl", "with `records`", &RECORDS);
    }
    if judge.is_given("aliases") {
        judge.exclude("ttl", "for an alias", &RECORDS);
        alias(judge);
    }
    let values = judge.items("records").len();
    if judge.text("type") == Some("CNAME") && values > 1 {
        let problem = Problem::AtMost {
            most: 1.0,
            unit: "items for a CNAME",
        };
        judge.refuse("records", problem, &RECORDS);
    }
    if more_than(values, MOST_VALUES) {
        let most = f64::from(MOST_VALUES);
        judge.refuse(
            "records",
            Problem::AtMost {
                most,
                unit: "items",
            },
            &QUOTAS,
        );
    }
    texts(judge);
    let policies = POLICIES.iter().filter(|policy| judge.is_given(policy));
    let policies: Vec<_> = policies.collect();
    if let [first, second, ..] = policies[..] {
        judge.exclude(second, &format!("together with `{first}`"), &RECORDS);
    }
    if !policies.is_empty() {
        judge.require("setIdentifier", "with a routing policy", &RECORDS);
    } else if POLICIES.iter().all(|policy| judge.is_absent(policy)) {
        judge.exclude("setIdentifier", "without a routing policy", &RECORDS);
    }
}

fn alias(judge: &mut Judge<'_>) {
    let aliases = judge.items("aliases");
    if aliases.len() > 1 {
        let problem = Problem::AtMost {
            most: 1.0,
            unit: "items",
        };
        judge.refuse("aliases", problem, &RECORDS);
    }
    for alias in aliases {
        let at_cloudfront = field(alias, "zoneId").text() == Some("Z2FDTNDATAQYW2");
        let evaluated = field(alias, "evaluateTargetHealth") == Given::Known(&Value::Bool(true));
        if at_cloudfront && evaluated {
            let place = "aliases[0].evaluateTargetHealth";
            judge.object(
                place,
                "must be false where CloudFront is the target",
                &RECORDS,
            );
        }
    }
}

/// The provider puts a text that has no quotes between quotes, which makes one string of it.
fn texts(judge: &mut Judge<'_>) {
    if !matches!(judge.text("type"), Some("TXT" | "SPF")) {
        return;
    }
    for (index, text) in judge.texts("records").iter().enumerate() {
        let strings = text.split("\"\"").flat_map(|text| text.split("\" \""));
        let longest = strings.map(|part| part.trim_matches('"').len()).max();
        if longest.is_some_and(|length| more_than(length, LONGEST_STRING)) {
            let problem = format!(
                "must have at most {LONGEST_STRING} characters in each string: part it by `\"\"`"
            );
            judge.object(format!("records[{index}]"), problem, &TEXTS);
        }
    }
}
