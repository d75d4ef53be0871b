//! Stages, deployments and routes.

use serde_json::{Value, json};

use crate::support::{Spec, caught, ignores, passes, plan};

const OF_API: (&str, &[&str]) = ("apiId", &["apigatewayv2/Api sockets"]);

fn api(protocol: &str) -> Spec<'static> {
    (
        "apigatewayv2/Api",
        "sockets",
        json!({"protocolType": protocol}),
        &[],
    )
}

fn stage(inputs: Value) -> [Spec<'static>; 2] {
    [
        api("WEBSOCKET"),
        ("apigatewayv2/Stage", "stage", inputs, &[OF_API]),
    ]
}

#[test]
fn a_stage_without_throttle_numbers_is_caught() {
    for settings in [
        json!({}),
        json!({"defaultRouteSettings": {"loggingLevel": "INFO"}}),
        json!({"defaultRouteSettings": {"throttlingRateLimit": 10, "throttlingBurstLimit": 0}}),
        json!({
            "defaultRouteSettings": {"throttlingRateLimit": 10, "throttlingBurstLimit": 5},
            "routeSettings": [{"routeKey": "publish", "throttlingRateLimit": 10}],
        }),
    ] {
        assert!(caught("stage-throttle", &stage(settings)).contains("429"));
    }
    let right =
        json!({"defaultRouteSettings": {"throttlingRateLimit": 0.5, "throttlingBurstLimit": 5}});
    passes("stage-throttle", &stage(right));
}

#[test]
fn a_throttle_that_is_not_known_yet_is_neither_right_nor_wrong() {
    let later = json!({"defaultRouteSettings": "[unknown]"});
    let plan = plan(&stage(later));
    let report = tidegate_plan::traps::check(&plan);
    let checked = report.rule("stage-throttle").unwrap();
    assert_eq!((checked.findings.len(), checked.unknown.len()), (0, 1));
}

#[test]
fn the_default_stage_is_caught_on_a_websocket_and_usual_on_an_http_api() {
    let default = json!({"name": "$default", "autoDeploy": true});
    assert!(caught("stage-default", &stage(default.clone())).contains("no `$default` stage"));
    let http = [
        api("HTTP"),
        ("apigatewayv2/Stage", "stage", default, &[OF_API]),
    ];
    ignores("stage-default", &http);
    ignores("stage-deployment", &http);
    passes("stage-default", &stage(json!({"name": "v1"})));
}

#[test]
fn a_stage_that_deploys_by_itself_or_serves_nothing_is_caught() {
    let by_itself = caught("stage-deployment", &stage(json!({"autoDeploy": true})));
    assert!(by_itself.contains("half of it"), "{by_itself}");
    let nothing = caught("stage-deployment", &stage(json!({"name": "v1"})));
    assert!(nothing.contains("403"), "{nothing}");
    passes("stage-deployment", &stage(json!({"deploymentId": "abc"})));
}

#[test]
fn logging_that_may_be_before_the_accounts_role_is_caught() {
    let logs = json!({"accessLogSettings": {"destinationArn": "arn:aws:logs:x", "format": "{}"}});
    let role = ("apigateway/Account", "account", json!({}), &[] as &[_]);
    let mut resources = stage(logs.clone()).to_vec();
    resources.push(role.clone());
    let message = caught("stage-logging", &resources);
    assert!(
        message.contains("must be set in account settings"),
        "{message}"
    );

    let after: Spec<'_> = (
        "apigatewayv2/Stage",
        "stage",
        logs,
        &[OF_API, ("-", &["apigateway/Account account"])],
    );
    passes("stage-logging", &[api("WEBSOCKET"), role, after]);
    let off = json!({"defaultRouteSettings": {"loggingLevel": "OFF"}});
    ignores("stage-logging", &stage(off));
}

#[test]
fn logging_with_a_role_of_somebody_elses_is_to_be_confirmed() {
    let logs = json!({"defaultRouteSettings": {"loggingLevel": "ERROR"}});
    let report = tidegate_plan::traps::check(&plan(&stage(logs)));
    let warning = report.warnings().find(|it| it.rule == "stage-logging");
    assert!(warning.unwrap().message.contains("Make sure"));
    assert!(!report.traps().any(|it| it.rule == "stage-logging"));
}

fn deployed(on: &'static [&'static str]) -> Vec<Spec<'static>> {
    vec![
        api("WEBSOCKET"),
        (
            "apigatewayv2/Authorizer",
            "authorizer",
            json!({}),
            &[OF_API],
        ),
        ("apigatewayv2/Integration", "message", json!({}), &[OF_API]),
        (
            "apigatewayv2/IntegrationResponse",
            "ping",
            json!({}),
            &[OF_API],
        ),
        ("apigatewayv2/Route", "publish", json!({}), &[OF_API]),
        (
            "apigatewayv2/RouteResponse",
            "publish",
            json!({}),
            &[OF_API],
        ),
        ("lambda/Function", "message", json!({}), &[]),
        (
            "lambda/Permission",
            "publish",
            json!({"principal": "apigateway.amazonaws.com"}),
            &[
                ("function", &["lambda/Function message"]),
                ("sourceArn", &["apigatewayv2/Api sockets"]),
            ],
        ),
        (
            "apigatewayv2/Deployment",
            "deployment",
            json!({}),
            Box::leak(Box::new([OF_API, ("-", on)])),
        ),
    ]
}

const PARTS: [&str; 6] = [
    "apigatewayv2/Authorizer authorizer",
    "apigatewayv2/Integration message",
    "apigatewayv2/IntegrationResponse ping",
    "apigatewayv2/Route publish",
    "apigatewayv2/RouteResponse publish",
    "lambda/Permission publish",
];

#[test]
fn a_deployment_that_may_be_before_any_of_its_parts_is_caught() {
    passes("deployment-order", &deployed(&PARTS));
    for missing in 0..PARTS.len() {
        let mut on = PARTS.to_vec();
        let part = on.remove(missing);
        let message = caught("deployment-order", &deployed(on.leak()));
        let name = part.split(' ').next_back().unwrap();
        assert!(message.contains(&format!("`{name}`")), "{part}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn a_deployment_needs_nothing_of_another_api() {
    let mut resources = deployed(&PARTS);
    resources.push((
        "apigatewayv2/Api",
        "other",
        json!({"protocolType": "HTTP"}),
        &[],
    ));
    resources.push((
        "apigatewayv2/Route",
        "other",
        json!({}),
        &[("apiId", &["apigatewayv2/Api other"])],
    ));
    passes("deployment-order", &resources);
}

fn response() -> Spec<'static> {
    (
        "apigatewayv2/RouteResponse",
        "publish",
        json!({}),
        &[OF_API, ("routeId", &["apigatewayv2/Route publish"])],
    )
}

#[test]
fn a_route_with_half_a_reply_is_caught() {
    let route = |inputs| ("apigatewayv2/Route", "publish", inputs, &[OF_API] as &[_]);
    let whole = json!({"routeKey": "publish", "routeResponseSelectionExpression": "$default"});
    let half = json!({"routeKey": "publish"});
    passes(
        "route-reply",
        &[api("WEBSOCKET"), route(whole.clone()), response()],
    );
    let message = caught("route-reply", &[api("WEBSOCKET"), route(half), response()]);
    assert!(message.contains("routeResponseSelectionExpression"));
    let message = caught("route-reply", &[api("WEBSOCKET"), route(whole.clone())]);
    assert!(message.contains("no route response"));
    ignores("route-reply", &[api("HTTP"), route(whole)]);
    ignores("route-reply", &[route(json!({"routeKey": "$disconnect"}))]);
}

#[test]
fn a_handshake_without_an_authorizer_is_caught() {
    let connect = |inputs| [("apigatewayv2/Route", "connect", inputs, &[] as &[_])];
    let open = json!({"routeKey": "$connect", "authorizationType": "NONE"});
    assert!(caught("route-authorizer", &connect(open)).contains("everybody connects"));
    let closed =
        json!({"routeKey": "$connect", "authorizationType": "CUSTOM", "authorizerId": "[unknown]"});
    passes("route-authorizer", &connect(closed));
}

#[test]
fn a_route_of_backends_that_needs_no_signature_is_caught() {
    let route = |inputs: Value| {
        let target: (&str, &[&str]) = ("target", &["apigatewayv2/Integration server"]);
        let uri: (&str, &[&str]) = ("integrationUri", &["lambda/Function server"]);
        [
            api("HTTP"),
            ("lambda/Function", "server", json!({}), &[] as &[_]),
            (
                "apigatewayv2/Integration",
                "server",
                json!({}),
                Box::leak(Box::new([OF_API, uri])),
            ),
            (
                "apigatewayv2/Route",
                "route",
                inputs,
                Box::leak(Box::new([OF_API, target])),
            ),
        ]
    };
    // By its key, and by what it leads to.
    for key in ["POST /publications", "ANY /{proxy+}"] {
        for kind in [json!("NONE"), Value::Null] {
            let open = route(json!({"routeKey": key, "authorizationType": kind}));
            let said = caught("route-signature", &open);
            assert!(said.contains("AWS_IAM"), "{said}");
        }
        let signed = json!({"routeKey": key, "authorizationType": "AWS_IAM"});
        passes("route-signature", &route(signed));
    }
    let of_clients = [
        api("HTTP"),
        (
            "apigatewayv2/Route",
            "route",
            json!({"routeKey": "POST /ticket", "authorizationType": "NONE"}),
            &[OF_API] as &[_],
        ),
    ];
    ignores("route-signature", &of_clients);
}

#[test]
fn a_function_that_takes_longer_than_the_gateway_waits_is_caught() {
    let behind = |timeout: Value| -> [Spec<'static>; 2] {
        [
            (
                "lambda/Function",
                "message",
                json!({"timeout": timeout}),
                &[] as &[_],
            ),
            (
                "apigatewayv2/Integration",
                "message",
                json!({"timeoutMilliseconds": 29000}),
                &[("integrationUri", &["lambda/Function message"])],
            ),
        ]
    };
    assert!(caught("integration-timeout", &behind(json!(30))).contains("30 s"));
    passes("integration-timeout", &behind(json!(15)));
    passes("integration-timeout", &behind(Value::Null));
}
