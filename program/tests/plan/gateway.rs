//! The gateway, beside the traps that `traps` looks for.

use std::collections::BTreeMap;

use pulumi::testing::Declared;
use serde_json::{Value, json};

use crate::support::{every_plan, input};

const AUTHORIZER: &str = "aws:apigatewayv2/authorizer:Authorizer";
const ALIAS: &str = "aws:lambda/alias:Alias";
const PERMISSION: &str = "aws:lambda/permission:Permission";
const ROUTE: &str = "aws:apigatewayv2/route:Route";

fn key(route: &Declared) -> String {
    input(route, "routeKey")
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn only_the_handshake_is_authorized_for_other_routes_cannot_be() {
    every_plan(|deployment| {
        let sockets = deployment.of_type(ROUTE);
        for route in sockets.filter(|route| input(route, "apiId") != "api-http") {
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
fn frames_are_never_pushed_by_the_name_of_a_domain_where_the_stage_is_no_part_of_it() {
    every_plan(|deployment| {
        for (name, url) in &deployment.outputs {
            if name.starts_with("managementUrl") {
                let url = format!("{url:?}");
                assert!(url.contains("https://sockets"), "{name}: {url}");
            }
        }
        for function in deployment.of_type("aws:lambda/function:Function") {
            let variables = &input(function, "environment")["variables"];
            let Some(urls) = variables["TIDEGATE_MANAGEMENT_URLS"].as_str() else {
                continue;
            };
            let urls: BTreeMap<String, String> = serde_json::from_str(urls).unwrap();
            assert!(
                urls.values().all(|url| url.starts_with("https://sockets")),
                "{urls:?}"
            );
        }
    });
}

#[test]
fn the_authorizer_runs_without_a_token_too_so_that_it_can_answer_401() {
    every_plan(|deployment| {
        for authorizer in deployment.of_type(AUTHORIZER) {
            // Each identity source would have to be there, and a token may come in one place or another.
            let edge = deployment.of_type("aws:cloudfront/distribution:Distribution");
            let expected = match edge.count() {
                0 => Value::Null,
                _ => json!(["route.request.header.X-Origin-Verify"]),
            };
            assert_eq!(input(authorizer, "identitySources"), expected);
        }
    });
}

/// Lambda has no permission for an alias that is not there, and which of both is made first is chance otherwise.
#[test]
fn a_permission_for_an_alias_is_made_after_the_alias() {
    every_plan(|deployment| {
        let aliases: Vec<_> = deployment.of_type(ALIAS).map(|it| &it.urn).collect();
        for permission in deployment.of_type(PERMISSION) {
            if input(permission, "qualifier") == Value::Null {
                continue;
            }
            let after = aliases
                .iter()
                .any(|&it| permission.dependencies.contains(it));
            assert!(after, "{}", permission.urn);
        }
    });
}
