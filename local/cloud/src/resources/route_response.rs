//! `aws:apigatewayv2/routeResponse:RouteResponse`: without one, an integration's answer goes nowhere.

use serde::Deserialize;

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    api_id: String,
    route_id: String,
    route_response_key: String,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &[])?;
    if inputs.route_response_key != "$default" {
        return Err(Refusal::value(
            "routeResponseKey",
            "must be $default: there is no other",
        ));
    }
    let route = cloud
        .api(&inputs.api_id)?
        .routes
        .values_mut()
        .find(|route| route.id == inputs.route_id);
    let route = route.ok_or_else(|| {
        Refusal::value(
            "routeId",
            format!("there is no route `{}`", inputs.route_id),
        )
    })?;
    route.has_response = true;
    Ok(Created::new(
        base36(new.urn, "route-response", 7),
        new.inputs,
        [],
    ))
}
