//! Which types cost what.

use std::collections::BTreeSet;

use super::traffic::is_known_function;
use crate::plan::Snapshot;

pub(super) const ALIAS: &str = "aws:lambda/alias:Alias";
pub(super) const API: &str = "aws:apigatewayv2/api:Api";
pub(super) const COMPOSITE_ALARM: &str = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
pub(super) const DASHBOARD: &str = "aws:cloudwatch/dashboard:Dashboard";
pub(super) const DISTRIBUTION: &str = "aws:cloudfront/distribution:Distribution";
pub(super) const EVENT_SOURCE_MAPPING: &str = "aws:lambda/eventSourceMapping:EventSourceMapping";
pub(super) const FUNCTION: &str = "aws:lambda/function:Function";
pub(super) const METRIC_ALARM: &str = "aws:cloudwatch/metricAlarm:MetricAlarm";
pub(super) const PROVISIONED_CONCURRENCY: &str =
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig";
pub(super) const QUEUE: &str = "aws:sqs/queue:Queue";
pub(super) const STAGE: &str = "aws:apigatewayv2/stage:Stage";
pub(super) const TABLE: &str = "aws:dynamodb/table:Table";
pub(super) const TOPIC: &str = "aws:sns/topic:Topic";
pub(super) const USER_POOL: &str = "aws:cognito/userPool:UserPool";
pub(super) const WEB_ACL: &str = "aws:wafv2/webAcl:WebAcl";
pub(super) const ZONE: &str = "aws:route53/zone:Zone";

/// What an estimate counts.
const PRICED: [&str; 15] = [
    API,
    COMPOSITE_ALARM,
    DASHBOARD,
    DISTRIBUTION,
    EVENT_SOURCE_MAPPING,
    FUNCTION,
    METRIC_ALARM,
    PROVISIONED_CONCURRENCY,
    QUEUE,
    STAGE,
    TABLE,
    TOPIC,
    USER_POOL,
    WEB_ACL,
    ZONE,
];

/// What costs nothing itself: names, rights, settings, and parts of what is counted elsewhere. What a log group keeps is
/// counted with what is written to it, and public certificates are free.
const FREE: [&str; 28] = [
    "aws:acm/certificate:Certificate",
    "aws:acm/certificateValidation:CertificateValidation",
    "aws:apigateway/account:Account",
    "aws:apigatewayv2/apiMapping:ApiMapping",
    "aws:apigatewayv2/authorizer:Authorizer",
    "aws:apigatewayv2/deployment:Deployment",
    "aws:apigatewayv2/domainName:DomainName",
    "aws:apigatewayv2/integration:Integration",
    "aws:apigatewayv2/integrationResponse:IntegrationResponse",
    "aws:apigatewayv2/route:Route",
    "aws:apigatewayv2/routeResponse:RouteResponse",
    // Schedules and the events of AWS's services are free; those of others are paid for by who puts them.
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cognito/userPoolClient:UserPoolClient",
    "aws:cognito/userPoolDomain:UserPoolDomain",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    ALIAS,
    "aws:lambda/permission:Permission",
    "aws:route53/record:Record",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    "aws:sqs/redrivePolicy:RedrivePolicy",
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
];

/// Types that are neither, and functions of which nobody knows how often they run.
pub(super) fn unpriced(stack: &Snapshot<'_>) -> BTreeSet<String> {
    let resources = stack.all().filter(|resource| resource.custom);
    let unknown = resources.filter_map(|resource| {
        let kind = resource.type_token;
        if kind == FUNCTION && !is_known_function(resource.name) {
            return Some(format!("{kind} {}", resource.name));
        }
        let known = PRICED.contains(&kind) || FREE.contains(&kind) || kind.starts_with("pulumi:");
        (!known).then(|| kind.to_owned())
    });
    unknown.collect()
}
