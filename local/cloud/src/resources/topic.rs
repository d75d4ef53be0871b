//! `aws:sns/topic:Topic`. Nothing is sent from this machine: what was subscribed is said once, as a note.

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::inputs::read;

const INERT: [&str; 5] = [
    "deliveryPolicy",
    "displayName",
    "kmsMasterKeyId",
    "signatureVersion",
    "tags",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    policy: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    if let Some(policy) = &inputs.policy {
        super::role::policy("policy", policy)?;
    }
    let name = name_or_auto(inputs.name, new);
    let arn = cloud.arn("sns", &name);
    cloud.topics.insert(arn.clone());
    let computed = [
        ("name", json!(name)),
        ("arn", json!(arn)),
        ("owner", json!(cloud.endpoints.account)),
    ];
    Ok(Created::new(arn.clone(), new.inputs, computed))
}

/// Checks that a topic is there.
pub(crate) fn exists(cloud: &Cloud, property: &str, arn: &str) -> Result<(), Refusal> {
    if cloud.topics.contains(arn) {
        return Ok(());
    }
    let problem = format!("NotFound: there is no topic `{arn}`");
    Err(Refusal::value(property, problem))
}
