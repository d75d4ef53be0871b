//! Rights, logs and secrets.

use serde_json::{Value, json};
use tidegate_plan::traps;

use crate::support::{Spec, caught, ignores, passes, plan};

fn policy(statement: &Value) -> [Spec<'static>; 1] {
    let document = json!({"Version": "2012-10-17", "Statement": [statement]});
    let inputs = json!({"policy": document.to_string()});
    [("iam/RolePolicy", "message", inputs, &[])]
}

#[test]
fn a_pattern_in_an_action_or_a_resource_is_caught() {
    let table = "arn:aws:dynamodb:eu-central-1:1:table/registry";
    for (statement, word) in [
        (
            json!({"Effect": "Allow", "Action": "dynamodb:*", "Resource": table}),
            "dynamodb:*",
        ),
        (
            json!({"Effect": "Allow", "Action": ["dynamodb:Get?tem"], "Resource": [table]}),
            "Get?tem",
        ),
        (
            json!({"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}),
            "on *",
        ),
        (
            json!({"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*:1:table/x"}),
            "beyond this stack",
        ),
        (
            json!({"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": table}),
            "NotAction",
        ),
        (
            json!({"Effect": "Allow", "Action": "sqs:SendMessage", "NotResource": table}),
            "NotResource",
        ),
        // What is allowed for one action is not for another in the same statement.
        (
            json!({"Effect": "Allow", "Action": ["xray:PutTraceSegments", "sqs:SendMessage"], "Resource": "*"}),
            "beyond this stack",
        ),
        (
            json!({"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "arn:aws:logs:x:1:log-group:*:*"}),
            "beyond this stack",
        ),
    ] {
        let message = caught("iam-patterns", &policy(&statement));
        assert!(message.contains(word), "{word}: {message}");
    }
}

#[test]
fn a_pattern_that_aws_asks_for_is_not() {
    for (actions, resource) in [
        (
            json!("dynamodb:GetItem"),
            "arn:aws:dynamodb:eu-central-1:1:table/registry",
        ),
        (
            json!(["logs:CreateLogStream", "logs:PutLogEvents"]),
            "arn:aws:logs:x:1:log-group:message:*",
        ),
        (
            json!("execute-api:ManageConnections"),
            "arn:aws:execute-api:x:1:abc/v1/POST/@connections/*",
        ),
        (
            json!(["xray:PutTraceSegments", "xray:PutTelemetryRecords"]),
            "*",
        ),
    ] {
        let statement = json!({"Effect": "Allow", "Action": actions, "Resource": resource});
        passes("iam-patterns", &policy(&statement));
    }
    passes(
        "iam-patterns",
        &policy(&json!({"Effect": "Deny", "Action": "*", "Resource": "*"})),
    );
}

#[test]
fn a_managed_policy_is_caught_but_for_the_one_that_api_gateway_wants() {
    let attached = |arn: &str| {
        [(
            "iam/RolePolicyAttachment",
            "role",
            json!({"policyArn": arn}),
            &[] as &[_],
        )]
    };
    let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    assert!(caught("iam-patterns", &attached(basic)).contains("AWSLambdaBasicExecutionRole"));
    let gateway = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs";
    passes("iam-patterns", &attached(gateway));
}

#[test]
fn a_policy_that_is_not_known_yet_is_said_to_be_so() {
    let report = traps::check(&plan(&[(
        "iam/RolePolicy",
        "message",
        json!({"policy": "[unknown]"}),
        &[],
    )]));
    assert_eq!(report.rule("iam-patterns").unwrap().unknown.len(), 1);
}

#[test]
fn a_policy_that_lets_in_everybody_is_caught() {
    let queue = |principal: Value, condition: Value| {
        let document = json!({"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Condition": condition}});
        [(
            "sqs/QueuePolicy",
            "queue",
            json!({"policy": document.to_string()}),
            &[] as &[_],
        )]
    };
    for everybody in [json!("*"), json!({"AWS": "*"}), json!({"AWS": ["1", "*"]})] {
        caught("iam-anybody", &queue(everybody.clone(), Value::Null));
        let bound = json!({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:x"}});
        passes("iam-anybody", &queue(everybody, bound));
    }
    // A service sends for whoever asks it to.
    let service = json!({"Service": "sns.amazonaws.com"});
    caught("iam-anybody", &queue(service.clone(), Value::Null));
    let bound = json!({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:x"}});
    passes("iam-anybody", &queue(service, bound));
}

#[test]
fn a_permission_for_more_than_one_route_is_caught() {
    let permission = |source: Value| {
        let inputs = json!({"principal": "apigateway.amazonaws.com", "sourceArn": source});
        [("lambda/Permission", "publish", inputs, &[] as &[_])]
    };
    let api = "arn:aws:execute-api:eu-central-1:1:abc";
    for wide in ["/*/*", "/*", "/v1/*", "/*/publish", ""] {
        caught(
            "invoke-permission",
            &permission(json!(format!("{api}{wide}"))),
        );
    }
    caught("invoke-permission", &permission(Value::Null));
    for narrow in [
        "/v1/publish",
        "/v1/$connect",
        "/authorizers/xyz",
        "/v1/GET/channels/*",
    ] {
        passes(
            "invoke-permission",
            &permission(json!(format!("{api}{narrow}"))),
        );
    }
}

#[test]
fn a_log_that_never_forgets_is_caught() {
    let group = |days: Value| {
        [(
            "cloudwatch/LogGroup",
            "message",
            json!({"retentionInDays": days}),
            &[] as &[_],
        )]
    };
    for never in [Value::Null, json!(0)] {
        assert!(caught("log-retention", &group(never)).contains("for ever"));
    }
    passes("log-retention", &group(json!(14)));
}

#[test]
fn a_function_that_logs_elsewhere_is_caught() {
    let group: Spec<'_> = (
        "cloudwatch/LogGroup",
        "message",
        json!({"name": "/aws/lambda/message-1"}),
        &[],
    );
    type From = &'static [(&'static str, &'static [&'static str])];
    let function = |inputs: Value, from: From| ("lambda/Function", "message", inputs, from);
    assert!(
        caught(
            "function-log-group",
            &[group.clone(), function(json!({}), &[])]
        )
        .contains("LogGroup")
    );
    let named: From = &[("loggingConfig", &["cloudwatch/LogGroup message"] as &[_])];
    passes(
        "function-log-group",
        &[group.clone(), function(json!({}), named)],
    );
    passes(
        "function-log-group",
        &[group, function(json!({"name": "message-1"}), &[])],
    );
}

#[test]
fn a_secret_in_plain_is_caught_and_never_told() {
    let value = "Tr0ub4dor-and-3";
    for inputs in [
        json!({"environment": {"variables": {"ORIGIN_SECRET": value}}}),
        json!({"origins": [{"customHeaders": [{"name": "X-Origin-Verify", "value": value}]}]}),
        json!({"clientSecret": value}),
        json!({"note": format!("-----BEGIN RSA PRIVATE KEY-----\n{value}")}),
        json!({"list": [{"deep": format!("key AKIAABCDEFGHIJKLMNOP {value}")}]}),
    ] {
        let message = caught(
            "plain-secret",
            &[("lambda/Function", "message", inputs, &[])],
        );
        assert!(!message.contains(value), "{message}");
    }
    for inputs in [
        json!({"environment": {"variables": {"ORIGIN_SECRET": "[secret]", "ORIGIN_SECRET_SHA256": "ab12"}}}),
        json!({"environment": {"variables": {"SECRET": "arn:aws:secretsmanager:x"}}}),
        json!({"tokenValidityUnits": {"accessToken": "minutes"}, "generateSecret": false}),
    ] {
        passes(
            "plain-secret",
            &[("lambda/Function", "message", inputs, &[])],
        );
    }
    ignores("plain-secret", &[]);
}

#[test]
fn a_secret_output_is_caught() {
    let text = r#"{"resources": [], "outputs": {"originSecret": "abc", "url": "wss://x", "signingToken": "[secret]"}}"#;
    let plan = tidegate_plan::Plan::read(text.as_bytes()).unwrap();
    let report = traps::check(&plan);
    let found: Vec<_> = report.traps().map(|it| it.message.as_str()).collect();
    assert!(
        matches!(found[..], [one] if one.contains("originSecret")),
        "{found:?}"
    );
}
