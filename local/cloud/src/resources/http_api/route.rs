//! `aws:apigatewayv2/route:Route` of an HTTP API.

use serde::Deserialize;

use super::RouteDraft;
use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;
use crate::route_key::RouteKey;

const INERT: [&str; 1] = ["operationName"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    api_id: String,
    route_key: String,
    authorization_type: Option<String>,
    target: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    let key = RouteKey::parse(&inputs.route_key)
        .map_err(|error| Refusal::value("routeKey", error.to_string()))?;
    let iam = match inputs.authorization_type.as_deref() {
        None | Some("NONE") => false,
        Some("AWS_IAM") => true,
        Some(other) => {
            return Err(Refusal::value(
                "authorizationType",
                format!("`{other}`: of an HTTP API, NONE and AWS_IAM are emulated"),
            ));
        }
    };
    let integration = inputs.target.as_deref().map(|target| {
        let id = target.strip_prefix("integrations/");
        id.map(str::to_owned)
            .ok_or_else(|| Refusal::value("target", "must be integrations/{id}"))
    });
    let integration = integration.transpose()?;
    let api = cloud.http_api(&inputs.api_id)?;
    if let Some(id) = integration
        .as_deref()
        .filter(|id| !api.integrations.contains_key(*id))
    {
        return Err(Refusal::value(
            "target",
            format!("there is no integration `{id}`"),
        ));
    }
    if api.routes.iter().any(|route| route.key == key) {
        return Err(Refusal::value(
            "routeKey",
            "ConflictException: there is a route of this key already",
        ));
    }
    api.routes.push(RouteDraft {
        key,
        iam,
        integration,
    });
    Ok(Created::new(base36(new.urn, "route", 7), new.inputs, []))
}
