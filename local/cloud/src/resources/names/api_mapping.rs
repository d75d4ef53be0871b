//! `aws:apigatewayv2/apiMapping:ApiMapping`.

use serde::Deserialize;

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    api_id: String,
    domain_name: String,
    stage: String,
    api_mapping_key: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &[])?;
    if !cloud.has_stage(&inputs.api_id, &inputs.stage) {
        let Inputs { api_id, stage, .. } = &inputs;
        return Err(Refusal::value(
            "stage",
            format!("there is no stage `{stage}` of an API `{api_id}`"),
        ));
    }
    let mappings = cloud.names.domains.get_mut(&inputs.domain_name);
    let mappings = mappings.ok_or_else(|| {
        Refusal::value(
            "domainName",
            format!("there is no domain `{}`", inputs.domain_name),
        )
    })?;
    if !mappings.insert(inputs.api_mapping_key.unwrap_or_default()) {
        return Err(Refusal::value(
            "apiMappingKey",
            "ConflictException: the domain has a mapping of this key already",
        ));
    }
    Ok(Created::new(
        base36(new.urn, "api-mapping", 6),
        new.inputs,
        [],
    ))
}
