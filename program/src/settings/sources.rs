//! Which key of the configuration a property of a resource comes from, so that a value that AWS would not take is named by
//! what is to be changed.

/// Type, property, key.
const SOURCES: &[(&str, &str, &str)] = &[
    ("aws:apigatewayv2/stage:Stage", "name", "gateway.stage"),
    (
        "aws:apigatewayv2/stage:Stage",
        "defaultRouteSettings",
        "gateway.throttle",
    ),
    (
        "aws:apigatewayv2/domainName:DomainName",
        "domainName",
        "gateway.domain.name",
    ),
    (
        "aws:lambda/function:Function",
        "memorySize",
        "functions.memoryMb",
    ),
    (
        "aws:lambda/function:Function",
        "reservedConcurrentExecutions",
        "functions.byFunction",
    ),
    ("aws:lambda/function:Function", "environment", "namespaces"),
    (
        "aws:cloudwatch/eventRule:EventRule",
        "eventBusName",
        "events.publications.bus",
    ),
    (
        "aws:cloudwatch/eventRule:EventRule",
        "eventPattern",
        "events.publications.pattern",
    ),
    (
        "aws:cloudwatch/logGroup:LogGroup",
        "retentionInDays",
        "functions.logRetentionDays",
    ),
    (
        "aws:cognito/userPoolClient:UserPoolClient",
        "accessTokenValidity",
        "identity.accessTokenMinutes",
    ),
    (
        "aws:cognito/userPoolClient:UserPoolClient",
        "callbackUrls",
        "identity.callbackUrls",
    ),
    (
        "aws:cognito/userPoolDomain:UserPoolDomain",
        "domain",
        "identity.signInDomain",
    ),
    ("aws:wafv2/webAcl:WebAcl", "ruleJson", "edge"),
    (
        "aws:sns/topicSubscription:TopicSubscription",
        "endpoint",
        "observability.notify",
    ),
];

/// The key that a property of a resource of this type comes from, if it comes from one.
pub(crate) fn key_of(type_token: &str, property: &str) -> Option<&'static str> {
    if property == "tags" || property.starts_with("tags.") {
        return Some("tags");
    }
    let root = property.split(['.', '[']).next().unwrap_or(property);
    SOURCES
        .iter()
        .find(|(token, name, _)| *token == type_token && *name == root)
        .map(|(_, _, key)| *key)
}
