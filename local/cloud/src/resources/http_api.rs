//! `aws:apigatewayv2/api:Api`, of HTTP.

pub(crate) mod integration;
pub(crate) mod route;
pub(crate) mod stage;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use self::stage::StageDraft;
use super::permission::{Permission, permits};
use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;
use crate::route_key::RouteKey;
use crate::system::{Cors, HttpApi, HttpIntegration, HttpRoute, HttpStage};

const INERT: [&str; 4] = ["description", "ipAddressType", "tags", "version"];
const METHODS: [&str; 8] = [
    "*", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT",
];
/// The one that there is, in both ways in which it is written.
const ROUTE_SELECTIONS: [&str; 2] = [
    "$request.method $request.path",
    "${request.method} ${request.path}",
];
/// The longest that a preflight may hold, in seconds: what AWS takes.
const MAX_MAX_AGE_S: i64 = 86_400;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    #[serde(rename = "protocolType")]
    _protocol_type: String,
    cors_configuration: Option<CorsInputs>,
    disable_execute_api_endpoint: Option<bool>,
    route_selection_expression: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct CorsInputs {
    allow_origins: Vec<String>,
    allow_methods: Vec<String>,
    allow_headers: Vec<String>,
    expose_headers: Vec<String>,
    max_age: Option<i64>,
    allow_credentials: bool,
}

/// An HTTP API with everything that was registered for it.
#[derive(Debug)]
pub(crate) struct HttpApiDraft {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) endpoint: String,
    pub(crate) execution_arn: String,
    pub(crate) cors: Option<Cors>,
    pub(crate) integrations: BTreeMap<String, HttpIntegration>,
    pub(crate) routes: Vec<RouteDraft>,
    pub(crate) stage: Option<StageDraft>,
}

/// A route as it was registered.
#[derive(Debug)]
pub(crate) struct RouteDraft {
    pub(crate) key: RouteKey,
    pub(crate) iam: bool,
    pub(crate) integration: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    if inputs.disable_execute_api_endpoint == Some(true) {
        return Err(Refusal::value(
            "disableExecuteApiEndpoint",
            "the local runtime serves no other endpoint: leave it out of this stack",
        ));
    }
    if inputs
        .route_selection_expression
        .is_some_and(|expression| !ROUTE_SELECTIONS.contains(&expression.as_str()))
    {
        return Err(Refusal::value(
            "routeSelectionExpression",
            "an HTTP API has only `$request.method $request.path`: leave it out",
        ));
    }
    let cors = inputs.cors_configuration.map(cors).transpose()?;
    let served = cloud.http_apis.len();
    let endpoint = cloud.endpoints.http_apis.get(served).cloned();
    let endpoint = endpoint.ok_or_else(|| {
        Refusal::Order(format!(
            "the local runtime serves {served} HTTP API(s) of a stack, and this is one more"
        ))
    })?;
    let id = base36(new.urn, "api", 10);
    let execution_arn = cloud.arn("execute-api", &id);
    let name = name_or_auto(inputs.name, new);
    let region = &cloud.endpoints.region;
    let computed = [
        ("name", json!(name)),
        ("apiEndpoint", json!(endpoint)),
        (
            "arn",
            json!(format!("arn:aws:apigateway:{region}::/apis/{id}")),
        ),
        ("executionArn", json!(execution_arn)),
    ];
    let created = Created::new(id.clone(), new.inputs, computed);
    cloud.http_apis.push(HttpApiDraft {
        id,
        name,
        endpoint,
        execution_arn,
        cors,
        integrations: BTreeMap::new(),
        routes: Vec::new(),
        stage: None,
    });
    Ok(created)
}

fn cors(inputs: CorsInputs) -> Result<Cors, Refusal> {
    let CorsInputs {
        allow_origins,
        allow_methods,
        allow_headers,
        expose_headers,
        max_age,
        allow_credentials,
    } = inputs;
    let any = |values: &[String]| values.iter().any(|value| value == "*");
    if allow_credentials && any(&allow_origins) {
        return Err(Refusal::value(
            "corsConfiguration.allowCredentials",
            "must not be with an origin `*`: browsers refuse it",
        ));
    }
    let origin = |origin: &String| {
        origin == "*" || origin.starts_with("https://") || origin.starts_with("http://")
    };
    if let Some(wrong) = allow_origins.iter().find(|value| !origin(value)) {
        return Err(Refusal::value(
            "corsConfiguration.allowOrigins",
            format!("`{wrong}` is neither `*` nor an origin such as https://app.example.com"),
        ));
    }
    if let Some(wrong) = allow_methods
        .iter()
        .find(|method| !METHODS.contains(&method.as_str()))
    {
        return Err(Refusal::value(
            "corsConfiguration.allowMethods",
            format!("`{wrong}` is none of {}", METHODS.join(", ")),
        ));
    }
    if max_age.is_some_and(|age| !(-1..=MAX_MAX_AGE_S).contains(&age)) {
        return Err(Refusal::value(
            "corsConfiguration.maxAge",
            format!("must be from -1 to {MAX_MAX_AGE_S} seconds"),
        ));
    }
    Ok(Cors {
        allow_origins,
        allow_methods,
        allow_headers,
        expose_headers,
        max_age_s: max_age,
        allow_credentials,
    })
}

/// The API as it is served. Permissions are looked at now, as Lambda does.
pub(crate) fn to_system(api: &HttpApiDraft, account: &str, permissions: &[Permission]) -> HttpApi {
    let stage = api.stage.as_ref().map(|stage| HttpStage {
        name: stage.name.clone(),
        routes: api
            .routes
            .iter()
            .map(|draft| {
                let source = format!(
                    "{}/{}/{}",
                    api.execution_arn,
                    stage.name,
                    draft.key.arn_suffix()
                );
                let integration = draft.integration.as_ref();
                let integration = integration.and_then(|id| api.integrations.get(id)).cloned();
                HttpRoute {
                    key: draft.key.clone(),
                    iam: draft.iam,
                    integration: integration.map(|integration| HttpIntegration {
                        permitted: permits(permissions, &integration.function, &source),
                        ..integration
                    }),
                }
            })
            .collect(),
        throttle: stage.throttle,
        route_throttles: stage.route_throttles.clone(),
        variables: stage.variables.clone(),
    });
    HttpApi {
        id: api.id.clone(),
        name: api.name.clone(),
        account: account.to_owned(),
        endpoint: api.endpoint.clone(),
        cors: api.cors.clone(),
        stage,
    }
}
