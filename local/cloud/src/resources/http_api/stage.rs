//! `aws:apigatewayv2/stage:Stage` of an HTTP API: `$default`, which serves at once what is registered.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::inputs::read;
use crate::resources::stage::{account_throttle, throttle_of};
use crate::system::Throttle;

const INERT: [&str; 2] = ["description", "tags"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    api_id: String,
    name: String,
    auto_deploy: Option<bool>,
    default_route_settings: Option<Settings>,
    #[serde(default)]
    route_settings: Vec<RouteSettings>,
    #[serde(default)]
    stage_variables: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Settings {
    throttling_rate_limit: Option<f64>,
    throttling_burst_limit: Option<f64>,
    /// Metrics by route are not collected here.
    #[serde(rename = "detailedMetricsEnabled")]
    _detailed_metrics_enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RouteSettings {
    route_key: String,
    throttling_rate_limit: Option<f64>,
    throttling_burst_limit: Option<f64>,
    #[serde(rename = "detailedMetricsEnabled")]
    _detailed_metrics_enabled: Option<bool>,
}

/// The stage as it was registered.
#[derive(Debug)]
pub(crate) struct StageDraft {
    pub(crate) name: String,
    pub(crate) throttle: Throttle,
    pub(crate) route_throttles: BTreeMap<String, Throttle>,
    pub(crate) variables: BTreeMap<String, String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    if inputs.name != "$default" {
        return Err(Refusal::value(
            "name",
            "of an HTTP API, only the stage $default is emulated",
        ));
    }
    if inputs.auto_deploy != Some(true) {
        return Err(Refusal::value(
            "autoDeploy",
            "must be true: deployments of an HTTP API are not emulated",
        ));
    }
    let settings = inputs.default_route_settings;
    let throttle = settings.map_or_else(account_throttle, |settings| {
        throttle_of(
            settings.throttling_rate_limit,
            settings.throttling_burst_limit,
        )
    });
    let route_throttles = inputs.route_settings.into_iter().map(|route| {
        (
            route.route_key,
            throttle_of(route.throttling_rate_limit, route.throttling_burst_limit),
        )
    });
    let draft = StageDraft {
        name: inputs.name.clone(),
        throttle,
        route_throttles: route_throttles.collect(),
        variables: inputs.stage_variables,
    };
    let region = cloud.endpoints.region.clone();
    let api = cloud.http_api(&inputs.api_id)?;
    if api.stage.is_some() {
        return Err(Refusal::value(
            "name",
            "ConflictException: there is a stage of this name already",
        ));
    }
    let name = &inputs.name;
    let computed = [
        ("invokeUrl", json!(format!("{}/", api.endpoint))),
        (
            "executionArn",
            json!(format!("{}/{name}", api.execution_arn)),
        ),
        (
            "arn",
            json!(format!(
                "arn:aws:apigateway:{region}::/apis/{}/stages/{name}",
                api.id
            )),
        ),
    ];
    api.stage = Some(draft);
    Ok(Created::new(inputs.name.clone(), new.inputs, computed))
}
