//! The HTTP API beside the socket.

use std::collections::BTreeMap;

use pulumi::testing::{Declared, Deployment};
use serde_json::{Value, json};

use crate::support::{every_plan, input, run};

/// What is declared in every variant that has the API.
fn every_plan_with_it(check: impl Fn(&Deployment)) {
    every_plan(|deployment| {
        if of_http(deployment, STAGE).next().is_some() {
            check(deployment);
        } else {
            assert!(!deployment.outputs.contains_key("httpUrl"));
        }
    });
}

const INTEGRATION: &str = "aws:apigatewayv2/integration:Integration";
const ROUTE: &str = "aws:apigatewayv2/route:Route";
const STAGE: &str = "aws:apigatewayv2/stage:Stage";

fn of_http<'a>(
    deployment: &'a Deployment,
    type_token: &'static str,
) -> impl Iterator<Item = &'a Declared> {
    let all = deployment.of_type(type_token);
    all.filter(|resource| input(resource, "apiId") == "api-http")
}

#[test]
fn its_one_stage_serves_at_once_and_lets_requests_through() {
    every_plan_with_it(|deployment| {
        let stages: Vec<_> = of_http(deployment, STAGE).collect();
        assert_eq!(stages.len(), 1);
        assert_eq!(input(stages[0], "name"), "$default");
        assert_eq!(input(stages[0], "autoDeploy"), true);
        let settings = input(stages[0], "defaultRouteSettings");
        assert!(settings["throttlingRateLimit"].as_f64() > Some(0.0));
        assert!(settings["throttlingBurstLimit"].as_f64() > Some(0.0));
    });
}

#[test]
fn its_functions_get_events_of_the_format_that_they_read() {
    every_plan_with_it(|deployment| {
        let mut integrations = 0;
        for integration in of_http(deployment, INTEGRATION) {
            assert_eq!(input(integration, "payloadFormatVersion"), "2.0");
            integrations += 1;
        }
        assert!(integrations > 0);
    });
}

#[test]
fn each_of_its_routes_may_invoke_its_function_and_no_other_may() {
    every_plan_with_it(|deployment| {
        let mut permitted: Vec<String> = deployment
            .of_type("aws:lambda/permission:Permission")
            .filter_map(|permission| input(permission, "sourceArn").as_str().map(str::to_owned))
            .filter(|source| source.contains(":http/"))
            .collect();
        let mut expected: Vec<String> = of_http(deployment, ROUTE)
            .map(|route| {
                let key = input(route, "routeKey");
                let key = key.as_str().unwrap_or_default().replacen(' ', "", 1);
                format!("arn:aws:execute-api:eu-central-1:000000000000:http/$default/{key}")
            })
            .collect();
        permitted.sort();
        expected.sort();
        assert_eq!(permitted, expected);
        assert!(!expected.is_empty());
    });
}

#[test]
fn a_page_may_send_its_token_and_read_when_to_come_back() {
    every_plan_with_it(|deployment| {
        let apis = deployment.of_type("aws:apigatewayv2/api:Api");
        let api = apis
            .into_iter()
            .find(|api| input(api, "protocolType") == "HTTP");
        let cors = input(api.unwrap(), "corsConfiguration");
        assert_eq!(cors["allowOrigins"], json!(["*"]));
        assert_eq!(
            cors["allowMethods"],
            json!(["GET", "POST"]),
            "none of what is for backends alone"
        );
        assert_eq!(cors["allowHeaders"], json!(["authorization"]));
        let exposed = cors["exposeHeaders"].as_array().unwrap();
        assert!(exposed.contains(&json!("retry-after")), "{exposed:?}");
        assert_eq!(
            cors["allowCredentials"],
            Value::Null,
            "there are no cookies"
        );
    });
}

#[test]
fn where_it_is_is_an_output() {
    every_plan_with_it(|deployment| {
        let exported = deployment.outputs.get("httpUrl").cloned().unwrap();
        assert!(
            format!("{exported:?}").contains("https://http.example"),
            "{exported:?}"
        );
    });
}

#[test]
fn what_backends_do_needs_a_signature_and_what_clients_do_none() {
    let deployment = run(&BTreeMap::new()).unwrap();
    let keys = |kind: &str| {
        let routes = of_http(&deployment, ROUTE);
        let routes = routes.filter(|route| input(route, "authorizationType") == kind);
        let mut keys: Vec<_> = routes
            .map(|route| input(route, "routeKey").as_str().unwrap().to_owned())
            .collect();
        keys.sort();
        keys
    };
    assert_eq!(keys("NONE"), ["GET /connect-check", "POST /ticket"]);
    assert_eq!(
        keys("AWS_IAM"),
        [
            "DELETE /users/{user}/connections",
            "GET /channels/{channel}",
            "GET /channels/{channel}/history",
            "GET /users/{user}/connections",
            "POST /publications",
            "POST /users/{user}/revocations",
        ]
    );
    let exported = format!("{:?}", deployment.outputs["serverRoutesArn"]);
    let arn = "arn:aws:execute-api:eu-central-1:000000000000:http/$default/*";
    assert!(exported.contains(arn), "{exported}");
}

#[test]
fn without_routes_for_backends_nothing_of_them_is_there() {
    let without = [("http", r#"{"serverRoutes": false}"#)].into();
    let deployment = run(&without).unwrap();
    for route in of_http(&deployment, ROUTE) {
        assert_eq!(input(route, "authorizationType"), "NONE", "{}", route.name);
    }
    let mut functions = deployment.of_type("aws:lambda/function:Function");
    assert!(functions.all(|function| function.name != "server"));
    assert!(!deployment.outputs.contains_key("serverRoutesArn"));
}
