//! The traps of API Gateway.

use pulumi::testing::{Declared, Deployment};
use serde_json::Value;

use crate::support::{every_plan, input};

const DEPLOYMENT: &str = "aws:apigatewayv2/deployment:Deployment";
const INTEGRATION: &str = "aws:apigatewayv2/integration:Integration";
const ROUTE: &str = "aws:apigatewayv2/route:Route";
const ROUTE_RESPONSE: &str = "aws:apigatewayv2/routeResponse:RouteResponse";
const STAGE: &str = "aws:apigatewayv2/stage:Stage";

/// All that a deployment is a copy of.
const DEPLOYED: [&str; 6] = [
    "aws:apigatewayv2/authorizer:Authorizer",
    INTEGRATION,
    "aws:apigatewayv2/integrationResponse:IntegrationResponse",
    "aws:apigatewayv2/model:Model",
    ROUTE,
    ROUTE_RESPONSE,
];

fn key(route: &Declared) -> String {
    input(route, "routeKey")
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// The routes whose replies go back to the client.
fn two_way(deployment: &Deployment) -> impl Iterator<Item = &Declared> {
    let routes = deployment.of_type(ROUTE);
    routes.filter(|route| !["$connect", "$disconnect"].contains(&key(route).as_str()))
}

#[test]
fn every_stage_has_throttles_for_without_numbers_all_would_get_429() {
    every_plan(|deployment| {
        for stage in deployment.of_type(STAGE) {
            let settings = input(stage, "defaultRouteSettings");
            for limit in ["throttlingRateLimit", "throttlingBurstLimit"] {
                let number = settings[limit].as_f64().unwrap_or_default();
                assert!(number > 0.0, "{limit} of {}: {settings}", stage.name);
            }
        }
        assert_eq!(deployment.of_type(STAGE).count(), 1);
    });
}

#[test]
fn no_stage_is_the_default_one_for_a_websocket_has_none() {
    every_plan(|deployment| {
        for stage in deployment.of_type(STAGE) {
            assert_ne!(input(stage, "name"), "$default");
            assert_ne!(
                input(stage, "autoDeploy"),
                true,
                "it would serve half of a change"
            );
        }
    });
}

#[test]
fn a_deployment_comes_after_all_that_it_is_a_copy_of() {
    every_plan(|deployment| {
        let mut copies = 0;
        for copy in deployment.of_type(DEPLOYMENT) {
            for part in DEPLOYED
                .into_iter()
                .flat_map(|kind| deployment.of_type(kind))
            {
                assert!(
                    copy.dependencies.contains(&part.urn),
                    "without it, what is served lacks {}",
                    part.urn
                );
                copies += 1;
            }
        }
        assert!(copies > 10, "{copies}");
    });
}

#[test]
fn no_function_is_served_before_it_may_be_invoked() {
    every_plan(|deployment| {
        let copy = deployment.of_type(DEPLOYMENT).next().unwrap();
        for permission in deployment.of_type("aws:lambda/permission:Permission") {
            assert!(
                copy.dependencies.contains(&permission.urn),
                "{}",
                permission.urn
            );
        }
    });
}

#[test]
fn every_two_way_route_has_both_halves_of_its_reply_or_replies_are_dropped() {
    every_plan(|deployment| {
        let mut routes = 0;
        for route in two_way(deployment) {
            let expression = input(route, "routeResponseSelectionExpression");
            assert_eq!(expression, "$default", "{}", key(route));
            let mut responses = deployment.of_type(ROUTE_RESPONSE);
            let answered =
                responses.any(|it| it.property_dependencies["routeId"].contains(&route.urn));
            assert!(answered, "{} has no route response", key(route));
            routes += 1;
        }
        assert!(routes >= 4, "{routes}");
    });
}

#[test]
fn only_the_handshake_is_authorized_for_other_routes_cannot_be() {
    every_plan(|deployment| {
        for route in deployment.of_type(ROUTE) {
            let expected = if key(route) == "$connect" {
                "CUSTOM"
            } else {
                "NONE"
            };
            assert_eq!(
                input(route, "authorizationType"),
                expected,
                "{}",
                key(route)
            );
        }
    });
}

#[test]
fn the_authorizer_runs_without_a_token_too_so_that_it_can_answer_401() {
    every_plan(|deployment| {
        for authorizer in deployment.of_type(DEPLOYED[0]) {
            // Each identity source would have to be there, and a token may come in one place or another.
            assert_eq!(input(authorizer, "identitySources"), Value::Null);
        }
    });
}

#[test]
fn no_integration_waits_longer_than_the_gateway_does_nor_shorter_than_its_function() {
    every_plan(|deployment| {
        for function in deployment.of_type("aws:lambda/function:Function") {
            let timeout = input(function, "timeout").as_i64().unwrap_or_default();
            let waits_for = |it: &&Declared| it.dependencies.contains(&function.urn);
            for integration in deployment.of_type(INTEGRATION).filter(waits_for) {
                assert!((1..29).contains(&timeout), "{}: {timeout} s", function.name);
                let waits = input(integration, "timeoutMilliseconds").as_i64();
                assert!(waits.is_none_or(|waits| (timeout * 1_000..=29_000).contains(&waits)));
            }
        }
    });
}

#[test]
fn nothing_is_a_webs_acl_on_a_websocket_stage_for_there_is_none() {
    every_plan(|deployment| {
        let association = "aws:wafv2/webAclAssociation:WebAclAssociation";
        assert_eq!(deployment.of_type(association).count(), 0);
    });
}
