//! The types that rules look at.

pub(super) const ACCOUNT: &str = "aws:apigateway/account:Account";
pub(super) const ALIAS: &str = "aws:lambda/alias:Alias";
pub(super) const API: &str = "aws:apigatewayv2/api:Api";
pub(super) const API_MAPPING: &str = "aws:apigatewayv2/apiMapping:ApiMapping";
pub(super) const AUTHORIZER: &str = "aws:apigatewayv2/authorizer:Authorizer";
pub(super) const CERTIFICATE: &str = "aws:acm/certificate:Certificate";
pub(super) const CERTIFICATE_VALIDATION: &str =
    "aws:acm/certificateValidation:CertificateValidation";
pub(super) const COMPOSITE_ALARM: &str = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
pub(super) const DEPLOYMENT: &str = "aws:apigatewayv2/deployment:Deployment";
pub(super) const DISTRIBUTION: &str = "aws:cloudfront/distribution:Distribution";
pub(super) const DOMAIN_NAME: &str = "aws:apigatewayv2/domainName:DomainName";
pub(super) const EVENT_RULE: &str = "aws:cloudwatch/eventRule:EventRule";
pub(super) const EVENT_TARGET: &str = "aws:cloudwatch/eventTarget:EventTarget";
pub(super) const EVENT_SOURCE_MAPPING: &str = "aws:lambda/eventSourceMapping:EventSourceMapping";
pub(super) const FUNCTION: &str = "aws:lambda/function:Function";
pub(super) const INTEGRATION: &str = "aws:apigatewayv2/integration:Integration";
pub(super) const INTEGRATION_RESPONSE: &str =
    "aws:apigatewayv2/integrationResponse:IntegrationResponse";
pub(super) const LOG_GROUP: &str = "aws:cloudwatch/logGroup:LogGroup";
pub(super) const METRIC_ALARM: &str = "aws:cloudwatch/metricAlarm:MetricAlarm";
pub(super) const MODEL: &str = "aws:apigatewayv2/model:Model";
pub(super) const PERMISSION: &str = "aws:lambda/permission:Permission";
pub(super) const POLICY: &str = "aws:iam/policy:Policy";
pub(super) const QUEUE: &str = "aws:sqs/queue:Queue";
pub(super) const QUEUE_POLICY: &str = "aws:sqs/queuePolicy:QueuePolicy";
pub(super) const REDRIVE_POLICY: &str = "aws:sqs/redrivePolicy:RedrivePolicy";
pub(super) const ROLE: &str = "aws:iam/role:Role";
pub(super) const ROLE_POLICY: &str = "aws:iam/rolePolicy:RolePolicy";
pub(super) const ROLE_POLICY_ATTACHMENT: &str = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
pub(super) const ROUTE: &str = "aws:apigatewayv2/route:Route";
pub(super) const ROUTE_RESPONSE: &str = "aws:apigatewayv2/routeResponse:RouteResponse";
pub(super) const STAGE: &str = "aws:apigatewayv2/stage:Stage";
pub(super) const TABLE: &str = "aws:dynamodb/table:Table";
pub(super) const TOPIC: &str = "aws:sns/topic:Topic";
pub(super) const TOPIC_POLICY: &str = "aws:sns/topicPolicy:TopicPolicy";
pub(super) const USER_POOL: &str = "aws:cognito/userPool:UserPool";
pub(super) const WEB_ACL: &str = "aws:wafv2/webAcl:WebAcl";
pub(super) const WEB_ACL_ASSOCIATION: &str = "aws:wafv2/webAclAssociation:WebAclAssociation";
