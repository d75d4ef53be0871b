//! The routes of an API.

use std::collections::BTreeMap;

use pulumi::{Output, interpolate};
use pulumi_aws::apigatewayv2::{Authorizer, Integration, Route as ApiRoute, RouteResponse};
use tidegate_contract::functions::Function;
use tidegate_contract::routes::Route;

use super::{Deployed, Endpoint, Gateway, ping};
use crate::functions::{Functions, Invocable};

/// How long the gateway waits for a function, in milliseconds: the longest there is, and longer than any function may
/// take, so that it is always the function that says what went wrong.
const INTEGRATION_TIMEOUT_MS: i64 = 29_000;

impl Gateway {
    pub(super) fn routes(
        &self,
        endpoint: &Endpoint,
        functions: &Functions,
        authorizer: &Authorizer,
        deployed: &mut Deployed,
    ) {
        let mut integrations = BTreeMap::new();
        for route in Route::ALL {
            let target = match route.function() {
                Some(function) => {
                    let made = functions.get(function);
                    let source = interpolate!("{}/{}", self.settings.stage(), route.key());
                    self.permit(endpoint, route.name(), made, &source, deployed);
                    let integration = integrations
                        .entry(function)
                        .or_insert_with(|| self.integration(endpoint, function, made, deployed));
                    integration.id.clone()
                }
                None => {
                    ping::integration(&self.component, &endpoint.api, &endpoint.suffix, deployed)
                }
            };
            self.route(endpoint, route, &target, authorizer, deployed);
        }
    }

    fn integration(
        &self,
        endpoint: &Endpoint,
        function: Function,
        made: &Invocable,
        deployed: &mut Deployed,
    ) -> Integration {
        let integration = Integration::builder(format!("{function}{}", endpoint.suffix))
            .api_id(&endpoint.api.id)
            .integration_type("AWS_PROXY")
            .integration_method("POST")
            .integration_uri(&made.invoke_arn)
            .timeout_milliseconds(INTEGRATION_TIMEOUT_MS);
        deployed.add(integration, |it| it.create(&self.component))
    }

    fn route(
        &self,
        endpoint: &Endpoint,
        route: Route,
        integration: &Output<String>,
        authorizer: &Authorizer,
        deployed: &mut Deployed,
    ) {
        let name = format!("{}{}", route.name(), endpoint.suffix);
        let builder = ApiRoute::builder(&name)
            .api_id(&endpoint.api.id)
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
        let response = RouteResponse::builder(&name)
            .api_id(&endpoint.api.id)
            .route_id(&made.id)
            .route_response_key("$default");
        deployed.add(response, |it| it.create(&self.component));
    }
}
