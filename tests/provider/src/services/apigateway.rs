//! API Gateway's settings of the whole account.

use serde_json::json;

use super::kind::{Kind, Made};

pub(super) const KINDS: &[Kind] = &[Kind {
    token: "aws:apigateway/account:Account",
    noun: "API Gateway Account",
    make: |_| {
        Made::new(
            "api-gateway-account",
            [
                ("apiKeyVersion", json!("4")),
                ("features", json!(["UsagePlans"])),
                (
                    "throttleSettings",
                    json!([{"burstLimit": 5000, "rateLimit": 10000}]),
                ),
            ],
        )
    },
    effect: |account, record| {
        // What is set stays set when the resource is deleted: the settings belong to the account.
        if let Some(record) = record {
            let role = record.text("cloudwatchRoleArn");
            account.cloudwatch_role_arn = (!role.is_empty()).then(|| role.to_owned());
        }
    },
    ..Kind::PLAIN
}];
