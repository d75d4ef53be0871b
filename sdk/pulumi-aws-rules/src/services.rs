//! What the services' documentation says beside their models: a file for each service.

mod acm;
mod apigatewayv2;
mod cloudfront;
mod cloudwatch;
mod cognito;
mod dynamodb;
mod events;
mod iam;
mod lambda;
mod logs;
mod route53;
mod sns;
mod sqs;
mod stage;
mod tags;
mod wafv2;

use crate::judge::Judge;
use crate::types::*;

/// Looks at a resource by the rules of its type.
pub(crate) fn judge(judge: &mut Judge<'_>) {
    tags::judge(judge);
    match judge.type_token() {
        ALIAS => lambda::alias(judge),
        API => apigatewayv2::api(judge),
        API_MAPPING => apigatewayv2::api_mapping(judge),
        AUTHORIZER => apigatewayv2::authorizer(judge),
        CERTIFICATE => acm::certificate(judge),
        CERTIFICATE_VALIDATION => acm::certificate_validation(judge),
        COMPOSITE_ALARM => cloudwatch::composite_alarm(judge),
        DASHBOARD => cloudwatch::dashboard(judge),
        DISTRIBUTION => cloudfront::distribution(judge),
        DOMAIN_NAME => apigatewayv2::domain_name(judge),
        EVENT_RULE => events::rule(judge),
        EVENT_TARGET => events::target(judge),
        FUNCTION => lambda::function(judge),
        INTEGRATION => apigatewayv2::integration(judge),
        INTEGRATION_RESPONSE => apigatewayv2::integration_response(judge),
        LOG_GROUP => logs::log_group(judge),
        MAPPING => lambda::event_source_mapping(judge),
        METRIC_ALARM => cloudwatch::metric_alarm(judge),
        POLICY => iam::policy(judge),
        PROVISIONED => lambda::provisioned_concurrency(judge),
        QUEUE => sqs::queue(judge),
        QUEUE_POLICY => sqs::queue_policy(judge),
        RECORD => route53::record(judge),
        REDRIVE_ALLOW_POLICY => sqs::redrive_allow_policy(judge),
        ROLE => iam::role(judge),
        ROLE_POLICY => iam::role_policy(judge),
        ROUTE => apigatewayv2::route(judge),
        ROUTE_RESPONSE => apigatewayv2::route_response(judge),
        STAGE => stage::stage(judge),
        TABLE => dynamodb::table(judge),
        TOPIC => sns::topic(judge),
        TOPIC_POLICY => sns::topic_policy(judge),
        TOPIC_SUBSCRIPTION => sns::topic_subscription(judge),
        USER_POOL => cognito::user_pool(judge),
        USER_POOL_CLIENT => cognito::user_pool_client(judge),
        USER_POOL_DOMAIN => cognito::user_pool_domain(judge),
        WEB_ACL => wafv2::web_acl(judge),
        WEB_ACL_LOGGING => wafv2::logging_configuration(judge),
        _ => {}
    }
}
