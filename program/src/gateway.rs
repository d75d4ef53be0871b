//! The gateway: the WebSocket API with its authorizer, routes and stage.

mod deployment;
mod ping;

use std::collections::BTreeMap;

use pulumi::{AsResource, Component, Output, interpolate};
use pulumi::{Scope, WithOptions};
use pulumi_aws::apigatewayv2::{
    Api, Authorizer, Deployment, Integration, Route as ApiRoute, RouteResponse, Stage,
    StageDefaultRouteSettings,
};
use pulumi_aws::lambda::{self, Permission};
use serde_json::json;
use tidegate_contract::functions::Function;
use tidegate_contract::routes::{Route, SELECTION_EXPRESSION};

use self::deployment::Deployed;
use crate::functions::Functions;
use crate::policy::Allow;
use crate::settings::GatewaySettings;
use crate::tags::Tags;

/// How long the gateway waits for a function, in milliseconds: the longest there is, and longer than any function may
/// take, so that it is always the function that says what went wrong.
const INTEGRATION_TIMEOUT_MS: i64 = 29_000;

/// The API, before it has any routes: functions must know where they will be called from.
pub(crate) struct Gateway {
    component: Component,
    settings: GatewaySettings,
    tags: BTreeMap<String, String>,
    api: Api,
    /// Where frames are pushed to connections.
    pub(crate) management_url: Output<String>,
}

/// The API, served.
pub(crate) struct Served {
    /// Where clients connect.
    pub(crate) websocket_url: Output<String>,
    /// Where frames are pushed to connections.
    pub(crate) management_url: Output<String>,
}

impl Gateway {
    pub(crate) fn new(scope: &dyn Scope, settings: GatewaySettings, tags: &Tags) -> Self {
        let tags = tags.of("gateway");
        let component = Component::builder("tidegate:gateway:Gateway", "gateway").create(scope);
        let api = Api::builder("sockets")
            .protocol_type("WEBSOCKET")
            .route_selection_expression(SELECTION_EXPRESSION)
            .tags(tags.clone())
            .protect(settings.deletion_protection)
            .create(&component);
        // wss:// and https://, or ws:// and http:// on one machine: the same host serves both.
        let base = api
            .api_endpoint
            .map(|endpoint| endpoint.replacen("ws", "http", 1));
        let management_url = interpolate!("{}/{}", &base, &settings.stage);
        Self {
            component,
            settings,
            tags,
            api,
            management_url,
        }
    }

    /// The management API of each WebSocket API, as functions are told: a JSON object of API ids and URLs.
    pub(crate) fn management_urls(&self) -> Output<String> {
        let both = [self.api.id.clone(), self.management_url.clone()];
        Output::all(both).map(|both| {
            let pairs = both
                .chunks_exact(2)
                .map(|it| (it[0].clone(), it[1].clone()));
            json!(pairs.collect::<BTreeMap<_, _>>()).to_string()
        })
    }

    /// Pushing to connections and ending them.
    pub(crate) fn allow_sending(&self) -> Allow {
        let methods = ["POST", "DELETE"];
        let arn = |method| {
            interpolate!(
                "{}/{}/{}/@connections/*",
                &self.api.execution_arn,
                &self.settings.stage,
                method
            )
        };
        Allow {
            actions: &["execute-api:ManageConnections"],
            resources: methods.map(arn).into(),
        }
    }

    /// Gives the API its routes to `functions`, and serves it.
    pub(crate) fn route_to(self, functions: &Functions) -> Served {
        let mut deployed = Deployed::default();
        let authorizer = self.authorizer(functions.get(Function::Authorizer), &mut deployed);
        let mut integrations = BTreeMap::new();
        for route in Route::ALL {
            let target = match route.function() {
                Some(function) => {
                    let made = functions.get(function);
                    self.permit(
                        route.name(),
                        made,
                        &interpolate!("{}/{}", &self.settings.stage, route.key()),
                        &mut deployed,
                    );
                    let integration = integrations
                        .entry(function)
                        .or_insert_with(|| self.integration(function, made, &mut deployed));
                    integration.id.clone()
                }
                None => ping::integration(&self.component, &self.api, &mut deployed),
            };
            self.route(route, &target, &authorizer, &mut deployed);
        }
        self.stage(&deployed)
    }

    fn authorizer(&self, function: &lambda::Function, deployed: &mut Deployed) -> Authorizer {
        // No identity source: each would have to be there, and a token may come in one place or another. So the
        // function always runs, and a missing token is its to refuse.
        let authorizer = Authorizer::builder("authorizer")
            .api_id(&self.api.id)
            .authorizer_type("REQUEST")
            .authorizer_uri(&function.invoke_arn);
        let authorizer = deployed.add(authorizer, |it| it.create(&self.component));
        self.permit(
            "authorizer",
            function,
            &interpolate!("authorizers/{}", &authorizer.id),
            deployed,
        );
        authorizer
    }

    /// Lets the API invoke a function, for one route only.
    fn permit(
        &self,
        name: &str,
        function: &lambda::Function,
        source: &Output<String>,
        deployed: &mut Deployed,
    ) {
        let permission = Permission::builder(name)
            .action("lambda:InvokeFunction")
            .function(&function.name)
            .principal("apigateway.amazonaws.com")
            .source_arn(interpolate!("{}/{}", &self.api.execution_arn, source))
            .create(&self.component);
        deployed.wait_for(&permission);
    }

    fn integration(
        &self,
        function: Function,
        made: &lambda::Function,
        deployed: &mut Deployed,
    ) -> Integration {
        let integration = Integration::builder(function.name())
            .api_id(&self.api.id)
            .integration_type("AWS_PROXY")
            .integration_method("POST")
            .integration_uri(&made.invoke_arn)
            .timeout_milliseconds(INTEGRATION_TIMEOUT_MS);
        deployed.add(integration, |it| it.create(&self.component))
    }

    fn route(
        &self,
        route: Route,
        integration: &Output<String>,
        authorizer: &Authorizer,
        deployed: &mut Deployed,
    ) {
        let builder = ApiRoute::builder(route.name())
            .api_id(&self.api.id)
            .route_key(route.key())
            .target(interpolate!("integrations/{}", integration));
        let builder = match route {
            Route::Connect => builder
                .authorization_type("CUSTOM")
                .authorizer_id(&authorizer.id),
            _ => builder.authorization_type("NONE"),
        };
        if !route.is_two_way() {
            deployed.add(builder, |it| it.create(&self.component));
            return;
        }
        // Both are needed: without either, replies are dropped in silence.
        let builder = builder.route_response_selection_expression("$default");
        let made = deployed.add(builder, |it| it.create(&self.component));
        let response = RouteResponse::builder(route.name())
            .api_id(&self.api.id)
            .route_id(&made.id)
            .route_response_key("$default");
        deployed.add(response, |it| it.create(&self.component));
    }

    fn stage(self, deployed: &Deployed) -> Served {
        let Self {
            component,
            settings,
            tags,
            api,
            management_url,
        } = self;
        let deployment = Deployment::builder("deployment")
            .api_id(&api.id)
            .triggers([("content", deployed.trigger())]);
        let dependencies: Vec<&dyn AsResource> = deployed
            .resources
            .iter()
            .map(|made| made as &dyn AsResource)
            .collect();
        let deployment = deployment.depends_on(&dependencies).create(&component);
        // Numbers always: without them, API Gateway takes zero and answers 429 to all.
        let throttle = StageDefaultRouteSettings::builder()
            .throttling_rate_limit(f64::from(settings.throttle.rate))
            .throttling_burst_limit(i64::from(settings.throttle.burst))
            .build();
        let stage = Stage::builder("stage")
            .api_id(&api.id)
            .name(&settings.stage)
            .deployment_id(&deployment.id)
            .default_route_settings(throttle)
            .tags(tags)
            .protect(settings.deletion_protection)
            .create(&component);
        let websocket_url = stage.invoke_url;
        component.register_outputs([
            ("websocketUrl", &websocket_url),
            ("managementUrl", &management_url),
        ]);
        Served {
            websocket_url,
            management_url,
        }
    }
}
