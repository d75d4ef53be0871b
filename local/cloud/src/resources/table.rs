//! `aws:dynamodb/table:Table`.

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::inputs::read;
use crate::system::Table;

/// Backups, encryption at rest and protection from deletion have no effect on a table in memory.
const INERT: [&str; 5] = [
    "deletionProtectionEnabled",
    "pointInTimeRecovery",
    "serverSideEncryption",
    "tableClass",
    "tags",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    hash_key: Option<String>,
    range_key: Option<String>,
    billing_mode: Option<String>,
    #[serde(default)]
    attributes: Vec<Attribute>,
    ttl: Option<Ttl>,
}

#[derive(Deserialize)]
struct Attribute {
    name: String,
    r#type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Ttl {
    attribute_name: Option<String>,
    enabled: Option<bool>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    if inputs.billing_mode.as_deref() != Some("PAY_PER_REQUEST") {
        return Err(Refusal::value(
            "billingMode",
            "only PAY_PER_REQUEST is emulated: capacities are not",
        ));
    }
    let typed = |key: String| {
        let attribute = inputs
            .attributes
            .iter()
            .find(|attribute| attribute.name == key);
        let attribute = attribute.ok_or_else(|| {
            Refusal::value("attributes", format!("the key `{key}` has no attribute"))
        })?;
        Ok((key, attribute.r#type.clone()))
    };
    let hash_key = inputs
        .hash_key
        .clone()
        .ok_or_else(|| Refusal::value("hashKey", "a table needs one"))?;
    let ttl = inputs.ttl.filter(|ttl| ttl.enabled.unwrap_or(false));
    let name = name_or_auto(inputs.name, new);
    let table = Table {
        name: name.clone(),
        hash_key: typed(hash_key)?,
        range_key: inputs.range_key.clone().map(typed).transpose()?,
        ttl_attribute: ttl.and_then(|ttl| ttl.attribute_name),
    };
    if cloud.tables.insert(name.clone(), table).is_some() {
        return Err(Refusal::value(
            "name",
            format!("there is a table `{name}` already"),
        ));
    }
    let arn = cloud.arn("dynamodb", &format!("table/{name}"));
    Ok(Created::new(
        name.clone(),
        new.inputs,
        [("name", json!(name)), ("arn", json!(arn))],
    ))
}
