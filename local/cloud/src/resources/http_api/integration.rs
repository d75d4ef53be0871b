//! `aws:apigatewayv2/integration:Integration` of an HTTP API: a function that gets events of format 2.0.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;
use crate::resources::function::from_invoke_arn;
use crate::system::HttpIntegration;

const INERT: [&str; 3] = ["connectionType", "description", "integrationMethod"];
/// An AWS quota, and what AWS takes where the program names nothing.
const MAX_TIMEOUT_MS: u64 = 30_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    api_id: String,
    integration_type: String,
    integration_uri: Option<String>,
    payload_format_version: Option<String>,
    timeout_milliseconds: Option<u64>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    if inputs.integration_type != "AWS_PROXY" {
        return Err(Refusal::value(
            "integrationType",
            format!(
                "`{}`: of an HTTP API, only AWS_PROXY with a function is emulated",
                inputs.integration_type
            ),
        ));
    }
    // The provider sends 1.0 where the program names nothing, and the events of the two have nothing in common.
    if inputs.payload_format_version.as_deref() != Some("2.0") {
        return Err(Refusal::value(
            "payloadFormatVersion",
            "must be 2.0: the provider takes 1.0 where nothing is said, which is not emulated",
        ));
    }
    let timeout = inputs.timeout_milliseconds.unwrap_or(MAX_TIMEOUT_MS);
    if !(50..=MAX_TIMEOUT_MS).contains(&timeout) {
        return Err(Refusal::value(
            "timeoutMilliseconds",
            "must be from 50 to 30000 (an AWS quota)",
        ));
    }
    let uri = inputs.integration_uri;
    let uri = uri.ok_or_else(|| Refusal::value("integrationUri", "AWS_PROXY needs one"))?;
    let integration = HttpIntegration {
        function: from_invoke_arn("integrationUri", &uri)?,
        timeout: Duration::from_millis(timeout),
        permitted: false,
    };
    let id = base36(new.urn, "integration", 7);
    cloud
        .http_api(&inputs.api_id)?
        .integrations
        .insert(id.clone(), integration);
    let computed = [
        // Of a WebSocket API it says something.
        ("integrationResponseSelectionExpression", json!("")),
        ("timeoutMilliseconds", json!(timeout)),
    ];
    Ok(Created::new(id, new.inputs, computed))
}
