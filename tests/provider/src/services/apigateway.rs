//! API Gateway's settings of the whole account.

use serde_json::json;

use super::iam::{ATTACHMENT, ROLE, policies};
use super::kind::{Kind, Made, Proposal, Refusal, by_name_or_arn};
use crate::cloud::Record;

/// AWS's own policy for the role with which API Gateway writes logs.
const PUSH_TO_LOGS: &str = "/AmazonAPIGatewayPushToCloudWatchLogs";

pub(super) const KINDS: &[Kind] = &[Kind {
    token: "aws:apigateway/account:Account",
    noun: "API Gateway Account",
    allow: allow_account,
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

/// API Gateway tries the role out.
fn allow_account(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let arn = proposal.text("cloudwatchRoleArn");
    if arn.is_empty() {
        return Ok(());
    }
    let cloud = proposal.cloud;
    let may_write = |role: &Record| {
        let attached = cloud
            .all(ATTACHMENT)
            .filter(|attachment| by_name_or_arn(role, attachment.text("role")))
            .any(|attachment| attachment.text("policyArn").ends_with(PUSH_TO_LOGS));
        attached || policies(cloud, role).any(|policy| policy.contains("logs:PutLogEvents"))
    };
    let trusted = |role: &Record| {
        let trust = role.text("assumeRolePolicy");
        trust.contains("apigateway.amazonaws.com")
    };
    let role = cloud.with(ROLE, "arn", arn);
    if role.is_some_and(|role| trusted(role) && may_write(role)) {
        return Ok(());
    }
    let message = "The role ARN does not have required permissions configured. Please grant trust permission for API \
                   Gateway and add the required role policy.";
    Err(Refusal::new("BadRequestException", message))
}
