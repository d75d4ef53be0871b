//! Lambda: the names of a function's versions, and environments that are kept ready for one.

use serde_json::{Value, json};

use super::kind::{Kind, Made, Making, Parent, Proposal, Refusal};
use super::lambda::{FUNCTION, invalid, is_function, no_function};
use crate::cloud::{Cloud, Record};
use crate::naming::AutoName;

pub(super) const ALIAS: &str = "aws:lambda/alias:Alias";
pub(super) const PROVISIONED: &str =
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig";

/// The version that is whatever was last uploaded.
pub(super) const LATEST: &str = "$LATEST";

const OF_FUNCTION: Parent = Parent {
    property: "functionName",
    token: FUNCTION,
    is: is_function,
    missing: no_function,
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: ALIAS,
        noun: "Lambda Alias",
        name: AutoName::name(128),
        parents: &[OF_FUNCTION],
        allow: allow_alias,
        make: make_alias,
        release: release_alias,
        ..Kind::PLAIN
    },
    Kind {
        token: PROVISIONED,
        noun: "Lambda Provisioned Concurrency Config",
        parents: &[OF_FUNCTION],
        allow: allow_provisioned,
        make: |making| {
            let (function, qualifier) = (making.text("functionName"), making.text("qualifier"));
            Made::new(format!("{function},{qualifier}"), [])
        },
        ..Kind::PLAIN
    },
];

fn function_of<'c>(cloud: &'c Cloud, named: &str) -> Option<&'c Record> {
    cloud
        .all(FUNCTION)
        .find(|record| is_function(record, named))
}

fn alias_of<'c>(cloud: &'c Cloud, function: &Record, name: &str) -> Option<&'c Record> {
    cloud.all(ALIAS).find(|alias| {
        alias.text("name") == name && is_function(function, alias.text("functionName"))
    })
}

/// Whether a version has been published. All of them stay.
fn is_published(function: &Record, version: &str) -> bool {
    let newest = function.text("version").parse::<u64>();
    let asked = version.parse::<u64>();
    matches!((newest, asked), (Ok(newest), Ok(asked)) if (1..=newest).contains(&asked))
}

/// Whether this is the name of a version of a function, or of an alias.
pub(super) fn is_qualifier(cloud: &Cloud, function: &Record, qualifier: &str) -> bool {
    qualifier == LATEST
        || is_published(function, qualifier)
        || alias_of(cloud, function, qualifier).is_some()
}

fn allow_alias(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let named = proposal.text("functionName");
    let Some(function) = function_of(proposal.cloud, named) else {
        return Err(no_function(named));
    };
    let name = proposal.text("name");
    let twice = proposal.others(ALIAS).any(|other| {
        other.text("name") == name && is_function(function, other.text("functionName"))
    });
    if twice {
        let message = format!("Alias already exists: {}:{name}", function.text("arn"));
        return Err(Refusal::new("ResourceConflictException", message));
    }
    let weights = proposal.inputs.get("routingConfig");
    let weights = weights.and_then(|routing| routing.get("additionalVersionWeights")?.as_object());
    let versions = weights.into_iter().flat_map(|weights| weights.keys());
    let versions = versions.map(String::as_str);
    for version in versions.chain([proposal.text("functionVersion")]) {
        if version != LATEST && !is_published(function, version) {
            return Err(no_function(&format!("{}:{version}", function.text("name"))));
        }
    }
    Ok(())
}

fn make_alias(making: &Making<'_>) -> Made {
    let named = making.text("functionName");
    let function = function_of(making.cloud, named).map_or("", |function| function.text("arn"));
    let arn = format!("{function}:{}", making.text("name"));
    let region = making.region;
    let invoke =
        format!("arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations");
    Made::new(
        arn.clone(),
        [("arn", json!(arn)), ("invokeArn", json!(invoke))],
    )
}

/// What is kept ready is kept for the alias.
fn release_alias(cloud: &Cloud, alias: &Record) -> Result<(), Refusal> {
    let function = function_of(cloud, alias.text("functionName"));
    let kept = cloud.all(PROVISIONED).any(|kept| {
        let same = |function| is_function(function, kept.text("functionName"));
        kept.text("qualifier") == alias.text("name") && function.is_some_and(same)
    });
    if kept {
        let message = "Alias can not be deleted: it has a provisioned concurrency config";
        return Err(Refusal::new("ResourceConflictException", message));
    }
    Ok(())
}

fn allow_provisioned(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let (named, qualifier) = (proposal.text("functionName"), proposal.text("qualifier"));
    let Some(function) = function_of(proposal.cloud, named) else {
        return Err(no_function(named));
    };
    if !is_qualifier(proposal.cloud, function, qualifier) {
        return Err(no_function(&format!("{named}:{qualifier}")));
    }
    let count = |record: &crate::wire::Properties, property: &str| {
        record.get(property).and_then(Value::as_i64)
    };
    let reserved = count(&function.properties, "reservedConcurrentExecutions");
    let wanted = count(proposal.inputs, "provisionedConcurrentExecutions");
    if reserved.is_some_and(|reserved| reserved >= 0 && wanted > Some(reserved)) {
        return Err(invalid(
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
        ));
    }
    Ok(())
}
