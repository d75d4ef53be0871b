//! `aws:apigatewayv2/integrationResponse:IntegrationResponse`, of a MOCK.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;
use crate::system::Integration;
use crate::template::Template;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    api_id: String,
    integration_id: String,
    integration_response_key: String,
    template_selection_expression: Option<String>,
    #[serde(default)]
    response_templates: BTreeMap<String, String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &[])?;
    if !matches!(
        inputs.template_selection_expression.as_deref(),
        Some("\\$default")
    ) {
        return Err(Refusal::value(
            "templateSelectionExpression",
            "only `\\$default` is emulated",
        ));
    }
    let template = inputs.response_templates.get("$default");
    let template = template
        .ok_or_else(|| Refusal::value("responseTemplates", "there is none for `$default`"))?;
    let template = Template::parse(template)
        .map_err(|error| Refusal::value("responseTemplates", error.to_string()))?;
    let integration = cloud
        .api(&inputs.api_id)?
        .integrations
        .get_mut(&inputs.integration_id);
    let integration = integration.ok_or_else(|| {
        Refusal::value(
            "integrationId",
            format!("there is no integration `{}`", inputs.integration_id),
        )
    })?;
    if !matches!(integration.kind, Integration::Mock { .. }) {
        return Err(Refusal::value(
            "integrationId",
            "a proxy integration has no integration responses",
        ));
    }
    integration
        .responses
        .insert(inputs.integration_response_key, template);
    Ok(Created::new(
        base36(new.urn, "integration-response", 7),
        new.inputs,
        [],
    ))
}
