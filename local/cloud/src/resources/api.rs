//! `aws:apigatewayv2/api:Api`, of WebSockets.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::function::function_of;
use super::permission::{Permission, permits};
use super::stage::StageDraft;
use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;
use crate::selection::SelectionExpression;
use crate::system::{Deployment, Integration, Route, Stage, WebSocketApi};
use crate::template::Template;

const INERT: [&str; 3] = ["description", "ipAddressType", "tags"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    protocol_type: String,
    route_selection_expression: Option<String>,
}

/// An API with everything that was registered for it, deployed or not.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) endpoint: String,
    pub(crate) execution_arn: String,
    pub(crate) selection: SelectionExpression,
    pub(crate) routes: BTreeMap<String, RouteDraft>,
    pub(crate) authorizers: BTreeMap<String, crate::system::Authorizer>,
    pub(crate) integrations: BTreeMap<String, IntegrationDraft>,
    pub(crate) deployments: BTreeMap<String, Deployment>,
    pub(crate) stages: BTreeMap<String, StageDraft>,
}

/// A route as it was registered.
#[derive(Debug, Clone)]
pub(crate) struct RouteDraft {
    pub(crate) id: String,
    pub(crate) authorizer: Option<String>,
    pub(crate) integration: Option<String>,
    pub(crate) wants_response: bool,
    pub(crate) has_response: bool,
}

/// An integration as it was registered.
#[derive(Debug, Clone)]
pub(crate) struct IntegrationDraft {
    pub(crate) kind: Integration,
    /// Response templates of a MOCK, by response key.
    pub(crate) responses: BTreeMap<String, Template>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    if new.inputs.get("protocolType").and_then(Value::as_str) == Some("HTTP") {
        return super::http_api::create(cloud, new);
    }
    let inputs: Inputs = read(new.inputs, &INERT)?;
    if inputs.protocol_type != "WEBSOCKET" {
        return Err(Refusal::value("protocolType", "must be WEBSOCKET or HTTP"));
    }
    let expression = inputs.route_selection_expression;
    let expression = expression
        .ok_or_else(|| Refusal::value("routeSelectionExpression", "a WebSocket API needs one"))?;
    let selection = SelectionExpression::parse(&expression)
        .map_err(|error| Refusal::value("routeSelectionExpression", error.to_string()))?;
    let endpoint = cloud
        .endpoints
        .websocket_apis
        .get(cloud.apis.len())
        .cloned()
        .ok_or_else(|| {
            let most = cloud.endpoints.websocket_apis.len();
            Refusal::Order(format!(
                "the local runtime serves {most} WebSocket API(s) of a stack, and this is one more"
            ))
        })?;
    let id = base36(new.urn, "api", 10);
    let execution_arn = cloud.arn("execute-api", &id);
    let name = name_or_auto(inputs.name, new);
    let computed = [
        ("name", json!(name)),
        ("apiEndpoint", json!(endpoint)),
        (
            "arn",
            json!(format!(
                "arn:aws:apigateway:{}::/apis/{id}",
                cloud.endpoints.region
            )),
        ),
        ("executionArn", json!(execution_arn)),
    ];
    let created = Created::new(id.clone(), new.inputs, computed);
    cloud.apis.push(Api {
        id,
        name,
        endpoint,
        execution_arn,
        selection,
        routes: BTreeMap::new(),
        authorizers: BTreeMap::new(),
        integrations: BTreeMap::new(),
        deployments: BTreeMap::new(),
        stages: BTreeMap::new(),
    });
    Ok(created)
}

/// The API as it is served. Permissions are looked at now and not when it is deployed, as Lambda does.
pub(crate) fn to_system(api: &Api, permissions: &[Permission]) -> WebSocketApi {
    let stages = api.stages.values().filter_map(|stage| {
        let deployment = api.deployments.get(&stage.deployment)?;
        let execution_arn = format!("{}/{}", api.execution_arn, stage.name);
        let routes = deployment.routes.iter().map(|(key, route)| {
            let permitted = permitted(route, &api.execution_arn, &execution_arn, permissions);
            (key.clone(), permitted)
        });
        let deployment = Deployment {
            routes: routes.collect(),
            ..deployment.clone()
        };
        let stage = Stage {
            name: stage.name.clone(),
            execution_arn,
            deployment: Arc::new(deployment),
            throttle: stage.throttle,
            route_throttles: stage.route_throttles.clone(),
            detailed_metrics: stage.detailed_metrics,
            variables: stage.variables.clone(),
        };
        Some((stage.name.clone(), stage))
    });
    WebSocketApi {
        id: api.id.clone(),
        name: api.name.clone(),
        endpoint: api.endpoint.clone(),
        stages: stages.collect(),
    }
}

/// The route with its permissions, which belong to an alias where one is invoked; what is invoked in the end is the
/// function, of which there is one version here.
fn permitted(route: &Route, api_arn: &str, stage_arn: &str, permissions: &[Permission]) -> Route {
    let mut route = route.clone();
    if let Some(authorizer) = &mut route.authorizer {
        let source = format!("{api_arn}/{}", authorizer.arn_suffix);
        authorizer.permitted = permits(permissions, &authorizer.function, &source);
        authorizer.function = function_of(&authorizer.function).to_owned();
    }
    if let Some(Integration::Function {
        name, permitted, ..
    }) = &mut route.integration
    {
        *permitted = permits(permissions, name, &format!("{stage_arn}/{}", route.key));
        *name = function_of(name).to_owned();
    }
    route
}
