//! DynamoDB: tables.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate_local_schema::defaults::MADE_AT;

use super::kind::{Kind, Made, Making, Proposal, Refusal};
use crate::cloud::{Cloud, Record};
use crate::naming::AutoName;
use crate::wire::Properties;

const TABLE: &str = "aws:dynamodb/table:Table";

pub(super) const KINDS: &[Kind] = &[Kind {
    token: TABLE,
    noun: "DynamoDB Table",
    name: AutoName::name(255),
    allow: allow_table,
    make: make_table,
    release: release_table,
    ..Kind::PLAIN
}];

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("ValidationException", message)
}

fn allow_table(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    if proposal.taken(TABLE, "name") {
        let message = format!("Table already exists: {}", proposal.text("name"));
        return Err(Refusal::new("ResourceInUseException", message));
    }
    let keys = keys(proposal.inputs);
    let defined = defined(proposal.inputs);
    if let Some(key) = keys.difference(&defined).next() {
        return Err(invalid(format!(
            "One or more parameter values were invalid: Some index key attributes are not defined in \
             AttributeDefinitions. Keys: [{key}], AttributeDefinitions: {defined:?}"
        )));
    }
    let unused: Vec<_> = defined.difference(&keys).copied().collect();
    if !unused.is_empty() {
        // The provider itself refuses it, before AWS does.
        return Err(invalid(format!(
            "all attributes must be indexed. Unused attributes: {unused:?}"
        )));
    }
    let capacity = ["readCapacity", "writeCapacity"];
    let given = capacity.map(|property| {
        let value = proposal.inputs.get(property).and_then(Value::as_i64);
        value.is_some_and(|value| value > 0)
    });
    match (proposal.text("billingMode"), given) {
        ("PAY_PER_REQUEST", [false, false]) | ("" | "PROVISIONED", [true, true]) => Ok(()),
        ("PAY_PER_REQUEST", _) => Err(invalid(
            "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be \
             specified when BillingMode is PAY_PER_REQUEST",
        )),
        _ => Err(invalid(
            "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified \
             when BillingMode is PROVISIONED",
        )),
    }
}

/// The attributes that the table or an index has as a key.
fn keys(inputs: &Properties) -> BTreeSet<&str> {
    let mut keys = BTreeSet::new();
    for property in ["hashKey", "rangeKey"] {
        keys.extend(inputs.get(property).and_then(Value::as_str));
    }
    for property in ["globalSecondaryIndexes", "localSecondaryIndexes"] {
        for index in inputs
            .get(property)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            for property in ["hashKey", "rangeKey"] {
                keys.extend(index.get(property).and_then(Value::as_str));
            }
            let schema = index.get("keySchemas").and_then(Value::as_array);
            for key in schema.into_iter().flatten() {
                keys.extend(key.get("attributeName").and_then(Value::as_str));
            }
        }
    }
    keys
}

fn defined(inputs: &Properties) -> BTreeSet<&str> {
    let attributes = inputs.get("attributes").and_then(Value::as_array);
    let names = attributes.into_iter().flatten();
    names
        .filter_map(|attribute| attribute.get("name")?.as_str())
        .collect()
}

fn make_table(making: &Making<'_>) -> Made {
    let name = making.text("name");
    let arn = making.arn("dynamodb", &format!("table/{name}"));
    let streams = making.inputs.get("streamEnabled") == Some(&json!(true));
    let label = if streams { MADE_AT } else { "" };
    let stream_arn = if streams {
        format!("{arn}/stream/{label}")
    } else {
        String::new()
    };
    Made::new(
        name,
        [
            ("arn", json!(arn)),
            ("streamArn", json!(stream_arn)),
            ("streamLabel", json!(label)),
        ],
    )
}

fn release_table(_: &Cloud, table: &Record) -> Result<(), Refusal> {
    if table.properties.get("deletionProtectionEnabled") == Some(&json!(true)) {
        return Err(invalid(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
        ));
    }
    Ok(())
}
