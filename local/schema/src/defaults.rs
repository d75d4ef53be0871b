//! What the real provider puts in where the program says nothing.
//!
//! The schema does not have these. They are the `Default`s of the resources' schemas in the upstream provider
//! (`hashicorp/terraform-provider-aws`, `internal/service/<service>/<file>.go`, named below), which Pulumi's provider
//! applies in `Check`. What AWS itself answers where nothing was said comes after them.

use serde_json::{Map, Value, json};

/// When everything was made. The time of the machine would make two runs of a test differ.
pub const MADE_AT: &str = "2026-01-01T00:00:00.000+0000";

/// Puts in what is not given.
pub fn apply(type_token: &str, inputs: &mut Map<String, Value>) {
    for (property, value) in of(type_token) {
        inputs.entry(property.to_owned()).or_insert(value);
    }
}

fn of(type_token: &str) -> Vec<(&'static str, Value)> {
    match type_token {
        // apigatewayv2/api.go
        "aws:apigatewayv2/api:Api" => vec![
            (
                "apiKeySelectionExpression",
                json!("$request.header.x-api-key"),
            ),
            (
                "routeSelectionExpression",
                json!("$request.method $request.path"),
            ),
        ],
        // apigatewayv2/integration.go
        "aws:apigatewayv2/integration:Integration" => vec![
            ("connectionType", json!("INTERNET")),
            ("payloadFormatVersion", json!("1.0")),
        ],
        // apigatewayv2/route.go
        "aws:apigatewayv2/route:Route" => vec![
            ("apiKeyRequired", json!(false)),
            ("authorizationType", json!("NONE")),
        ],
        // apigatewayv2/stage.go
        "aws:apigatewayv2/stage:Stage" => vec![("autoDeploy", json!(false))],
        // cognitoidp/user_pool.go
        "aws:cognito/userPool:UserPool" => vec![("mfaConfiguration", json!("OFF"))],
        // dynamodb/table.go
        "aws:dynamodb/table:Table" => vec![("billingMode", json!("PROVISIONED"))],
        // iam/role.go
        "aws:iam/role:Role" => vec![
            ("forceDetachPolicies", json!(false)),
            ("maxSessionDuration", json!(3600)),
            ("path", json!("/")),
        ],
        // lambda/function.go
        "aws:lambda/function:Function" => vec![
            ("memorySize", json!(128)),
            ("packageType", json!("Zip")),
            ("publish", json!(false)),
            ("reservedConcurrentExecutions", json!(-1)),
            ("skipDestroy", json!(false)),
            ("timeout", json!(3)),
        ],
        // lambda/event_source_mapping.go
        "aws:lambda/eventSourceMapping:EventSourceMapping" => vec![("enabled", json!(true))],
        // logs/group.go
        "aws:cloudwatch/logGroup:LogGroup" => {
            vec![("retentionInDays", json!(0)), ("skipDestroy", json!(false))]
        }
        // sqs/queue.go
        "aws:sqs/queue:Queue" => vec![
            ("delaySeconds", json!(0)),
            ("fifoQueue", json!(false)),
            ("maxMessageSize", json!(262_144)),
            ("messageRetentionSeconds", json!(345_600)),
            ("receiveWaitTimeSeconds", json!(0)),
            ("visibilityTimeoutSeconds", json!(30)),
        ],
        _ => Vec::new(),
    }
}

/// Puts in what AWS answers.
pub(crate) fn answer(type_token: &str, outputs: &mut Map<String, Value>) {
    for (property, value) in answered(type_token) {
        outputs.entry(property.to_owned()).or_insert(value);
    }
}

/// As the services' API references have it.
fn answered(type_token: &str) -> Vec<(&'static str, Value)> {
    match type_token {
        "aws:apigatewayv2/api:Api" => vec![("ipAddressType", json!("ipv4"))],
        // Of a WebSocket API.
        "aws:apigatewayv2/integration:Integration" => vec![
            (
                "integrationResponseSelectionExpression",
                json!("${integration.response.statuscode}"),
            ),
            ("timeoutMilliseconds", json!(29_000)),
        ],
        "aws:cloudwatch/logGroup:LogGroup" => vec![("logGroupClass", json!("STANDARD"))],
        "aws:cognito/userPool:UserPool" => vec![
            (
                "adminCreateUserConfig",
                json!({"allowAdminCreateUserOnly": false}),
            ),
            ("creationDate", json!(MADE_AT)),
            ("lastModifiedDate", json!(MADE_AT)),
            (
                "passwordPolicy",
                json!({
                    "minimumLength": 8,
                    "requireLowercase": true,
                    "requireNumbers": true,
                    "requireSymbols": true,
                    "requireUppercase": true,
                    "temporaryPasswordValidityDays": 7,
                }),
            ),
            (
                "signInPolicy",
                json!({"allowedFirstAuthFactors": ["PASSWORD"]}),
            ),
            ("userPoolTier", json!("ESSENTIALS")),
            (
                "verificationMessageTemplate",
                json!({"defaultEmailOption": "CONFIRM_WITH_CODE"}),
            ),
        ],
        "aws:cognito/userPoolClient:UserPoolClient" => vec![
            ("accessTokenValidity", json!(1)),
            ("authSessionValidity", json!(3)),
            ("enableTokenRevocation", json!(true)),
            ("idTokenValidity", json!(1)),
            ("refreshTokenValidity", json!(30)),
        ],
        "aws:dynamodb/table:Table" => vec![("pointInTimeRecovery", json!({"enabled": false}))],
        "aws:iam/role:Role" => vec![("createDate", json!(MADE_AT))],
        "aws:lambda/eventSourceMapping:EventSourceMapping" => {
            vec![("lastModified", json!(MADE_AT))]
        }
        "aws:lambda/function:Function" => vec![
            ("architectures", json!(["x86_64"])),
            ("ephemeralStorage", json!({"size": 512})),
            ("lastModified", json!(MADE_AT)),
            ("tracingConfig", json!({"mode": "PassThrough"})),
        ],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_stays() {
        let mut inputs = Map::from_iter([("timeout".to_owned(), json!(15))]);
        apply("aws:lambda/function:Function", &mut inputs);
        assert_eq!(inputs["timeout"], 15);
        assert_eq!(inputs["memorySize"], 128);
    }

    #[test]
    fn every_answer_is_an_output_of_its_type() {
        let schema: Value = serde_json::from_str(pulumi_aws::SCHEMA).unwrap();
        for token in schema["resources"].as_object().unwrap().keys() {
            for (property, _) in answered(token) {
                let outputs = &schema["resources"][token]["properties"];
                assert!(outputs.get(property).is_some(), "{token} has no {property}");
            }
        }
    }

    #[test]
    fn every_default_is_a_property_of_its_type() {
        let schema: Value = serde_json::from_str(pulumi_aws::SCHEMA).unwrap();
        for token in schema["resources"].as_object().unwrap().keys() {
            for (property, _) in of(token) {
                let inputs = &schema["resources"][token]["inputProperties"];
                assert!(inputs.get(property).is_some(), "{token} has no {property}");
            }
        }
    }
}
