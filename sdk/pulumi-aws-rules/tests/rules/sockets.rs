//! What stands on sockets: API Gateway, CloudFront, WAF, certificates and names.

use serde_json::json;

use crate::{good::good, refuses};

#[test]
fn what_an_api_of_each_protocol_must_and_must_not_have() {
    refuses(
        "aws:apigatewayv2/api:Api",
        &[
            (
                json!({"routeSelectionExpression": null}),
                "routeSelectionExpression",
                "must be given",
            ),
            (
                json!({"corsConfiguration": {}}),
                "corsConfiguration",
                "must not be given",
            ),
            (
                json!({"protocolType": "HTTP"}),
                "routeSelectionExpression",
                "must be one of",
            ),
        ],
    );
}

#[test]
fn what_is_in_an_api_is_well_formed() {
    refuses(
        "aws:apigatewayv2/authorizer:Authorizer",
        &[(
            json!({"authorizerUri": null}),
            "authorizerUri",
            "must be given",
        )],
    );
    refuses(
        "aws:apigatewayv2/integration:Integration",
        &[
            (
                json!({"integrationUri": null}),
                "integrationUri",
                "must be given",
            ),
            (
                json!({"integrationMethod": "GET"}),
                "integrationMethod",
                "must be one of POST",
            ),
            (
                json!({"timeoutMilliseconds": 49}),
                "timeoutMilliseconds",
                "at least 50",
            ),
            (
                json!({"connectionType": "VPC_LINK"}),
                "connectionId",
                "must be given",
            ),
        ],
    );
    refuses(
        "aws:apigatewayv2/integrationResponse:IntegrationResponse",
        &[(
            json!({"integrationResponseKey": "200"}),
            "integrationResponseKey",
            "`$default` or",
        )],
    );
    refuses(
        "aws:apigatewayv2/route:Route",
        &[
            (
                json!({"authorizerId": null}),
                "authorizerId",
                "must be given",
            ),
            (json!({"target": "c"}), "target", "must be `integrations/`"),
        ],
    );
    refuses(
        "aws:apigatewayv2/routeResponse:RouteResponse",
        &[(
            json!({"routeResponseKey": "200"}),
            "routeResponseKey",
            "must be one of $default",
        )],
    );
    refuses(
        "aws:apigatewayv2/apiMapping:ApiMapping",
        &[(
            json!({"apiMappingKey": "ping"}),
            "apiMappingKey",
            "API Gateway's own",
        )],
    );
}

#[test]
fn a_stage_lets_something_through_and_its_logs_can_be_told_apart() {
    let settings = |rate: i64| json!({"throttlingRateLimit": rate, "throttlingBurstLimit": 1});
    let logs = |format: &str| json!({"destinationArn": "arn:aws:logs:a", "format": format});
    let long = "$context.requestId".repeat(171);
    refuses(
        "aws:apigatewayv2/stage:Stage",
        &[
            (json!({"name": "a/b"}), "name", "only letters"),
            (
                json!({"defaultRouteSettings": settings(0)}),
                "defaultRouteSettings.throttlingRateLimit",
                "more than 0",
            ),
            (
                json!({"defaultRouteSettings": {"throttlingRateLimit": 1}}),
                "defaultRouteSettings.throttlingBurstLimit",
                "must be given",
            ),
            (
                json!({"routeSettings": [settings(1), settings(0)]}),
                "routeSettings[1].throttlingRateLimit",
                "more than 0",
            ),
            (
                json!({"accessLogSettings": logs("$context.status")}),
                "accessLogSettings.format",
                "$context.requestId or $context.extendedRequestId",
            ),
            (
                json!({"accessLogSettings": logs("$context.requestId\n")}),
                "accessLogSettings.format",
                "one line",
            ),
            (
                json!({"accessLogSettings": logs(&long)}),
                "accessLogSettings.format",
                "at most 3072 bytes",
            ),
            (
                json!({"stageVariables": {"a-b": "c"}}),
                "stageVariables[\"a-b\"]",
                "a key of",
            ),
        ],
    );
}

#[test]
fn a_domain_name_is_regional_with_a_certificate_beside_it() {
    let configuration = |property: &str, value: &str| {
        let mut configuration =
            good("aws:apigatewayv2/domainName:DomainName")["domainNameConfiguration"].clone();
        configuration[property] = json!(value);
        json!({ "domainNameConfiguration": configuration })
    };
    refuses(
        "aws:apigatewayv2/domainName:DomainName",
        &[
            (
                json!({"domainName": "WS.example.com"}),
                "domainName",
                "lower case",
            ),
            (
                configuration("endpointType", "EDGE"),
                "domainNameConfiguration.endpointType",
                "must be one of REGIONAL",
            ),
            (
                configuration("securityPolicy", "TLS_1_0"),
                "domainNameConfiguration.securityPolicy",
                "must be one of TLS_1_2",
            ),
            (
                configuration(
                    "certificateArn",
                    "arn:aws:acm:us-east-1:000000000000:certificate/a",
                ),
                "domainNameConfiguration.certificateArn",
                "must be a certificate in eu-central-1, and this one is in us-east-1",
            ),
        ],
    );
}

#[test]
fn a_certificate_is_requested_or_imported() {
    refuses(
        "aws:acm/certificate:Certificate",
        &[
            (json!({"domainName": null}), "domainName", "must be given"),
            (
                json!({"certificateBody": "a", "domainName": null, "validationMethod": null}),
                "privateKey",
                "must be given",
            ),
            (
                json!({"domainName": "-a.example.com"}),
                "domainName",
                "must match",
            ),
        ],
    );
    refuses(
        "aws:acm/certificateValidation:CertificateValidation",
        &[(
            json!({"region": "us-east-1"}),
            "certificateArn",
            "must be a certificate in us-east-1",
        )],
    );
}

#[test]
fn a_record_has_values_or_an_alias_and_a_policy_its_set() {
    let long = "x".repeat(256);
    let alias = json!([{"name": "d1.cloudfront.net", "zoneId": "Z2FDTNDATAQYW2", "evaluateTargetHealth": true}]);
    refuses(
        "aws:route53/record:Record",
        &[
            (
                json!({"records": null, "ttl": null}),
                "records",
                "must be given",
            ),
            (json!({"ttl": null}), "ttl", "must be given"),
            (
                json!({"type": "CNAME", "records": ["a", "b"]}),
                "records",
                "at most 1 items for a CNAME",
            ),
            (json!({"records": [long]}), "records[0]", "at most 255"),
            (
                json!({"setIdentifier": "a"}),
                "setIdentifier",
                "must not be given",
            ),
            (
                json!({"weightedRoutingPolicies": [{"weight": 1}]}),
                "setIdentifier",
                "must be given",
            ),
            (
                json!({"records": null, "ttl": null, "type": "A", "aliases": alias}),
                "aliases[0].evaluateTargetHealth",
                "must be false",
            ),
        ],
    );
}

#[test]
fn what_cloudfront_uses_is_global_and_fits_together() {
    let token = "aws:cloudfront/distribution:Distribution";
    let good = good(token);
    let behaviour = |property: &str, value: serde_json::Value| {
        let mut behaviour = good["defaultCacheBehavior"].clone();
        behaviour[property] = value;
        json!({ "defaultCacheBehavior": behaviour })
    };
    let origin = |property: &str, value: serde_json::Value| {
        let mut origin = good["origins"][0].clone();
        origin[property] = value;
        json!({ "origins": [origin] })
    };
    let mut elsewhere = good["viewerCertificate"].clone();
    elsewhere["acmCertificateArn"] = json!("arn:aws:acm:eu-central-1:000000000000:certificate/a");
    let regional = "arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/edge/a";
    refuses(
        token,
        &[
            (
                json!({ "viewerCertificate": elsewhere }),
                "viewerCertificate.acmCertificateArn",
                "must be a certificate in us-east-1",
            ),
            (
                json!({"viewerCertificate": {}}),
                "viewerCertificate",
                "must have a certificate",
            ),
            (
                json!({"viewerCertificate": {"cloudfrontDefaultCertificate": true}}),
                "aliases",
                "must not be given",
            ),
            (
                json!({ "webAclId": regional }),
                "webAclId",
                "the scope CLOUDFRONT",
            ),
            (
                behaviour("targetOriginId", json!("other")),
                "defaultCacheBehavior.targetOriginId",
                "one of the origins",
            ),
            (
                behaviour("cachePolicyId", json!(null)),
                "defaultCacheBehavior",
                "cachePolicyId",
            ),
            (
                behaviour("allowedMethods", json!(["GET"])),
                "defaultCacheBehavior.allowedMethods",
                "all seven",
            ),
            (
                origin("domainName", json!("https://a.b")),
                "origins[0].domainName",
                "without a scheme",
            ),
            (
                origin("originPath", json!("live")),
                "origins[0].originPath",
                "begin with",
            ),
            (
                origin("customHeaders", json!([{"name": "Host", "value": "a"}])),
                "origins[0].customHeaders[0].name",
                "CloudFront sets itself",
            ),
            (
                json!({"customErrorResponses": [{"errorCode": 418}]}),
                "customErrorResponses[0].errorCode",
                "must be one of",
            ),
        ],
    );
}

#[test]
fn a_web_acl_is_where_it_guards_and_its_rules_are_complete() {
    let rule = |change: serde_json::Value| {
        let rule = json!({
            "Name": "rate", "Priority": 0, "Action": {"Block": {}}, "VisibilityConfig": {},
            "Statement": {"RateBasedStatement": {"Limit": 10}},
        });
        let rule = crate::changed(&rule, &change);
        json!({ "ruleJson": json!([rule]).to_string() })
    };
    let rate = |limit: i64, window: i64| {
        rule(
            json!({"Statement": {"RateBasedStatement": {"Limit": limit, "EvaluationWindowSec": window}}}),
        )
    };
    let token = "aws:wafv2/webAcl:WebAcl";
    let mut twice: Vec<serde_json::Value> =
        serde_json::from_str(good(token)["ruleJson"].as_str().unwrap()).unwrap();
    twice[1]["Priority"] = json!(0);
    refuses(
        token,
        &[
            (json!({"region": null}), "region", "must be us-east-1"),
            (
                json!({"ruleJson": "nothing"}),
                "ruleJson",
                "must be a JSON document",
            ),
            (json!({"ruleJson": "{}"}), "ruleJson", "must be a list"),
            (
                rule(json!({"Action": null})),
                "ruleJson",
                "must have `Action` and no `OverrideAction`, in rule 0",
            ),
            (rate(9, 60), "ruleJson", "must have a `Limit` from 10"),
            (
                rate(10, 61),
                "ruleJson",
                "must have an `EvaluationWindowSec`",
            ),
            (
                json!({"ruleJson": json!(twice).to_string()}),
                "ruleJson",
                "of its own, in rule 1",
            ),
            (json!({"rules": []}), "rules", "must not be given"),
        ],
    );
    let other = "arn:aws:logs:us-east-1:000000000000:log-group:edge";
    refuses(
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        &[(
            json!({"logDestinationConfigs": [other]}),
            "logDestinationConfigs",
            "begins with `aws-waf-logs-`",
        )],
    );
}
