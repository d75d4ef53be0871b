//! `aws:apigatewayv2/stage:Stage`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::inputs::read;
use crate::limits::Limits;
use crate::system::Throttle;

const INERT: [&str; 2] = ["description", "tags"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    api_id: String,
    name: String,
    deployment_id: Option<String>,
    default_route_settings: Option<Settings>,
    #[serde(default)]
    route_settings: Vec<RouteSettings>,
    #[serde(default)]
    stage_variables: BTreeMap<String, String>,
    access_log_settings: Option<AccessLogSettings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AccessLogSettings {
    destination_arn: String,
    format: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Settings {
    throttling_rate_limit: Option<f64>,
    throttling_burst_limit: Option<f64>,
    logging_level: Option<String>,
    detailed_metrics_enabled: Option<bool>,
    data_trace_enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RouteSettings {
    route_key: String,
    throttling_rate_limit: Option<f64>,
    throttling_burst_limit: Option<f64>,
}

/// A stage as it was registered.
#[derive(Debug)]
pub(crate) struct StageDraft {
    pub(crate) name: String,
    pub(crate) deployment: String,
    pub(crate) throttle: Throttle,
    pub(crate) route_throttles: BTreeMap<String, Throttle>,
    pub(crate) detailed_metrics: bool,
    pub(crate) variables: BTreeMap<String, String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    if cloud.is_of_http_api(new) {
        return super::http_api::stage::create(cloud, new);
    }
    let inputs: Inputs = read(new.inputs, &INERT)?;
    let name = inputs.name.clone();
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if name.is_empty() || name.len() > 128 || !name.bytes().all(valid) {
        return Err(Refusal::value(
            "name",
            "a stage of a WebSocket API is 1 to 128 letters, digits, `-` or `_`",
        ));
    }
    let settings = inputs.default_route_settings;
    let logs = settings.as_ref().is_some_and(|settings| {
        settings.data_trace_enabled == Some(true)
            || settings
                .logging_level
                .as_deref()
                .is_some_and(|level| level != "OFF")
    });
    let access_logs = inputs.access_log_settings.as_ref();
    if let Some(settings) = access_logs {
        check(settings)?;
    }
    if logs || access_logs.is_some() {
        cloud.notes.insert(format!(
            "the access and execution logs of the stage {name} are not written here"
        ));
    }
    if (logs || access_logs.is_some()) && !cloud.logs_role {
        // Whether the account has the role cannot be known here; AWS refuses the stage where it has not.
        cloud.notes.insert(format!(
            "the stage {name} logs, and the program does not set the account's role for it (aws.apigateway.Account): \
             on AWS it must be there already"
        ));
    }
    let detailed_metrics = settings
        .as_ref()
        .is_some_and(|settings| settings.detailed_metrics_enabled == Some(true));
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
    let deployment = inputs.deployment_id.clone().ok_or_else(|| {
        Refusal::value(
            "deploymentId",
            "a stage without one answers 403 to all; autoDeploy is not emulated",
        )
    })?;
    let draft = StageDraft {
        name: name.clone(),
        deployment,
        throttle,
        route_throttles: route_throttles.collect(),
        detailed_metrics,
        variables: inputs.stage_variables,
    };
    let region = cloud.endpoints.region.clone();
    let api = cloud.api(&inputs.api_id)?;
    if !api.deployments.contains_key(&draft.deployment) {
        return Err(Refusal::value(
            "deploymentId",
            format!("there is no deployment `{}`", draft.deployment),
        ));
    }
    let computed = [
        ("invokeUrl", json!(format!("{}/{name}", api.endpoint))),
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
    api.stages.insert(name.clone(), draft);
    Ok(Created::new(name.clone(), new.inputs, computed))
}

/// AWS takes no log group that is none, and no format without the request's id.
fn check(settings: &AccessLogSettings) -> Result<(), Refusal> {
    let destination = &settings.destination_arn;
    if !destination.contains(":logs:") && !destination.contains(":firehose:") {
        let problem = format!("BadRequestException: `{destination}` is not the ARN of a log group");
        return Err(Refusal::value("accessLogSettings", problem));
    }
    if !["$context.requestId", "$context.extendedRequestId"]
        .iter()
        .any(|id| settings.format.contains(id))
    {
        let problem = "BadRequestException: the format must have at least $context.requestId or \
                       $context.extendedRequestId";
        return Err(Refusal::value("accessLogSettings", problem));
    }
    Ok(())
}

/// A stage without any settings has the account's throttle.
pub(crate) fn account_throttle() -> Throttle {
    let limits = Limits::default();
    throttle_of(
        Some(as_f64(limits.requests_per_second)),
        Some(as_f64(limits.requests_burst)),
    )
}

fn as_f64(limit: u64) -> f64 {
    f64::from(u32::try_from(limit).unwrap_or(u32::MAX))
}

/// Settings without numbers are zero, and then nothing gets through: that is what AWS does, and a trap.
pub(crate) fn throttle_of(rate: Option<f64>, burst: Option<f64>) -> Throttle {
    Throttle {
        rate: rate.unwrap_or(0.0),
        burst: burst.unwrap_or(0.0),
    }
}
