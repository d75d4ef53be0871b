//! Access logs. API Gateway writes them with one role for the whole account and Region.

use pulumi::{AsResource, Output, WithOptions};
use pulumi_aws::apigateway::Account;
use pulumi_aws::cloudwatch::LogGroup;
use pulumi_aws::iam::{Role, RolePolicyAttachment};
use serde_json::json;

use super::Gateway;
use crate::policy::assumed_by;
use crate::settings::Logging;

/// AWS's own policy for this: it lets API Gateway write to all log groups, and there is no narrower one that works for
/// every API of the account.
const PUSH_TO_LOGS: &str =
    "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs";

/// What of each event is logged: ids and outcomes, never a query (it may hold a ticket), a header or a body.
const FIELDS: [(&str, &str); 14] = [
    ("requestId", "$context.requestId"),
    ("extendedRequestId", "$context.extendedRequestId"),
    ("time", "$context.requestTimeEpoch"),
    ("eventType", "$context.eventType"),
    ("route", "$context.routeKey"),
    ("connection", "$context.connectionId"),
    ("user", "$context.authorizer.principalId"),
    ("address", "$context.identity.sourceIp"),
    ("status", "$context.status"),
    ("error", "$context.error.responseType"),
    ("integrationStatus", "$context.integration.status"),
    ("integrationLatency", "$context.integrationLatency"),
    ("authorizerStatus", "$context.authorizer.status"),
    ("authorizerLatency", "$context.authorizer.latency"),
];

/// Where the stages of the stack log to.
pub(super) struct AccessLogs {
    /// The log group's ARN.
    pub(super) group: Output<String>,
    /// One line of JSON.
    pub(super) format: String,
    account: Option<Account>,
}

impl AccessLogs {
    /// What must be there before a stage that logs, or API Gateway refuses the stage.
    pub(super) fn after(&self) -> Vec<&dyn AsResource> {
        let account = self.account.iter();
        account.map(|account| account as &dyn AsResource).collect()
    }
}

impl Gateway {
    /// The log group of the stages, and the account's role if the stack is to make it; nothing where logging is off.
    pub(super) fn logging(&self) -> Option<AccessLogs> {
        let account = match self.settings.logging {
            Logging::Off => return None,
            Logging::AccountRoleExists => None,
            Logging::CreateAccountRole => Some(self.account_role()),
        };
        let group = LogGroup::builder("access")
            .retention_in_days(self.log_retention_days)
            .tags(self.tags.clone())
            .create(&self.component);
        let fields: serde_json::Map<_, _> = FIELDS
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .into_iter()
            .collect();
        Some(AccessLogs {
            group: group.arn,
            format: serde_json::Value::Object(fields).to_string(),
            account,
        })
    }

    /// Kept when the stack is destroyed: by then, everything in the account and Region may log by it.
    fn account_role(&self) -> Account {
        let role = Role::builder("api-gateway-logs")
            .assume_role_policy(assumed_by("apigateway.amazonaws.com"))
            .tags(self.tags.clone())
            .retain_on_delete(true)
            .create(&self.component);
        let attached = RolePolicyAttachment::builder("api-gateway-logs")
            .role(&role.name)
            .policy_arn(PUSH_TO_LOGS)
            .retain_on_delete(true)
            .create(&self.component);
        Account::builder("api-gateway")
            .cloudwatch_role_arn(&role.arn)
            .retain_on_delete(true)
            .depends_on(&[&attached])
            .create(&self.component)
    }
}
