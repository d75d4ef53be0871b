//! HTTP APIs.

use serde_json::{Value, json};

use crate::support::{API, STAGE, Stack, with};

const AUTHORIZER: &str = "aws:apigatewayv2/authorizer:Authorizer";
const DEPLOYMENT: &str = "aws:apigatewayv2/deployment:Deployment";
const INTEGRATION: &str = "aws:apigatewayv2/integration:Integration";
const ROUTE: &str = "aws:apigatewayv2/route:Route";

fn cors(changed: &Value) -> Value {
    let cors = json!({"allowOrigins": ["https://app.example"], "allowMethods": ["GET"]});
    json!({"protocolType": "HTTP", "corsConfiguration": with(&cors, changed)})
}

fn stack() -> (Stack, String) {
    let mut stack = Stack::new();
    let api = stack.make(API, "http", &json!({"protocolType": "HTTP"})).id;
    (stack, api)
}

#[test]
fn its_default_stage_serves_what_is_registered_before_it_and_after_it() {
    let (mut stack, api) = stack();
    let route = |key: &str| json!({"apiId": api, "routeKey": key, "authorizationType": "AWS_IAM"});
    stack.make(ROUTE, "before", &route("GET /before"));
    let stage = json!({
        "apiId": api, "name": "$default", "autoDeploy": true,
        "defaultRouteSettings": {"throttlingRateLimit": 5, "throttlingBurstLimit": 7},
    });
    let made = stack.make(STAGE, "stage", &stage);
    assert_eq!(made.outputs["invokeUrl"], "http://127.0.0.1:4002/");
    stack.make(ROUTE, "after", &route("GET /after"));
    let system = stack.system();
    let served = system.http_apis[0].stage.as_ref().unwrap();
    let keys: Vec<_> = served
        .routes
        .iter()
        .map(|route| route.key.as_str())
        .collect();
    assert_eq!(keys, ["GET /before", "GET /after"]);
    assert!(served.routes[0].iam);
    assert!((served.throttle.rate - 5.0).abs() < f64::EPSILON);
}

#[test]
fn settings_without_numbers_let_nothing_through_as_on_aws() {
    let (mut stack, api) = stack();
    let stage = json!({
        "apiId": api, "name": "$default", "autoDeploy": true,
        "defaultRouteSettings": {"detailedMetricsEnabled": true},
    });
    stack.make(STAGE, "stage", &stage);
    let system = stack.system();
    let served = system.http_apis[0].stage.as_ref().unwrap();
    assert!(served.throttle.rate.abs() < f64::EPSILON);
}

#[test]
fn what_is_not_emulated_is_refused_by_name() {
    let (mut stack, api) = stack();
    let arn = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:0:function:f/invocations";
    let integration = json!({"apiId": api, "integrationType": "AWS_PROXY", "integrationUri": arn});
    let stage = json!({"apiId": api, "name": "$default", "autoDeploy": true});
    let jwt = json!({
        "apiId": api, "authorizerType": "JWT", "identitySources": ["$request.header.Authorization"],
        "jwtConfiguration": {"issuer": "https://issuer.test", "audiences": ["client"]},
    });
    let of_api = |more: Value| with(&json!({"apiId": api}), &more);
    let cases = [
        (INTEGRATION, integration.clone(), "payloadFormatVersion"),
        (
            INTEGRATION,
            with(&integration, &json!({"payloadFormatVersion": "1.0"})),
            "payloadFormatVersion",
        ),
        (
            INTEGRATION,
            with(
                &integration,
                &json!({"payloadFormatVersion": "2.0", "timeoutMilliseconds": 30_001}),
            ),
            "timeoutMilliseconds",
        ),
        (
            INTEGRATION,
            with(
                &integration,
                &json!({"integrationSubtype": "SQS-SendMessage"}),
            ),
            "integrationSubtype",
        ),
        (STAGE, with(&stage, &json!({"name": "v1"})), "$default"),
        (
            STAGE,
            with(&stage, &json!({"autoDeploy": null})),
            "autoDeploy",
        ),
        (
            STAGE,
            with(&stage, &json!({"accessLogSettings": {}})),
            "accessLogSettings",
        ),
        (AUTHORIZER, jwt, "JWT"),
        (DEPLOYMENT, of_api(json!({})), "is an HTTP API"),
        (ROUTE, of_api(json!({"routeKey": "GET a"})), "routeKey"),
        (
            ROUTE,
            of_api(json!({"routeKey": "GET /a", "authorizationType": "JWT"})),
            "authorizationType",
        ),
        (
            ROUTE,
            of_api(json!({"routeKey": "GET /a", "target": "integrations/none"})),
            "no integration",
        ),
        (
            API,
            json!({"protocolType": "HTTP", "disableExecuteApiEndpoint": true}),
            "disableExecuteApiEndpoint",
        ),
        (
            API,
            json!({"protocolType": "HTTP", "body": "openapi"}),
            "body",
        ),
        (API, json!({"protocolType": "HTTP"}), "one more"),
        (
            API,
            cors(&json!({"allowOrigins": ["*"], "allowCredentials": true})),
            "allowCredentials",
        ),
        (
            API,
            cors(&json!({"allowOrigins": ["app.example"]})),
            "allowOrigins",
        ),
        (API, cors(&json!({"allowMethods": ["get"]})), "allowMethods"),
        (API, cors(&json!({"maxAge": 86_401})), "maxAge"),
    ];
    for (type_token, inputs, named) in cases {
        let error = stack.refused(type_token, &inputs);
        assert!(error.contains(named), "{named}: {error}");
    }
}
