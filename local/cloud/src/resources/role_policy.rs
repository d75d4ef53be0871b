//! `aws:iam/rolePolicy:RolePolicy`.

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::inputs::read;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    role: String,
    policy: String,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &[])?;
    super::role::policy("policy", &inputs.policy)?;
    if !cloud.roles.contains_key(&inputs.role) {
        return Err(Refusal::value(
            "role",
            format!("NoSuchEntity: there is no role `{}`", inputs.role),
        ));
    }
    let name = name_or_auto(inputs.name, new);
    Ok(Created::new(
        format!("{}:{name}", inputs.role),
        new.inputs,
        [("name", json!(name))],
    ))
}
