//! Values that AWS does not take, each with what it is told.

use serde_json::json;

use super::*;
use crate::{Nobody, UNKNOWN};

fn violations(token: &str, inputs: &Value) -> Vec<Violation> {
    Models::read().unwrap().violations(&Resource {
        type_token: token,
        name: "x",
        inputs: inputs.as_object().unwrap(),
        region: None,
        others: &Nobody,
    })
}

/// A type, inputs that are wrong in one thing, the property and the beginning of what is said of it.
type Case = (&'static str, Value, &'static str, &'static str);

fn refused() -> Vec<Case> {
    let function = "aws:lambda/function:Function";
    let authorizer = "aws:apigatewayv2/authorizer:Authorizer";
    let integration = "aws:apigatewayv2/integration:Integration";
    let pool = "aws:cognito/userPool:UserPool";
    let client = "aws:cognito/userPoolClient:UserPoolClient";
    let table = "aws:dynamodb/table:Table";
    let role = "aws:iam/role:Role";
    let group = "aws:cloudwatch/logGroup:LogGroup";
    let long = |length: usize| "a".repeat(length);
    vec![
        (
            function,
            json!({"memorySize": 127}),
            "memorySize",
            "must be at least 128",
        ),
        (
            function,
            json!({"memorySize": 32_769}),
            "memorySize",
            "must be at most 32768",
        ),
        (
            function,
            json!({"timeout": 0}),
            "timeout",
            "must be at least 1",
        ),
        (
            function,
            json!({"runtime": "cobol"}),
            "runtime",
            "must be one of nodejs",
        ),
        (function, json!({"role": "me"}), "role", "must match arn:"),
        (function, json!({"handler": "a b"}), "handler", "must match"),
        (
            function,
            json!({"description": long(257)}),
            "description",
            "must have at most 256 characters",
        ),
        (
            function,
            json!({"architectures": []}),
            "architectures",
            "must have at least 1 items",
        ),
        (
            function,
            json!({"architectures": ["mips"]}),
            "architectures[0]",
            "must be one of x86_64, arm64",
        ),
        (
            function,
            json!({"environment": {"variables": {"1": "x"}}}),
            "environment.variables",
            "must match",
        ),
        (
            function,
            json!({"loggingConfig": {"logFormat": "XML"}}),
            "loggingConfig.logFormat",
            "must be one of JSON, Text",
        ),
        (
            function,
            json!({"ephemeralStorage": {"size": 511}}),
            "ephemeralStorage.size",
            "must be at least 512",
        ),
        (
            authorizer,
            json!({"authorizerResultTtlInSeconds": 3601}),
            "authorizerResultTtlInSeconds",
            "must be at most 3600",
        ),
        (
            authorizer,
            json!({"authorizerType": "MAGIC"}),
            "authorizerType",
            "must be one of REQUEST, JWT",
        ),
        (
            authorizer,
            json!({"name": long(129)}),
            "name",
            "must have at most 128 characters",
        ),
        (
            integration,
            json!({"timeoutMilliseconds": 49}),
            "timeoutMilliseconds",
            "must be at least 50",
        ),
        (
            integration,
            json!({"integrationType": "LAMBDA"}),
            "integrationType",
            "must be one of AWS, HTTP",
        ),
        (
            integration,
            json!({"requestTemplates": {"$default": long(32_769)}}),
            "requestTemplates[\"$default\"]",
            "must have at most 32768",
        ),
        (
            "aws:apigatewayv2/api:Api",
            json!({"protocolType": "GRPC"}),
            "protocolType",
            "must be one of WEBSOCKET, HTTP",
        ),
        (
            "aws:apigatewayv2/route:Route",
            json!({"target": long(129)}),
            "target",
            "must have at most 128",
        ),
        (pool, json!({"name": "a%"}), "name", "must match"),
        (
            pool,
            json!({"mfaConfiguration": "MAYBE"}),
            "mfaConfiguration",
            "must be one of",
        ),
        (
            pool,
            json!({"passwordPolicy": {"minimumLength": 5}}),
            "passwordPolicy.minimumLength",
            "must be at least 6",
        ),
        (
            client,
            json!({"accessTokenValidity": 86_401}),
            "accessTokenValidity",
            "must be at most 86400",
        ),
        (
            client,
            json!({"preventUserExistenceErrors": "YES"}),
            "preventUserExistenceErrors",
            "must be one of LEGACY, ENABLED",
        ),
        (
            table,
            json!({"attributes": [{"name": "a", "type": "X"}]}),
            "attributes[0].type",
            "must be one of S, N, B",
        ),
        (
            table,
            json!({"billingMode": "FREE"}),
            "billingMode",
            "must be one of PROVISIONED, PAY_PER_REQUEST",
        ),
        (
            table,
            json!({"ttl": {"attributeName": long(256)}}),
            "ttl.attributeName",
            "must have at most 255",
        ),
        (role, json!({"name": "a b"}), "name", "must match"),
        (
            role,
            json!({"name": long(65)}),
            "name",
            "must have at most 64",
        ),
        (
            role,
            json!({"maxSessionDuration": 3599}),
            "maxSessionDuration",
            "must be at least 3600",
        ),
        (
            role,
            json!({"tags": {"a": long(257)}}),
            "tags[\"a\"]",
            "must have at most 256",
        ),
        (
            "aws:iam/rolePolicy:RolePolicy",
            json!({"policy": ""}),
            "policy",
            "must have at least 1",
        ),
        (group, json!({"name": "a b"}), "name", "must match"),
        (
            group,
            json!({"logGroupClass": "CHEAP"}),
            "logGroupClass",
            "must be one of STANDARD",
        ),
        (
            "aws:lambda/permission:Permission",
            json!({"action": "invoke"}),
            "action",
            "must match",
        ),
        (
            "aws:lambda/permission:Permission",
            json!({"sourceArn": "me"}),
            "sourceArn",
            "must match",
        ),
        (
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            json!({"scalingConfig": {"maximumConcurrency": 1}}),
            "scalingConfig.maximumConcurrency",
            "must be at least 2",
        ),
        (
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            json!({"batchSize": 10_001}),
            "batchSize",
            "must be at most 10000",
        ),
    ]
}

#[test]
fn what_aws_does_not_take_is_refused_with_the_constraint_and_its_source() {
    for (token, inputs, property, reason) in refused() {
        let found = violations(token, &inputs);
        let [violation] = &found[..] else {
            panic!("{token} {inputs}: {found:?}");
        };
        let said = violation.reason();
        assert_eq!(violation.property, property, "{token}: {said}");
        assert!(said.starts_with(reason), "{token} {property}: {said}");
        assert!(said.contains(" (AWS's model: "), "{said}");
    }
}

#[test]
fn what_is_not_known_yet_is_not_judged() {
    let inputs = json!({"role": UNKNOWN, "memorySize": UNKNOWN, "environment": UNKNOWN});
    let found = violations("aws:lambda/function:Function", &inputs);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn every_pattern_is_checked() {
    assert_eq!(Models::read().unwrap().uncompiled(), Vec::<String>::new());
}

#[test]
fn a_pattern_that_was_rewritten_takes_and_refuses_the_same() {
    let certificate = "aws:acm/certificate:Certificate";
    for (name, good) in [
        ("example.com", true),
        ("*.a-b.example.com", true),
        ("-a.example.com", false),
        ("a-.example.com", false),
        ("example", false),
        ("a.*.com", false),
    ] {
        let found = violations(certificate, &json!({ "domainName": name }));
        assert_eq!(found.is_empty(), good, "{name}: {found:?}");
    }
    let alias = "aws:lambda/alias:Alias";
    for (name, good) in [("live", true), ("1", false), ("1a", true), ("a b", false)] {
        let found = violations(alias, &json!({ "name": name }));
        assert_eq!(found.is_empty(), good, "{name}: {found:?}");
    }
}
