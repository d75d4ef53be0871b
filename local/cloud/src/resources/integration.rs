//! `aws:apigatewayv2/integration:Integration`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::api::IntegrationDraft;
use super::function::{Named, from_invoke_arn};
use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;
use crate::system::Integration;
use crate::template::Template;

const INERT: [&str; 4] = [
    "connectionType",
    "description",
    "integrationMethod",
    "contentHandlingStrategy",
];
/// An AWS quota, and what AWS takes where the program names nothing.
const MAX_TIMEOUT_MS: u64 = 29_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    api_id: String,
    integration_type: String,
    integration_uri: Option<String>,
    timeout_milliseconds: Option<u64>,
    passthrough_behavior: Option<String>,
    template_selection_expression: Option<String>,
    #[serde(default)]
    request_templates: BTreeMap<String, String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    if cloud.is_of_http_api(new) {
        return super::http_api::integration::create(cloud, new);
    }
    let inputs: Inputs = read(new.inputs, &INERT)?;
    let timeout = inputs.timeout_milliseconds.unwrap_or(MAX_TIMEOUT_MS);
    if !(50..=MAX_TIMEOUT_MS).contains(&timeout) {
        return Err(Refusal::value(
            "timeoutMilliseconds",
            "must be from 50 to 29000 (an AWS quota)",
        ));
    }
    if !matches!(
        inputs.passthrough_behavior.as_deref(),
        None | Some("WHEN_NO_MATCH" | "WHEN_NO_TEMPLATES" | "NEVER")
    ) {
        return Err(Refusal::value(
            "passthroughBehavior",
            "must be WHEN_NO_MATCH, WHEN_NO_TEMPLATES or NEVER",
        ));
    }
    let kind = match inputs.integration_type.as_str() {
        "AWS_PROXY" => {
            let uri = inputs
                .integration_uri
                .ok_or_else(|| Refusal::value("integrationUri", "AWS_PROXY needs one"))?;
            let name = from_invoke_arn("integrationUri", &uri)?;
            let name = Named::read(cloud, "integrationUri", &name)?.target();
            Integration::Function {
                name,
                timeout: Duration::from_millis(timeout),
                permitted: false,
            }
        }
        "MOCK" => Integration::Mock {
            status: mock_status(&inputs)?,
            response: None,
        },
        other => {
            return Err(Refusal::value(
                "integrationType",
                format!("`{other}`: emulated are AWS_PROXY and MOCK"),
            ));
        }
    };
    let id = base36(new.urn, "integration", 7);
    let draft = IntegrationDraft {
        kind,
        responses: BTreeMap::new(),
    };
    cloud
        .api(&inputs.api_id)?
        .integrations
        .insert(id.clone(), draft);
    Ok(Created::new(id, new.inputs, []))
}

/// The status that a MOCK's request template gives: `{"statusCode": 200}`.
fn mock_status(inputs: &Inputs) -> Result<u16, Refusal> {
    let key = match inputs.template_selection_expression.as_deref() {
        Some("\\$default") => "$default",
        Some(key) => key,
        None => {
            return Err(Refusal::value(
                "templateSelectionExpression",
                "a MOCK needs one: `\\$default`",
            ));
        }
    };
    let template = inputs.request_templates.get(key);
    let template = template
        .ok_or_else(|| Refusal::value("requestTemplates", format!("there is none for `{key}`")))?;
    let template = Template::parse(template)
        .map_err(|error| Refusal::value("requestTemplates", error.to_string()))?;
    let rendered: Option<Value> = serde_json::from_str(&template.render(|_| "0".to_owned())).ok();
    let status = rendered
        .as_ref()
        .and_then(|request| request.get("statusCode"))
        .and_then(Value::as_u64);
    status
        .and_then(|status| u16::try_from(status).ok())
        .ok_or_else(|| {
            Refusal::value(
                "requestTemplates",
                "the template of a MOCK must give {\"statusCode\": NUMBER}",
            )
        })
}
