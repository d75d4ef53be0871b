//! `aws:iam/role:Role`. Policies are not enforced here: the engine's plan is where they are checked.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;

const INERT: [&str; 6] = [
    "description",
    "managedPolicyArns",
    "maxSessionDuration",
    "path",
    "permissionsBoundary",
    "tags",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    assume_role_policy: String,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    policy("assumeRolePolicy", &inputs.assume_role_policy)?;
    let name = name_or_auto(inputs.name, new);
    let arn = format!("arn:aws:iam::{}:role/{name}", cloud.endpoints.account);
    cloud.roles.insert(name.clone(), arn.clone());
    let unique_id = format!("AROA{}", base36(new.urn, "role", 17).to_uppercase());
    Ok(Created::new(
        name.clone(),
        new.inputs,
        [
            ("name", json!(name)),
            ("arn", json!(arn)),
            ("uniqueId", json!(unique_id)),
        ],
    ))
}

/// Checks that a policy is a JSON document with statements, as IAM does.
pub(crate) fn policy(property: &str, text: &str) -> Result<(), Refusal> {
    let document: Value = serde_json::from_str(text)
        .map_err(|error| Refusal::value(property, format!("MalformedPolicyDocument: {error}")))?;
    match document.get("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => Ok(()),
        Some(Value::Object(_)) => Ok(()),
        _ => Err(Refusal::value(
            property,
            "MalformedPolicyDocument: the policy has no statement",
        )),
    }
}
