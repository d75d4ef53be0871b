//! `aws:lambda/alias:Alias`.

use serde::Deserialize;
use serde_json::json;

use super::function::{LATEST, Named, invoke_arn};
use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::inputs::read;

const INERT: [&str; 1] = ["description"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    function_name: String,
    function_version: String,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    let named = Named::read(cloud, "functionName", &inputs.function_name)?;
    let version = Some(inputs.function_version);
    let Named { name: function, .. } = named.qualified(cloud, "functionVersion", version)?;
    let name = name_or_auto(inputs.name, new);
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    if name == LATEST || is_number || name.len() > 128 || !name.bytes().all(valid) {
        return Err(Refusal::value(
            "name",
            "must be 1 to 128 letters, digits, `-` or `_`, and not a number alone",
        ));
    }
    if !cloud.aliases.insert(format!("{function}:{name}")) {
        return Err(Refusal::value(
            "name",
            format!("ResourceConflictException: there is an alias `{name}` already"),
        ));
    }
    let arn = cloud.arn("lambda", &format!("function:{function}:{name}"));
    let computed = [
        ("name", json!(name)),
        ("arn", json!(arn)),
        ("invokeArn", json!(invoke_arn(cloud, &arn))),
    ];
    Ok(Created::new(arn.clone(), new.inputs, computed))
}
