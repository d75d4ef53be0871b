//! The HTTP API beside the socket, for those who cannot ask through it.

use std::collections::{BTreeMap, BTreeSet};

use pulumi::{Component, Output, Scope, interpolate};
use pulumi_aws::apigatewayv2::{
    Api, ApiCorsConfiguration, Integration, Route, Stage, StageDefaultRouteSettings,
};
use tidegate_contract::functions::Function;
use tidegate_contract::http::{HttpAuthorization, HttpRoute};

use crate::functions::{Caller, Functions};
use crate::settings::{Settings, Throttle};
use crate::tags::Tags;

/// The one stage of an HTTP API that has no name in its URL, and that serves what is deployed at once: unlike that of a
/// WebSocket API, it is without traps.
const STAGE: &str = "$default";
/// How long the gateway waits for the function, in milliseconds: longer than any function may take, so that it is always
/// the function that says what went wrong.
const INTEGRATION_TIMEOUT_MS: i64 = 30_000;
/// For how long a browser keeps the answer to a preflight, in seconds.
const CORS_MAX_AGE_S: i64 = 600;

/// The API.
pub(crate) struct Http {
    /// Where it is, without a slash at the end.
    pub(crate) url: Output<String>,
    /// What a backend must be allowed to invoke, where there are routes for it.
    pub(crate) server_routes: Option<Output<String>>,
}

impl Http {
    pub(crate) fn new(
        scope: &dyn Scope,
        settings: &Settings,
        functions: &Functions,
        tags: &Tags,
    ) -> Self {
        let tags = tags.of("http");
        let component = Component::builder("tidegate:http:Http", "http").create(scope);
        let api = Api::builder("http")
            .protocol_type("HTTP")
            .cors_configuration(cors(&settings.http.allowed_origins))
            .tags(tags.clone())
            .create(&component);
        let mut integrations = BTreeMap::new();
        for route in HttpRoute::ALL {
            let function = route.function();
            if !settings.uses(function) {
                continue;
            }
            let integration = integrations
                .entry(function)
                .or_insert_with(|| integration(&component, &api, function, functions));
            Route::builder(route.name())
                .api_id(&api.id)
                .route_key(route.key())
                .authorization_type(route.authorization().as_str())
                .target(interpolate!("integrations/{}", &integration.id))
                .create(&component);
            let source = interpolate!("{}/{}/{}", &api.execution_arn, STAGE, route.arn_suffix());
            functions
                .get(function)
                .permit(&component, route.name(), Caller::ApiGateway, source);
        }
        stage(&component, &api, settings.http.throttle, tags);
        // IAM is asked for no other routes than those of backends.
        let server_routes = settings
            .uses(Function::Server)
            .then(|| interpolate!("{}/{}/*", &api.execution_arn, STAGE));
        let url = api.api_endpoint;
        component.register_outputs([("httpUrl", &url)]);
        Self { url, server_routes }
    }
}

/// Any page may ask, if the configuration names none: what opens anything is the token, which it must have. The routes of
/// backends are not for pages.
fn cors(allowed_origins: &[String]) -> ApiCorsConfiguration {
    let of_clients = HttpRoute::ALL.into_iter();
    let of_clients = of_clients.filter(|it| it.authorization() == HttpAuthorization::None);
    let methods: BTreeSet<_> = of_clients.map(HttpRoute::method).collect();
    ApiCorsConfiguration::builder()
        .allow_origins(allowed_origins.to_vec())
        .allow_methods(methods.into_iter().collect::<Vec<_>>())
        .allow_headers(["authorization"])
        .expose_headers(["apigw-requestid", "retry-after"])
        .max_age(CORS_MAX_AGE_S)
        .build()
}

fn integration(
    component: &Component,
    api: &Api,
    function: Function,
    functions: &Functions,
) -> Integration {
    Integration::builder(format!("http-{function}"))
        .api_id(&api.id)
        .integration_type("AWS_PROXY")
        .integration_method("POST")
        .integration_uri(&functions.get(function).invoke_arn)
        // Without it, the provider takes 1.0, whose events are of another shape.
        .payload_format_version("2.0")
        .timeout_milliseconds(INTEGRATION_TIMEOUT_MS)
        .create(component)
}

fn stage(component: &Component, api: &Api, throttle: Throttle, tags: BTreeMap<String, String>) {
    // Numbers always: without them, API Gateway takes zero and answers 429 to all.
    let throttle = StageDefaultRouteSettings::builder()
        .throttling_rate_limit(f64::from(throttle.rate))
        .throttling_burst_limit(i64::from(throttle.burst))
        .build();
    Stage::builder("http")
        .api_id(&api.id)
        .name(STAGE)
        .auto_deploy(true)
        .default_route_settings(throttle)
        .tags(tags)
        .create(component);
}
