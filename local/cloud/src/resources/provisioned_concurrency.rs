//! `aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig`: environments that are there before they are
//! needed.

use serde::Deserialize;

use super::function::{LATEST, Named};
use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::inputs::read;

const INERT: [&str; 1] = ["skipDestroy"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    function_name: String,
    qualifier: String,
    provisioned_concurrent_executions: u32,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    let (environments, qualifier) = (inputs.provisioned_concurrent_executions, inputs.qualifier);
    if environments == 0 {
        return Err(Refusal::value(
            "provisionedConcurrentExecutions",
            "must be 1 or more",
        ));
    }
    if qualifier == LATEST {
        return Err(Refusal::value(
            "qualifier",
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions: name an alias or a \
             version",
        ));
    }
    let named = Named::read(cloud, "functionName", &inputs.function_name)?;
    let named = named.qualified(cloud, "qualifier", Some(qualifier.clone()))?;
    if let Some(function) = cloud.functions.get_mut(&named.name) {
        if function
            .reserved_concurrency
            .is_some_and(|reserved| environments > reserved)
        {
            return Err(Refusal::value(
                "provisionedConcurrentExecutions",
                "exceeds the reserved concurrency of the function",
            ));
        }
        function.provisioned_concurrency += environments;
    }
    let id = format!("{},{qualifier}", named.name);
    Ok(Created::new(id, new.inputs, []))
}
