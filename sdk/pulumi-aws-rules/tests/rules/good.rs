//! Inputs that AWS takes.

use serde_json::{Value, json};

const IDENTITY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": "*"}]}"#;
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}"#;
const ON_RESOURCE: &str = r#"{"Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish", "Resource": "*"}]}"#;

pub(crate) fn good(token: &str) -> Value {
    let found = all().into_iter().find(|(known, _)| *known == token);
    found.unwrap_or_else(|| panic!("nothing good of {token}")).1
}

pub(crate) fn all() -> Vec<(&'static str, Value)> {
    [
        edge(),
        sockets(),
        functions(),
        messaging(),
        watching(),
        keeping(),
    ]
    .concat()
}

fn edge() -> Vec<(&'static str, Value)> {
    let rules = json!([
        {
            "Name": "rate", "Priority": 0, "Action": {"Block": {}}, "VisibilityConfig": {},
            "Statement": {"RateBasedStatement": {"Limit": 10, "EvaluationWindowSec": 60, "AggregateKeyType": "IP"}},
        },
        {
            "Name": "common", "Priority": 1, "OverrideAction": {"None": {}}, "VisibilityConfig": {},
            "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}},
        },
    ]);
    vec![
        (
            "aws:acm/certificate:Certificate",
            json!({"domainName": "ws.example.com", "validationMethod": "DNS", "tags": {}}),
        ),
        (
            "aws:acm/certificateValidation:CertificateValidation",
            json!({
                "certificateArn": "arn:aws:acm:eu-central-1:000000000000:certificate/a",
                "validationRecordFqdns": ["_a.ws.example.com"],
            }),
        ),
        (
            "aws:cloudfront/distribution:Distribution",
            json!({
                "enabled": true,
                "aliases": ["ws.example.com"],
                "origins": [{
                    "originId": "api",
                    "domainName": "a.execute-api.eu-central-1.amazonaws.com",
                    "originPath": "/live",
                    "customHeaders": [{"name": "X-Origin-Verify", "value": "secret"}],
                    "customOriginConfig": {
                        "httpPort": 80, "httpsPort": 443, "originProtocolPolicy": "https-only",
                        "originReadTimeout": 30, "originSslProtocols": ["TLSv1.2"],
                    },
                }],
                "defaultCacheBehavior": {
                    "targetOriginId": "api",
                    "viewerProtocolPolicy": "https-only",
                    "cachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
                    "allowedMethods": ["GET", "HEAD", "OPTIONS"],
                    "cachedMethods": ["HEAD", "GET"],
                },
                "customErrorResponses": [{"errorCode": 503, "errorCachingMinTtl": 0}],
                "restrictions": {"geoRestriction": {"restrictionType": "none"}},
                "viewerCertificate": {
                    "acmCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/a",
                    "sslSupportMethod": "sni-only",
                    "minimumProtocolVersion": "TLSv1.2_2021",
                },
                "webAclId": "arn:aws:wafv2:us-east-1:000000000000:global/webacl/edge/a",
            }),
        ),
        (
            "aws:route53/record:Record",
            json!({"zoneId": "Z1", "name": "ws.example.com", "type": "TXT", "ttl": 60, "records": ["a"]}),
        ),
        (
            "aws:wafv2/webAcl:WebAcl",
            json!({
                "scope": "CLOUDFRONT",
                "region": "us-east-1",
                "defaultAction": {"allow": {}},
                "ruleJson": rules.to_string(),
                "visibilityConfig": {
                    "cloudwatchMetricsEnabled": true, "metricName": "edge", "sampledRequestsEnabled": true,
                },
            }),
        ),
        (
            "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
            json!({
                "resourceArn": "arn:aws:wafv2:us-east-1:000000000000:global/webacl/edge/a",
                "logDestinationConfigs": ["arn:aws:logs:us-east-1:000000000000:log-group:aws-waf-logs-edge"],
            }),
        ),
    ]
}

fn sockets() -> Vec<(&'static str, Value)> {
    vec![
        (
            "aws:apigatewayv2/api:Api",
            json!({"protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"}),
        ),
        (
            "aws:apigatewayv2/apiMapping:ApiMapping",
            json!({"apiId": "a", "domainName": "ws.example.com", "stage": "live", "apiMappingKey": "v1"}),
        ),
        (
            "aws:apigatewayv2/authorizer:Authorizer",
            json!({
                "apiId": "a", "authorizerType": "REQUEST", "authorizerUri": "arn:aws:apigateway:x",
                "identitySources": ["route.request.header.X-Origin-Verify"],
            }),
        ),
        (
            "aws:apigatewayv2/domainName:DomainName",
            json!({
                "domainName": "ws.example.com",
                "domainNameConfiguration": {
                    "certificateArn": "arn:aws:acm:eu-central-1:000000000000:certificate/a",
                    "endpointType": "REGIONAL",
                    "securityPolicy": "TLS_1_2",
                },
            }),
        ),
        (
            "aws:apigatewayv2/integration:Integration",
            json!({
                "apiId": "a", "integrationType": "AWS_PROXY", "integrationMethod": "POST",
                "integrationUri": "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/f/invocations",
                "timeoutMilliseconds": 29_000,
            }),
        ),
        (
            "aws:apigatewayv2/integrationResponse:IntegrationResponse",
            json!({"apiId": "a", "integrationId": "b", "integrationResponseKey": "/200/"}),
        ),
        (
            "aws:apigatewayv2/route:Route",
            json!({"apiId": "a", "routeKey": "$connect", "authorizationType": "CUSTOM", "authorizerId": "b", "target": "integrations/c"}),
        ),
        (
            "aws:apigatewayv2/routeResponse:RouteResponse",
            json!({"apiId": "a", "routeId": "b", "routeResponseKey": "$default"}),
        ),
        (
            "aws:apigatewayv2/stage:Stage",
            json!({
                "apiId": "a", "name": "live",
                "defaultRouteSettings": {"throttlingRateLimit": 500, "throttlingBurstLimit": 100, "loggingLevel": "ERROR"},
                "routeSettings": [{"routeKey": "ping", "throttlingRateLimit": 1, "throttlingBurstLimit": 1}],
                "accessLogSettings": {
                    "destinationArn": "arn:aws:logs:eu-central-1:000000000000:log-group:a",
                    "format": "{\"id\": \"$context.requestId\"}",
                },
                "stageVariables": {"a_1": "b"},
            }),
        ),
    ]
}

fn functions() -> Vec<(&'static str, Value)> {
    vec![
        (
            "aws:iam/role:Role",
            json!({"assumeRolePolicy": TRUST, "name": "role"}),
        ),
        (
            "aws:iam/rolePolicy:RolePolicy",
            json!({"role": "role", "policy": IDENTITY}),
        ),
        ("aws:iam/policy:Policy", json!({ "policy": IDENTITY })),
        (
            "aws:lambda/alias:Alias",
            json!({
                "name": "live", "functionName": "f", "functionVersion": "3",
                "routingConfig": {"additionalVersionWeights": {"2": 0.1}},
            }),
        ),
        (
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            json!({
                "functionName": "f", "eventSourceArn": "arn:aws:sqs:eu-central-1:000000000000:q",
                "batchSize": 100, "maximumBatchingWindowInSeconds": 1,
                "functionResponseTypes": ["ReportBatchItemFailures"], "scalingConfig": {"maximumConcurrency": 2},
            }),
        ),
        (
            "aws:lambda/function:Function",
            json!({
                "role": "arn:aws:iam::000000000000:role/r", "code": {"path": "a.zip"}, "handler": "bootstrap",
                "runtime": "provided.al2023", "timeout": 900, "memorySize": 10_240,
                "environment": {"variables": {"LEVEL": "b"}},
                "loggingConfig": {"logFormat": "JSON", "applicationLogLevel": "INFO"},
                "reservedConcurrentExecutions": -1,
            }),
        ),
        (
            "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
            json!({"functionName": "f", "qualifier": "live", "provisionedConcurrentExecutions": 1}),
        ),
    ]
}

fn messaging() -> Vec<(&'static str, Value)> {
    vec![
        (
            "aws:sns/topic:Topic",
            json!({"name": "alarms", "policy": ON_RESOURCE}),
        ),
        (
            "aws:sns/topicPolicy:TopicPolicy",
            json!({"arn": "a", "policy": ON_RESOURCE}),
        ),
        (
            "aws:sns/topicSubscription:TopicSubscription",
            json!({"topic": "a", "protocol": "email", "endpoint": "ops@example.com"}),
        ),
        (
            "aws:sqs/queue:Queue",
            json!({
                "name": "jobs", "fifoQueue": false, "messageRetentionSeconds": 1_209_600, "visibilityTimeoutSeconds": 43_200,
                "redrivePolicy": r#"{"deadLetterTargetArn": "arn:aws:sqs:eu-central-1:000000000000:dead", "maxReceiveCount": "5"}"#,
            }),
        ),
        (
            "aws:cloudwatch/eventRule:EventRule",
            json!({"name": "sweep", "scheduleExpression": "rate(1 minute)"}),
        ),
        (
            "aws:cloudwatch/eventTarget:EventTarget",
            json!({"rule": "sweep", "arn": "arn:aws:lambda:eu-central-1:000000000000:function:sweep"}),
        ),
        (
            "aws:sqs/queuePolicy:QueuePolicy",
            json!({"queueUrl": "a", "policy": ON_RESOURCE}),
        ),
        (
            "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
            json!({"queueUrl": "a", "redriveAllowPolicy": r#"{"redrivePermission": "byQueue", "sourceQueueArns": ["a"]}"#}),
        ),
    ]
}

fn watching() -> Vec<(&'static str, Value)> {
    let body = json!({"widgets": [{"type": "metric", "x": 18, "y": 0, "width": 6, "height": 6, "properties": {}}]});
    vec![
        (
            "aws:cloudwatch/logGroup:LogGroup",
            json!({"name": "/aws/a", "retentionInDays": 30}),
        ),
        (
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            json!({
                "name": "slow", "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 5,
                "datapointsToAlarm": 3, "threshold": 500, "metricName": "Latency", "namespace": "Tests",
                "extendedStatistic": "p99", "period": 60, "treatMissingData": "notBreaching",
            }),
        ),
        (
            "aws:cloudwatch/compositeAlarm:CompositeAlarm",
            json!({"alarmName": "any", "alarmRule": "ALARM(\"a\") OR (NOT OK(\"b\"))"}),
        ),
        (
            "aws:cloudwatch/dashboard:Dashboard",
            json!({"dashboardName": "all", "dashboardBody": body.to_string()}),
        ),
    ]
}

fn keeping() -> Vec<(&'static str, Value)> {
    vec![
        (
            "aws:dynamodb/table:Table",
            json!({
                "billingMode": "PAY_PER_REQUEST", "hashKey": "pk", "rangeKey": "sk",
                "attributes": [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
                "ttl": {"enabled": true, "attributeName": "expires"},
                "streamEnabled": true, "streamViewType": "KEYS_ONLY",
                "pointInTimeRecovery": {"enabled": true, "recoveryPeriodInDays": 35},
            }),
        ),
        (
            "aws:cognito/userPool:UserPool",
            json!({"name": "people", "usernameAttributes": ["email"], "mfaConfiguration": "OFF"}),
        ),
        (
            "aws:cognito/userPoolClient:UserPoolClient",
            json!({
                "userPoolId": "eu-central-1_a", "name": "web", "accessTokenValidity": 15, "refreshTokenValidity": 30,
                "tokenValidityUnits": {"accessToken": "minutes"},
                "allowedOauthFlows": ["code"], "allowedOauthFlowsUserPoolClient": true,
                "allowedOauthScopes": ["openid"], "callbackUrls": ["https://a.example/", "http://localhost:8080/x"],
                "defaultRedirectUri": "https://a.example/", "explicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
            }),
        ),
        (
            "aws:cognito/userPoolDomain:UserPoolDomain",
            json!({"userPoolId": "eu-central-1_a", "domain": "people-of-a-chat"}),
        ),
    ]
}
