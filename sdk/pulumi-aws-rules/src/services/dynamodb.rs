//! DynamoDB: tables.

use std::collections::BTreeSet;

use crate::judge::{Given, Judge, field};
use crate::{Origin, Problem};

const TABLES: Origin = Origin::Documented("DynamoDB API Reference, CreateTable");
const TTL: Origin = Origin::Documented("DynamoDB API Reference, UpdateTimeToLive");
const QUOTAS: Origin = Origin::Documented("DynamoDB quotas");
const UNUSED: Origin = Origin::Observed("the provider refuses attributes that no key has");

const INDEXES: [(&str, f64); 2] = [
    ("globalSecondaryIndexes", 20.0),
    ("localSecondaryIndexes", 5.0),
];

pub(super) fn table(judge: &mut Judge<'_>) {
    let copied = ["importTable", "restoreSourceName", "restoreSourceTableArn"];
    if copied.iter().all(|source| judge.is_absent(source)) {
        judge.require("hashKey", "for a table", &TABLES);
    }
    attributes(judge);
    let capacity = ["readCapacity", "writeCapacity"];
    match judge.text("billingMode") {
        Some("PAY_PER_REQUEST") => {
            for property in capacity {
                if judge.number(property).is_some_and(|units| units > 0.0) {
                    judge.exclude(property, "for PAY_PER_REQUEST", &TABLES);
                }
            }
        }
        Some("PROVISIONED") => {
            for property in capacity {
                judge.require(property, "for PROVISIONED", &TABLES);
            }
        }
        _ => {}
    }
    if judge.is_true("streamEnabled") {
        judge.require("streamViewType", "with a stream", &TABLES);
    }
    let views = ["KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE"];
    judge.value("streamViewType", &views, &TABLES);
    if judge.is_true("ttl.enabled") {
        judge.require("ttl.attributeName", "to have items expire", &TTL);
    }
    judge.range(
        "pointInTimeRecovery.recoveryPeriodInDays",
        1.0..=35.0,
        &TABLES,
    );
    for (property, most) in INDEXES {
        let count = u32::try_from(judge.items(property).len()).unwrap_or(u32::MAX);
        if f64::from(count) > most {
            judge.refuse(
                property,
                Problem::AtMost {
                    most,
                    unit: "items",
                },
                &QUOTAS,
            );
        }
    }
    if judge.is_absent("rangeKey") {
        judge.exclude("localSecondaryIndexes", "without `rangeKey`", &TABLES);
    }
}

/// Every key is an attribute and every attribute a key, as far as all of them are known.
fn attributes(judge: &mut Judge<'_>) {
    let mut keys = BTreeSet::new();
    let mut all_known = true;
    let mut note = |given: Given<'_>| match given {
        Given::Absent => {}
        Given::Unknown => all_known = false,
        Given::Known(key) => keys.extend(key.as_str().map(str::to_owned)),
    };
    for property in ["hashKey", "rangeKey"] {
        note(judge.input(property));
    }
    for (property, _) in INDEXES {
        if judge.input(property) == Given::Unknown {
            note(Given::Unknown);
        }
        for index in judge.items(property) {
            note(field(index, "hashKey"));
            note(field(index, "rangeKey"));
            for schema in field(index, "keySchemas").items() {
                note(field(schema, "attributeName"));
            }
        }
    }
    let items = judge.items("attributes");
    let names: Vec<_> = items.iter().map(|item| field(item, "name")).collect();
    if judge.input("attributes") == Given::Unknown || names.contains(&Given::Unknown) {
        return;
    }
    let defined: BTreeSet<_> = names.iter().filter_map(|name| name.text()).collect();
    if let Some(missing) = keys.iter().find(|key| !defined.contains(key.as_str())) {
        let problem = format!("must have an item for the key `{missing}`");
        judge.object("attributes", problem, &TABLES);
        return;
    }
    all_known &= !judge.is_absent("hashKey");
    let unused = defined.iter().find(|name| !keys.contains(**name));
    if let Some(unused) = unused.filter(|_| all_known) {
        let problem = format!("must have no item for `{unused}`, which is no key");
        judge.object("attributes", problem, &UNUSED);
    }
}
