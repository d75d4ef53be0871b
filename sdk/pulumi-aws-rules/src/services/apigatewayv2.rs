//! API Gateway v2: WebSocket and HTTP APIs. Stages have a file of their own.

use serde_json::Value;

use super::acm;
use crate::Origin;
use crate::judge::Judge;
use crate::types::API;

const APIS: Origin = Origin::Documented("API Gateway v2 API Reference, Apis");
const AUTHORIZERS: Origin = Origin::Documented("API Gateway v2 API Reference, Authorizers");
const CORS: Origin = Origin::Observed("API Gateway refuses `*` together with credentials");
const DOMAINS: Origin =
    Origin::Documented("API Gateway, custom domain names for WebSocket and Regional APIs");
const INTEGRATIONS: Origin = Origin::Documented("API Gateway v2 API Reference, Integrations");
const KNOWN_ISSUES: Origin = Origin::Documented("API Gateway, known issues");
const QUOTAS: Origin = Origin::Documented("API Gateway, quotas for WebSocket and HTTP APIs");
const RESPONSES: Origin = Origin::Documented("API Gateway, WebSocket selection expressions");
const ROUTES: Origin = Origin::Documented("API Gateway, routes of WebSocket and HTTP APIs");

/// What an API speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    WebSocket,
    Http,
}

impl Protocol {
    fn named(text: Option<&str>) -> Option<Self> {
        match text? {
            "WEBSOCKET" => Some(Self::WebSocket),
            "HTTP" => Some(Self::Http),
            _ => None,
        }
    }
}

/// What the API that a resource is in speaks, where that is known.
pub(super) fn protocol(judge: &Judge<'_>) -> Option<Protocol> {
    let api = judge.named_by("apiId", API)?;
    Protocol::named(api.inputs.get("protocolType").and_then(Value::as_str))
}

const ON_WEBSOCKET: &str = "in a WebSocket API";
const ON_HTTP: &str = "in an HTTP API";

pub(super) fn api(judge: &mut Judge<'_>) {
    match Protocol::named(judge.text("protocolType")) {
        Some(Protocol::WebSocket) => {
            let why = "for a WebSocket API";
            judge.require("routeSelectionExpression", why, &APIS);
            for property in ["corsConfiguration", "credentialsArn", "routeKey", "target"] {
                judge.exclude(property, why, &APIS);
            }
        }
        Some(Protocol::Http) => {
            let only = [
                "${request.method} ${request.path}",
                "$request.method $request.path",
            ];
            judge.value("routeSelectionExpression", &only, &APIS);
        }
        None => {}
    }
    let any = ["allowOrigins", "allowMethods", "allowHeaders"]
        .iter()
        .find(|list| {
            judge
                .texts(&format!("corsConfiguration.{list}"))
                .contains(&"*")
        });
    if let Some(list) = any
        && judge.is_true("corsConfiguration.allowCredentials")
    {
        let place = format!("corsConfiguration.{list}");
        judge.object(
            place,
            "must not have `*` where credentials are allowed",
            &CORS,
        );
    }
}

pub(super) fn authorizer(judge: &mut Judge<'_>) {
    let kind = judge.text("authorizerType");
    match kind {
        Some("REQUEST") => {
            judge.require("authorizerUri", "for a REQUEST authorizer", &AUTHORIZERS);
            judge.exclude("jwtConfiguration", "for a REQUEST authorizer", &AUTHORIZERS);
        }
        Some("JWT") => {
            judge.require("jwtConfiguration", "for a JWT authorizer", &AUTHORIZERS);
            judge.require("identitySources", "for a JWT authorizer", &AUTHORIZERS);
            judge.exclude("authorizerUri", "for a JWT authorizer", &AUTHORIZERS);
        }
        _ => {}
    }
    let version = judge.text("authorizerPayloadFormatVersion");
    if judge.is_true("enableSimpleResponses") && version == Some("1.0") {
        let problem = "must be 2.0 for simple responses";
        judge.object("authorizerPayloadFormatVersion", problem, &AUTHORIZERS);
    }
    match protocol(judge) {
        Some(Protocol::WebSocket) => {
            judge.value("authorizerType", &["REQUEST"], &AUTHORIZERS);
            for property in [
                "authorizerPayloadFormatVersion",
                "authorizerResultTtlInSeconds",
                "enableSimpleResponses",
            ] {
                judge.exclude(property, ON_WEBSOCKET, &AUTHORIZERS);
            }
            let beginnings = ["route.request.", "context.", "stageVariables."];
            identity_sources(judge, &beginnings);
        }
        Some(Protocol::Http) => {
            if kind == Some("REQUEST") {
                let why = "for a REQUEST authorizer of an HTTP API";
                judge.require("authorizerPayloadFormatVersion", why, &AUTHORIZERS);
            }
            let beginnings = ["$request.", "$context.", "$stageVariables."];
            identity_sources(judge, &beginnings);
        }
        None => {}
    }
}

fn identity_sources(judge: &mut Judge<'_>, beginnings: &[&str]) {
    let sources = judge.texts("identitySources");
    let begins = |source: &str| beginnings.iter().any(|begin| source.starts_with(begin));
    if !sources.iter().all(|source| begins(source)) {
        let problem = format!("must each begin with one of {}", beginnings.join(", "));
        judge.object("identitySources", problem, &AUTHORIZERS);
    }
}

pub(super) fn integration(judge: &mut Judge<'_>) {
    let kind = judge.text("integrationType");
    let by_uri = matches!(kind, Some("AWS" | "AWS_PROXY" | "HTTP" | "HTTP_PROXY"));
    if by_uri && judge.is_absent("integrationSubtype") {
        judge.require(
            "integrationUri",
            "for this type of integration",
            &INTEGRATIONS,
        );
    }
    if judge.is_given("integrationSubtype") && kind.is_some_and(|kind| kind != "AWS_PROXY") {
        let why = "for any other type of integration than AWS_PROXY";
        judge.exclude("integrationSubtype", why, &INTEGRATIONS);
    }
    if judge.text("connectionType") == Some("VPC_LINK") {
        judge.require("connectionId", "for a VPC link", &INTEGRATIONS);
    }
    let uri = judge.text("integrationUri").unwrap_or_default();
    if uri.contains(":lambda:path/") {
        judge.value("integrationMethod", &["POST"], &INTEGRATIONS);
    }
    match protocol(judge) {
        Some(Protocol::WebSocket) => {
            judge.range("timeoutMilliseconds", 50.0..=29_000.0, &QUOTAS);
            judge.value("payloadFormatVersion", &["1.0"], &INTEGRATIONS);
            for property in ["integrationSubtype", "responseParameters", "tlsConfig"] {
                judge.exclude(property, ON_WEBSOCKET, &INTEGRATIONS);
            }
        }
        Some(Protocol::Http) => {
            judge.range("timeoutMilliseconds", 50.0..=30_000.0, &QUOTAS);
            judge.value(
                "integrationType",
                &["AWS_PROXY", "HTTP_PROXY"],
                &INTEGRATIONS,
            );
            for property in [
                "contentHandlingStrategy",
                "passthroughBehavior",
                "requestTemplates",
                "templateSelectionExpression",
            ] {
                judge.exclude(property, ON_HTTP, &INTEGRATIONS);
            }
        }
        None => {}
    }
}

pub(super) fn integration_response(judge: &mut Judge<'_>) {
    let key = judge.text("integrationResponseKey").unwrap_or("$default");
    let is_pattern = key.len() > 2 && key.starts_with('/') && key.ends_with('/');
    if key != "$default" && !is_pattern {
        let problem = "must be `$default` or a regular expression between slashes: `/2\\d\\d/`";
        judge.object("integrationResponseKey", problem, &RESPONSES);
    }
    if protocol(judge) == Some(Protocol::Http) {
        judge.exclude("apiId", ON_HTTP, &RESPONSES);
    }
}

pub(super) fn route(judge: &mut Judge<'_>) {
    let kind = judge.text("authorizationType");
    match kind {
        Some("CUSTOM" | "JWT") => {
            judge.require("authorizerId", "for this type of authorization", &ROUTES);
        }
        Some("NONE") => judge.exclude("authorizerId", "without authorization", &ROUTES),
        _ => {}
    }
    let target = judge.text("target");
    if target.is_some_and(|target| !target.starts_with("integrations/")) {
        judge.object(
            "target",
            "must be `integrations/` and the integration's id",
            &ROUTES,
        );
    }
    let key = judge.text("routeKey");
    match protocol(judge) {
        Some(Protocol::WebSocket) => {
            let own = ["$connect", "$disconnect", "$default"];
            if key.is_some_and(|key| key.starts_with('$') && !own.contains(&key)) {
                let problem = format!("must be one of {} if it begins with `$`", own.join(", "));
                judge.object("routeKey", problem, &ROUTES);
            }
            judge.value("authorizationType", &["NONE", "AWS_IAM", "CUSTOM"], &ROUTES);
            let restricted = kind.is_some_and(|kind| kind != "NONE");
            if restricted && key.is_some_and(|key| key != "$connect") {
                let problem = "must be NONE: only `$connect` can be restricted";
                judge.object("authorizationType", problem, &ROUTES);
            }
            judge.value(
                "routeResponseSelectionExpression",
                &["$default"],
                &RESPONSES,
            );
            judge.exclude("authorizationScopes", ON_WEBSOCKET, &ROUTES);
        }
        Some(Protocol::Http) => {
            if key.is_some_and(|key| !is_http_key(key)) {
                let problem = "must be `$default` or a method and a path: `GET /pets`";
                judge.object("routeKey", problem, &ROUTES);
            }
            for property in [
                "modelSelectionExpression",
                "requestModels",
                "requestParameters",
                "routeResponseSelectionExpression",
            ] {
                judge.exclude(property, ON_HTTP, &ROUTES);
            }
            if judge.is_true("apiKeyRequired") {
                judge.object("apiKeyRequired", "must not be true in an HTTP API", &ROUTES);
            }
        }
        None => {}
    }
}

fn is_http_key(key: &str) -> bool {
    let methods = [
        "ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT",
    ];
    let parts = key.split_once(' ');
    key == "$default"
        || parts.is_some_and(|(method, path)| methods.contains(&method) && path.starts_with('/'))
}

pub(super) fn route_response(judge: &mut Judge<'_>) {
    judge.value("routeResponseKey", &["$default"], &RESPONSES);
    if protocol(judge) == Some(Protocol::Http) {
        judge.exclude("apiId", ON_HTTP, &RESPONSES);
    }
}

pub(super) fn domain_name(judge: &mut Judge<'_>) {
    let configuration = "domainNameConfiguration";
    judge.value(
        &format!("{configuration}.endpointType"),
        &["REGIONAL"],
        &DOMAINS,
    );
    judge.value(
        &format!("{configuration}.securityPolicy"),
        &["TLS_1_2"],
        &DOMAINS,
    );
    let name = judge.text("domainName").unwrap_or_default();
    if name.chars().any(|c| c.is_ascii_uppercase()) {
        judge.object("domainName", "must be in lower case", &DOMAINS);
    }
    let path = format!("{configuration}.certificateArn");
    acm::is_in(judge, configuration, &path, judge.region(), &DOMAINS);
}

pub(super) fn api_mapping(judge: &mut Judge<'_>) {
    let key = judge.text("apiMappingKey").unwrap_or_default();
    let taken = |c: char| c.is_ascii_alphanumeric() || "$-_.+!*'()/".contains(c);
    if !key.chars().all(taken) {
        let problem = "must have only letters, digits and $ - _ . + ! * ' ( ) /";
        judge.object("apiMappingKey", problem, &DOMAINS);
    }
    if matches!(key, "ping" | "sping") {
        let problem = "must not be `ping` or `sping`, which are API Gateway's own";
        judge.object("apiMappingKey", problem, &KNOWN_ISSUES);
    }
}
