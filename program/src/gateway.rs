//! The gateway: WebSocket APIs with their authorizer, routes and stage. There is one, or as many as `gateway.endpoints` says.

mod authorizer;
mod deployment;
mod domain;
mod logging;
mod ping;
mod routes;
mod stage;

use std::collections::BTreeMap;

use pulumi::{Component, Output, Scope, WithOptions, interpolate};
use pulumi_aws::apigatewayv2::Api;
use tidegate_contract::functions::Function;
use tidegate_contract::routes::SELECTION_EXPRESSION;

use self::deployment::Deployed;
use crate::functions::Functions;
use crate::policy::Allow;
use crate::settings::GatewaySettings;
use crate::tags::Tags;

/// The APIs, before they have any routes: functions must know where they will be called from.
pub(crate) struct Gateway {
    component: Component,
    settings: GatewaySettings,
    log_retention_days: i64,
    /// Whether an edge stands before it.
    guarded: bool,
    tags: BTreeMap<String, String>,
    endpoints: Vec<Endpoint>,
}

/// One API of the gateway.
struct Endpoint {
    /// What the names of its resources end in: nothing for the first.
    suffix: String,
    api: Api,
    management_url: Output<String>,
}

/// The APIs, served.
pub(crate) struct Served {
    /// One for each endpoint.
    pub(crate) endpoints: Vec<ServedEndpoint>,
    /// Where the domain name is to point, when the stack makes no record for it.
    pub(crate) domain_target: Option<Output<String>>,
}

/// One API, served.
pub(crate) struct ServedEndpoint {
    /// What the names of what belongs to it end in: nothing for the first.
    pub(crate) suffix: String,
    /// The id of the API.
    pub(crate) api_id: Output<String>,
    /// The name of its stage.
    pub(crate) stage: String,
    /// Where clients connect.
    pub(crate) websocket_url: Output<String>,
    /// The same by API Gateway's own name, where there is a domain name.
    pub(crate) origin_url: Output<String>,
    /// Where frames are pushed to connections.
    pub(crate) management_url: Output<String>,
}

impl Served {
    /// The ids of the APIs.
    pub(crate) fn api_ids(&self) -> Vec<Output<String>> {
        let endpoints = self.endpoints.iter();
        endpoints.map(|endpoint| endpoint.api_id.clone()).collect()
    }
}

impl Gateway {
    pub(crate) fn new(
        scope: &dyn Scope,
        settings: GatewaySettings,
        log_retention_days: u32,
        guarded: bool,
        tags: &Tags,
    ) -> Self {
        let tags = tags.of("gateway");
        let component = Component::builder("tidegate:gateway:Gateway", "gateway").create(scope);
        let endpoint = |number: u32| {
            let suffix = match number {
                1 => String::new(),
                _ => format!("-{number}"),
            };
            let api = Api::builder(format!("sockets{suffix}"))
                .protocol_type("WEBSOCKET")
                .route_selection_expression(SELECTION_EXPRESSION)
                .tags(tags.clone())
                .protect(settings.deletion_protection)
                .create(&component);
            // wss:// and https://, or ws:// and http:// on one machine: the same host serves both. Never the name of a
            // custom domain, where the stage would not be part of it.
            let base = api
                .api_endpoint
                .map(|endpoint| endpoint.replacen("ws", "http", 1));
            let management_url = interpolate!("{}/{}", &base, settings.stage());
            Endpoint {
                suffix,
                api,
                management_url,
            }
        };
        let endpoints = (1..=settings.endpoints).map(endpoint).collect();
        Self {
            component,
            settings,
            log_retention_days: i64::from(log_retention_days),
            guarded,
            tags,
            endpoints,
        }
    }

    /// Where frames are pushed to the connections of each API, as a JSON object by the API's id.
    pub(crate) fn management_urls(&self) -> Output<String> {
        let urls = self
            .endpoints
            .iter()
            .map(|endpoint| endpoint.api.id.zip(&endpoint.management_url));
        Output::all(urls).map(|urls| {
            let by_id: serde_json::Map<_, _> =
                urls.into_iter().map(|(id, url)| (id, url.into())).collect();
            serde_json::Value::Object(by_id).to_string()
        })
    }

    /// Calling the management API by these methods, for every connection.
    pub(crate) fn allow_connections(&self, methods: &'static [&'static str]) -> Allow {
        let stage = self.settings.stage();
        let arns = self.endpoints.iter().flat_map(|endpoint| {
            let arn = |method: &&str| {
                let api = &endpoint.api.execution_arn;
                interpolate!("{}/{}/{}/@connections/*", api, stage, method)
            };
            methods.iter().map(arn)
        });
        Allow {
            actions: &["execute-api:ManageConnections"],
            resources: arns.collect(),
        }
    }

    /// Gives the APIs their routes to `functions`, and serves them.
    pub(crate) fn route_to(self, functions: &Functions) -> Served {
        let logging = self.logging();
        let mut served = Vec::new();
        for endpoint in &self.endpoints {
            let mut deployed = Deployed::default();
            let authorizer =
                self.authorizer(endpoint, functions.get(Function::Authorizer), &mut deployed);
            self.routes(endpoint, functions, &authorizer, &mut deployed);
            served.push(self.stage(endpoint, &deployed, logging.as_ref()));
        }
        let domain_target = self.name_by_domain(&mut served);
        self.component.register_outputs([
            (
                "websocketUrls",
                Output::all(served.iter().map(|it| it.websocket_url.clone())),
            ),
            (
                "managementUrls",
                Output::all(served.iter().map(|it| it.management_url.clone())),
            ),
        ]);
        Served {
            endpoints: served,
            domain_target,
        }
    }
}
