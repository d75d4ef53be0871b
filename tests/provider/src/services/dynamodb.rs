//! DynamoDB: tables.

use serde_json::json;
use tidegate_local_schema::defaults::MADE_AT;

use super::kind::{Kind, Made, Making, Proposal, Refusal};
use crate::cloud::{Cloud, Record};
use crate::naming::AutoName;

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
    Ok(())
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
