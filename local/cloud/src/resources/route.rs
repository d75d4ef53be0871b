//! `aws:apigatewayv2/route:Route`.

use serde::Deserialize;

use super::api::RouteDraft;
use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;

const INERT: [&str; 1] = ["operationName"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    api_id: String,
    route_key: String,
    authorization_type: Option<String>,
    authorizer_id: Option<String>,
    api_key_required: Option<bool>,
    route_response_selection_expression: Option<String>,
    target: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    if cloud.is_of_http_api(new) {
        return super::http_api::route::create(cloud, new);
    }
    let inputs: Inputs = read(new.inputs, &INERT)?;
    let route_key = inputs.route_key.clone();
    if route_key.starts_with('$')
        && !["$connect", "$disconnect", "$default"].contains(&route_key.as_str())
    {
        return Err(Refusal::value(
            "routeKey",
            "a key of your own must not start with `$`",
        ));
    }
    if inputs.api_key_required == Some(true) {
        return Err(Refusal::value(
            "apiKeyRequired",
            "API keys are not emulated",
        ));
    }
    check_authorization(&inputs)?;
    match inputs.route_response_selection_expression.as_deref() {
        None | Some("$default") => {}
        Some(_) => {
            return Err(Refusal::value(
                "routeResponseSelectionExpression",
                "must be $default",
            ));
        }
    }
    let integration = inputs.target.as_deref().map(|target| {
        let id = target.strip_prefix("integrations/");
        id.map(str::to_owned)
            .ok_or_else(|| Refusal::value("target", "must be integrations/{id}"))
    });
    let integration = integration.transpose()?;

    let api = cloud.api(&inputs.api_id)?;
    if let Some(id) = integration
        .as_deref()
        .filter(|id| !api.integrations.contains_key(*id))
    {
        return Err(Refusal::value(
            "target",
            format!("there is no integration `{id}`"),
        ));
    }
    if let Some(id) = inputs
        .authorizer_id
        .as_deref()
        .filter(|id| !api.authorizers.contains_key(*id))
    {
        return Err(Refusal::value(
            "authorizerId",
            format!("there is no authorizer `{id}`"),
        ));
    }
    let id = base36(new.urn, "route", 7);
    let draft = RouteDraft {
        id: id.clone(),
        authorizer: inputs.authorizer_id,
        integration,
        wants_response: inputs.route_response_selection_expression.is_some(),
        has_response: false,
    };
    if api.routes.insert(route_key, draft).is_some() {
        return Err(Refusal::value(
            "routeKey",
            "ConflictException: there is a route of this key already",
        ));
    }
    Ok(Created::new(id, new.inputs, []))
}

fn check_authorization(inputs: &Inputs) -> Result<(), Refusal> {
    match (inputs.authorization_type.as_deref(), &inputs.authorizer_id) {
        (None | Some("NONE"), None) => Ok(()),
        (Some("CUSTOM"), Some(_)) if inputs.route_key == "$connect" => Ok(()),
        (Some("CUSTOM"), Some(_)) => Err(Refusal::value(
            "authorizerId",
            "an authorizer can stand on $connect only",
        )),
        (Some("CUSTOM"), None) => Err(Refusal::value("authorizerId", "CUSTOM needs one")),
        (Some("AWS_IAM"), _) => Err(Refusal::value(
            "authorizationType",
            "AWS_IAM is not emulated",
        )),
        (None | Some("NONE"), Some(_)) => Err(Refusal::value(
            "authorizationType",
            "must be CUSTOM for the authorizer to be asked at all",
        )),
        (Some(other), _) => Err(Refusal::value(
            "authorizationType",
            format!("`{other}` is not NONE, CUSTOM or AWS_IAM"),
        )),
    }
}
