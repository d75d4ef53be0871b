//! The tokens of the types that rules speak of.

pub(crate) const ALIAS: &str = "aws:lambda/alias:Alias";
pub(crate) const API: &str = "aws:apigatewayv2/api:Api";
pub(crate) const API_MAPPING: &str = "aws:apigatewayv2/apiMapping:ApiMapping";
pub(crate) const AUTHORIZER: &str = "aws:apigatewayv2/authorizer:Authorizer";
pub(crate) const CERTIFICATE: &str = "aws:acm/certificate:Certificate";
pub(crate) const CERTIFICATE_VALIDATION: &str =
    "aws:acm/certificateValidation:CertificateValidation";
pub(crate) const COMPOSITE_ALARM: &str = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
pub(crate) const DASHBOARD: &str = "aws:cloudwatch/dashboard:Dashboard";
pub(crate) const DISTRIBUTION: &str = "aws:cloudfront/distribution:Distribution";
pub(crate) const DOMAIN_NAME: &str = "aws:apigatewayv2/domainName:DomainName";
pub(crate) const EVENT_RULE: &str = "aws:cloudwatch/eventRule:EventRule";
pub(crate) const EVENT_TARGET: &str = "aws:cloudwatch/eventTarget:EventTarget";
pub(crate) const FUNCTION: &str = "aws:lambda/function:Function";
pub(crate) const INTEGRATION: &str = "aws:apigatewayv2/integration:Integration";
pub(crate) const INTEGRATION_RESPONSE: &str =
    "aws:apigatewayv2/integrationResponse:IntegrationResponse";
pub(crate) const LOG_GROUP: &str = "aws:cloudwatch/logGroup:LogGroup";
pub(crate) const MAPPING: &str = "aws:lambda/eventSourceMapping:EventSourceMapping";
pub(crate) const METRIC_ALARM: &str = "aws:cloudwatch/metricAlarm:MetricAlarm";
pub(crate) const POLICY: &str = "aws:iam/policy:Policy";
pub(crate) const PROVISIONED: &str =
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig";
pub(crate) const QUEUE: &str = "aws:sqs/queue:Queue";
pub(crate) const QUEUE_POLICY: &str = "aws:sqs/queuePolicy:QueuePolicy";
pub(crate) const RECORD: &str = "aws:route53/record:Record";
pub(crate) const REDRIVE_ALLOW_POLICY: &str = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy";
pub(crate) const ROLE: &str = "aws:iam/role:Role";
pub(crate) const ROLE_POLICY: &str = "aws:iam/rolePolicy:RolePolicy";
pub(crate) const ROUTE: &str = "aws:apigatewayv2/route:Route";
pub(crate) const ROUTE_RESPONSE: &str = "aws:apigatewayv2/routeResponse:RouteResponse";
pub(crate) const STAGE: &str = "aws:apigatewayv2/stage:Stage";
pub(crate) const TABLE: &str = "aws:dynamodb/table:Table";
pub(crate) const TOPIC: &str = "aws:sns/topic:Topic";
pub(crate) const TOPIC_POLICY: &str = "aws:sns/topicPolicy:TopicPolicy";
pub(crate) const TOPIC_SUBSCRIPTION: &str = "aws:sns/topicSubscription:TopicSubscription";
pub(crate) const USER_POOL: &str = "aws:cognito/userPool:UserPool";
pub(crate) const USER_POOL_CLIENT: &str = "aws:cognito/userPoolClient:UserPoolClient";
pub(crate) const USER_POOL_DOMAIN: &str = "aws:cognito/userPoolDomain:UserPoolDomain";
pub(crate) const WEB_ACL: &str = "aws:wafv2/webAcl:WebAcl";
pub(crate) const WEB_ACL_LOGGING: &str =
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration";
