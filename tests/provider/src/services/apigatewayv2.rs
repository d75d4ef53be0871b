//! API Gateway v2: WebSocket and HTTP APIs.

use serde_json::{Value, json};

use super::domains::unmapped;
use super::kind::{Kind, Made, Making, Parent, Proposal, Refusal, by_id};
use crate::cloud::{Cloud, Record};
use crate::naming::AutoName;

pub(super) const API: &str = "aws:apigatewayv2/api:Api";
const AUTHORIZER: &str = "aws:apigatewayv2/authorizer:Authorizer";
const DEPLOYMENT: &str = "aws:apigatewayv2/deployment:Deployment";
const INTEGRATION: &str = "aws:apigatewayv2/integration:Integration";
const INTEGRATION_RESPONSE: &str = "aws:apigatewayv2/integrationResponse:IntegrationResponse";
const MODEL: &str = "aws:apigatewayv2/model:Model";
const ROUTE: &str = "aws:apigatewayv2/route:Route";
const ROUTE_RESPONSE: &str = "aws:apigatewayv2/routeResponse:RouteResponse";
pub(super) const STAGE: &str = "aws:apigatewayv2/stage:Stage";

/// How long an integration of an HTTP API may take where nothing is said.
const HTTP_TIMEOUT_MS: i64 = 30_000;

pub(super) const IN_API: Parent = Parent {
    property: "apiId",
    token: API,
    is: by_id,
    missing: |id| not_found("API", id),
};

const CHILD: Kind = Kind {
    within: &["apiId"],
    parents: &[IN_API],
    ..Kind::PLAIN
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: API,
        noun: "API Gateway v2 API",
        name: AutoName::name(128),
        // DeleteApi takes everything in it along.
        children: &[
            (AUTHORIZER, "apiId"),
            (DEPLOYMENT, "apiId"),
            (INTEGRATION, "apiId"),
            (INTEGRATION_RESPONSE, "apiId"),
            (MODEL, "apiId"),
            (ROUTE, "apiId"),
            (ROUTE_RESPONSE, "apiId"),
            (STAGE, "apiId"),
        ],
        make: make_api,
        release: |cloud, api| unmapped(cloud, api.id.as_str(), None),
        ..Kind::PLAIN
    },
    Kind {
        token: AUTHORIZER,
        noun: "API Gateway v2 Authorizer",
        name: AutoName::name(128),
        allow: |proposal| unique(proposal, AUTHORIZER, "apiId", "name"),
        make: |making| Made::new(making.ids.base36("authorizer", 6), []),
        release: release_authorizer,
        ..CHILD
    },
    Kind {
        token: DEPLOYMENT,
        noun: "API Gateway v2 Deployment",
        allow: allow_deployment,
        make: |making| {
            Made::new(
                making.ids.base36("deployment", 6),
                [("autoDeployed", json!(false))],
            )
        },
        release: release_deployment,
        ..CHILD
    },
    Kind {
        token: INTEGRATION,
        noun: "API Gateway v2 Integration",
        make: make_integration,
        release: release_integration,
        children: &[(INTEGRATION_RESPONSE, "integrationId")],
        ..CHILD
    },
    Kind {
        token: INTEGRATION_RESPONSE,
        noun: "API Gateway v2 Integration Response",
        within: &["apiId", "integrationId"],
        parents: &[
            IN_API,
            Parent {
                property: "integrationId",
                token: INTEGRATION,
                is: by_id,
                missing: |id| not_found("Integration", id),
            },
        ],
        allow: |proposal| {
            let parent = "integrationId";
            unique(
                proposal,
                INTEGRATION_RESPONSE,
                parent,
                "integrationResponseKey",
            )
        },
        make: |making| Made::new(making.ids.base36("response", 6), []),
        ..CHILD
    },
    Kind {
        token: MODEL,
        noun: "API Gateway v2 Model",
        allow: |proposal| unique(proposal, MODEL, "apiId", "name"),
        make: |making| Made::new(making.ids.base36("model", 6), []),
        ..CHILD
    },
    Kind {
        token: ROUTE,
        noun: "API Gateway v2 Route",
        allow: allow_route,
        make: |making| Made::new(making.ids.base36("route", 7), []),
        children: &[(ROUTE_RESPONSE, "routeId")],
        ..CHILD
    },
    Kind {
        token: ROUTE_RESPONSE,
        noun: "API Gateway v2 Route Response",
        within: &["apiId", "routeId"],
        parents: &[
            IN_API,
            Parent {
                property: "routeId",
                token: ROUTE,
                is: by_id,
                missing: |id| not_found("Route", id),
            },
        ],
        allow: |proposal| unique(proposal, ROUTE_RESPONSE, "routeId", "routeResponseKey"),
        make: |making| Made::new(making.ids.base36("response", 6), []),
        ..CHILD
    },
    Kind {
        token: STAGE,
        noun: "API Gateway v2 Stage",
        name: AutoName::name(128),
        allow: allow_stage,
        make: make_stage,
        release: |cloud, stage| unmapped(cloud, stage.text("apiId"), Some(stage.id.as_str())),
        ..CHILD
    },
];

pub(super) fn not_found(what: &str, id: &str) -> Refusal {
    let message = format!("Invalid {what} identifier specified 000000000000:{id}");
    Refusal::new("NotFoundException", message)
}

pub(super) fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal::new("BadRequestException", message)
}

pub(super) fn conflict(message: impl Into<String>) -> Refusal {
    Refusal::new("ConflictException", message)
}

/// A key may be given once within the same parent.
fn unique(
    proposal: &Proposal<'_>,
    token: &'static str,
    parent: &str,
    property: &str,
) -> Result<(), Refusal> {
    let (outer, wanted) = (proposal.text(parent), proposal.text(property));
    let twice = proposal
        .others(token)
        .any(|other| other.text(parent) == outer && other.text(property) == wanted);
    if !twice {
        return Ok(());
    }
    let noun = token.rsplit(':').next().unwrap_or_default();
    let place = if parent == "apiId" { "API" } else { "parent" };
    Err(conflict(format!(
        "{noun} with key {wanted} already exists for this {place}"
    )))
}

pub(super) fn children<'c>(
    cloud: &'c Cloud,
    token: &'c str,
    api: &'c str,
) -> impl Iterator<Item = &'c Record> {
    cloud
        .all(token)
        .filter(move |record| record.text("apiId") == api)
}

pub(super) fn is_websocket(cloud: &Cloud, api: &str) -> bool {
    let api = cloud.by_id(API, api);
    api.is_some_and(|api| api.text("protocolType") == "WEBSOCKET")
}

fn make_api(making: &Making<'_>) -> Made {
    let id = making.ids.base36("api", 10);
    let scheme = match making.text("protocolType") {
        "WEBSOCKET" => "wss",
        _ => "https",
    };
    let region = making.region;
    let endpoint = format!("{scheme}://{id}.execute-api.{region}.amazonaws.com");
    Made::new(
        id.clone(),
        [
            ("apiEndpoint", json!(endpoint)),
            (
                "arn",
                json!(format!("arn:aws:apigateway:{region}::/apis/{id}")),
            ),
            ("executionArn", json!(making.arn("execute-api", &id))),
            ("ipAddressType", making.or("ipAddressType", json!("ipv4"))),
        ],
    )
}

fn release_authorizer(cloud: &Cloud, authorizer: &Record) -> Result<(), Refusal> {
    let api = authorizer.text("apiId");
    let user =
        children(cloud, ROUTE, api).find(|route| route.text("authorizerId") == authorizer.id);
    match user {
        None => Ok(()),
        Some(route) => Err(conflict(format!(
            "Cannot delete authorizer '{}', is referenced in route: {}",
            authorizer.id,
            route.text("routeKey")
        ))),
    }
}

fn allow_deployment(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    if proposal.existing.is_none()
        && children(proposal.cloud, ROUTE, proposal.text("apiId"))
            .next()
            .is_none()
    {
        return Err(bad_request(
            "At least one route is required before deploying the Api.",
        ));
    }
    Ok(())
}

fn release_deployment(cloud: &Cloud, deployment: &Record) -> Result<(), Refusal> {
    let api = deployment.text("apiId");
    let active =
        children(cloud, STAGE, api).any(|stage| stage.text("deploymentId") == deployment.id);
    if active {
        return Err(bad_request(
            "Active stages pointing to this deployment must be moved or deleted",
        ));
    }
    Ok(())
}

fn make_integration(making: &Making<'_>) -> Made {
    let id = making.ids.base36("integration", 7);
    if is_websocket(making.cloud, making.text("apiId")) {
        return Made::new(id, []);
    }
    let timeout = making.or("timeoutMilliseconds", json!(HTTP_TIMEOUT_MS));
    Made::new(
        id,
        [
            ("integrationResponseSelectionExpression", json!("")),
            ("timeoutMilliseconds", timeout),
        ],
    )
}

fn release_integration(cloud: &Cloud, integration: &Record) -> Result<(), Refusal> {
    let target = format!("integrations/{}", integration.id);
    let api = integration.text("apiId");
    match children(cloud, ROUTE, api).find(|route| route.text("target") == target) {
        None => Ok(()),
        Some(route) => Err(conflict(format!(
            "Cannot delete Integration with id {} because it is referenced by Route with key {}",
            integration.id,
            route.text("routeKey")
        ))),
    }
}

fn allow_route(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    unique(proposal, ROUTE, "apiId", "routeKey")?;
    let api = proposal.text("apiId");
    let has = |token: &'static str, id: &str| {
        children(proposal.cloud, token, api).any(|record| record.id == id)
    };
    let target = proposal.text("target");
    if !target.is_empty() {
        let id = target.strip_prefix("integrations/").unwrap_or_default();
        if !has(INTEGRATION, id) {
            return Err(not_found("Integration", id));
        }
    }
    let authorizer = proposal.text("authorizerId");
    let wants_authorizer = matches!(proposal.text("authorizationType"), "CUSTOM" | "JWT");
    if wants_authorizer && !has(AUTHORIZER, authorizer) {
        return Err(not_found("Authorizer", authorizer));
    }
    Ok(())
}

fn allow_stage(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let (api, name) = (proposal.text("apiId"), proposal.text("name"));
    let twice = proposal
        .others(STAGE)
        .any(|other| other.text("apiId") == api && other.text("name") == name);
    if twice {
        return Err(conflict("Stage already exists"));
    }
    let deployment = proposal.text("deploymentId");
    let there = children(proposal.cloud, DEPLOYMENT, api).any(|record| record.id == deployment);
    if !deployment.is_empty() && !there {
        return Err(bad_request("Invalid Deployment identifier specified"));
    }
    let settings = proposal.inputs.get("defaultRouteSettings");
    let routes = proposal
        .inputs
        .get("routeSettings")
        .and_then(Value::as_array);
    let logs = settings
        .into_iter()
        .chain(routes.into_iter().flatten())
        .any(logs);
    let logs = logs || proposal.inputs.contains_key("accessLogSettings");
    if logs && proposal.cloud.account.cloudwatch_role_arn.is_none() {
        return Err(bad_request(
            "CloudWatch Logs role ARN must be set in account settings to enable logging",
        ));
    }
    Ok(())
}

/// Whether settings of a route ask for logs of executions.
fn logs(settings: &Value) -> bool {
    let level = settings.get("loggingLevel").and_then(Value::as_str);
    level.is_some_and(|level| level != "OFF")
        || settings.get("dataTraceEnabled").and_then(Value::as_bool) == Some(true)
}

fn make_stage(making: &Making<'_>) -> Made {
    let (api, name) = (making.text("apiId"), making.text("name"));
    let found = making.cloud.by_id(API, api);
    let endpoint = found.map_or("", |api| api.text("apiEndpoint"));
    let region = making.region;
    let arn = format!("arn:aws:apigateway:{region}::/apis/{api}/stages/{name}");
    Made::new(
        name,
        [
            ("arn", json!(arn)),
            (
                "executionArn",
                json!(making.arn("execute-api", &format!("{api}/{name}"))),
            ),
            ("invokeUrl", json!(format!("{endpoint}/{name}"))),
        ],
    )
}
