//! Distributions and web ACLs.

use serde_json::{Value, json};

use crate::support::{Stack, with};

const DISTRIBUTION: &str = "aws:cloudfront/distribution:Distribution";
const LOG_GROUP: &str = "aws:cloudwatch/logGroup:LogGroup";
const LOGGING: &str = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration";
const WEB_ACL: &str = "aws:wafv2/webAcl:WebAcl";

fn origin() -> Value {
    json!({
        "originId": "sockets", "domainName": "127.0.0.1", "originPath": "/dev",
        "customHeaders": [{"name": "X-Origin-Verify", "value": "the secret"}],
        "customOriginConfig": {
            "httpPort": 80, "httpsPort": 4000, "originProtocolPolicy": "https-only",
            "originSslProtocols": ["TLSv1.2"],
        },
    })
}

fn behavior() -> Value {
    json!({
        "targetOriginId": "sockets", "allowedMethods": ["GET", "HEAD"], "cachedMethods": ["GET", "HEAD"],
        "cachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        "originRequestPolicyId": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
        "viewerProtocolPolicy": "https-only",
    })
}

fn distribution() -> Value {
    json!({
        "enabled": true, "origins": [origin()], "defaultCacheBehavior": behavior(),
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": {"cloudfrontDefaultCertificate": true},
        "httpVersion": "http2", "tags": {"a": "b"},
    })
}

fn web_acl() -> Value {
    let rate = json!({
        "Name": "rate", "Priority": 0, "Action": {"Block": {}},
        "Statement": {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": "IP"}},
        "VisibilityConfig": {"SampledRequestsEnabled": true, "CloudWatchMetricsEnabled": true, "MetricName": "rate"},
    });
    json!({
        "scope": "CLOUDFRONT", "region": "us-east-1", "defaultAction": {"allow": {}},
        "ruleJson": json!([rate]).to_string(),
        "visibilityConfig": {"cloudwatchMetricsEnabled": true, "metricName": "acl", "sampledRequestsEnabled": true},
    })
}

#[test]
fn a_distribution_stands_before_its_api_with_its_web_acl() {
    let mut stack = Stack::new();
    let api = stack.sockets();
    let acl = stack.make(WEB_ACL, "acl", &web_acl());
    let arn = acl.outputs["arn"].clone();
    assert!(
        arn.as_str()
            .unwrap()
            .starts_with("arn:aws:wafv2:us-east-1:000000000000:global/webacl/")
    );
    let made = stack.make(
        DISTRIBUTION,
        "edge",
        &with(&distribution(), &json!({"webAclId": arn})),
    );
    assert_eq!(made.outputs["domainName"], "127.0.0.1:4003");
    assert_eq!(made.outputs["hostedZoneId"], "Z2FDTNDATAQYW2");
    let system = stack.system();
    let served = &system.distributions[0];
    assert_eq!((&served.api_id, &*served.origin_path), (&api, "/dev"));
    assert_eq!(served.origin_host, "127.0.0.1:4000");
    assert_eq!(served.web_acl.as_ref().unwrap().rules.len(), 1);
    let shown = format!("{system:?}");
    assert!(shown.contains("X-Origin-Verify") && !shown.contains("the secret"));
    assert!(
        system
            .notes()
            .iter()
            .any(|note| note.contains("errorCachingMinTtl"))
    );
}

#[test]
fn a_distribution_that_keeps_no_errors_is_as_here_and_no_note_is_needed() {
    let mut stack = Stack::new();
    stack.sockets();
    let errors: Vec<_> = [500, 502, 503, 504]
        .iter()
        .map(|code| json!({"errorCode": code, "errorCachingMinTtl": 0}))
        .collect();
    let inputs = with(&distribution(), &json!({"customErrorResponses": errors}));
    stack.make(DISTRIBUTION, "edge", &inputs);
    assert!(
        !stack
            .system()
            .notes()
            .iter()
            .any(|note| note.contains("errorCachingMinTtl"))
    );
}

#[test]
fn a_distribution_that_would_not_work_or_is_not_emulated_is_refused_by_name() {
    let mut stack = Stack::new();
    stack.sockets();
    let elsewhere = stack.certificate("ws.example.com", "eu-central-1");
    let of_origin = |changed: Value| json!({"origins": [with(&origin(), &changed)]});
    let of_behavior = |changed: Value| json!({"defaultCacheBehavior": with(&behavior(), &changed)});
    let cases = [
        (
            of_origin(json!({"customHeaders": [{"name": "X-A", "value": "the secret\n"}]})),
            "cannot stand in a header",
        ),
        (
            of_origin(json!({"domainName": "example.com"})),
            "origins.domainName",
        ),
        (
            of_origin(json!({"domainName": "127.0.0.1:4000"})),
            "origins.domainName",
        ),
        (
            of_origin(json!({"originPath": "dev"})),
            "origins.originPath",
        ),
        (
            of_origin(json!({"originPath": "/dev/"})),
            "origins.originPath",
        ),
        (
            of_origin(json!({"customOriginConfig": null})),
            "customOriginConfig",
        ),
        (
            of_origin(json!({"originShield": {"enabled": true}})),
            "originShield",
        ),
        (
            of_origin(json!({"customHeaders": [{"name": "Host", "value": "the secret"}]})),
            "does not add `Host`",
        ),
        (
            of_behavior(json!({"originRequestPolicyId": null})),
            "AllViewerExceptHostHeader",
        ),
        (
            of_behavior(json!({"cachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6"})),
            "CachingDisabled",
        ),
        (
            of_behavior(json!({"functionAssociations": []})),
            "functionAssociations",
        ),
        (
            of_behavior(json!({"targetOriginId": "other"})),
            "targetOriginId",
        ),
        (json!({"origins": [origin(), origin()]}), "exactly one"),
        (
            json!({"orderedCacheBehaviors": [behavior()]}),
            "orderedCacheBehaviors",
        ),
        (json!({"enabled": false}), "enabled"),
        (
            json!({"aliases": ["ws.example.com"]}),
            "certificate of their own",
        ),
        (
            json!({"webAclId": "arn:aws:wafv2:us-east-1:0:global/webacl/none/1"}),
            "webAclId",
        ),
        (
            json!({"viewerCertificate": {"acmCertificateArn": elsewhere, "sslSupportMethod": "sni-only"}}),
            "must be in us-east-1",
        ),
        (
            json!({"customErrorResponses": [{"errorCode": 500, "responsePagePath": "/sorry"}]}),
            "responsePagePath",
        ),
    ];
    for (changed, named) in cases {
        let error = stack.refused(DISTRIBUTION, &with(&distribution(), &changed));
        assert!(error.contains(named), "{named}: {error}");
        assert!(!error.contains("the secret"), "{error}");
    }
}

#[test]
fn a_web_acl_for_cloudfront_and_its_log_are_in_us_east_1() {
    let mut stack = Stack::new();
    let acl = stack.make(WEB_ACL, "acl", &web_acl()).outputs["arn"].clone();
    let logs = json!({"name": "aws-waf-logs-acl", "region": "us-east-1"});
    let logs = stack.make(LOG_GROUP, "logs", &logs).outputs["arn"].clone();
    let logging =
        json!({"resourceArn": acl, "logDestinationConfigs": [logs], "region": "us-east-1"});
    stack.make(LOGGING, "logging", &logging);
    assert!(
        stack
            .system()
            .notes()
            .iter()
            .any(|note| note.contains("log is not written"))
    );

    let here = stack.make(LOG_GROUP, "here", &json!({"name": "aws-waf-logs-here"}));
    let named = stack.make(
        LOG_GROUP,
        "named",
        &json!({"name": "named", "region": "us-east-1"}),
    );
    for (type_token, inputs, why) in [
        (
            WEB_ACL,
            with(&web_acl(), &json!({"region": null})),
            "must be us-east-1",
        ),
        (
            WEB_ACL,
            with(&web_acl(), &json!({"scope": "REGIONAL"})),
            "must be CLOUDFRONT",
        ),
        (
            WEB_ACL,
            with(&web_acl(), &json!({"defaultAction": {}})),
            "either allow or block",
        ),
        (
            WEB_ACL,
            with(&web_acl(), &json!({"tokenDomains": ["a"]})),
            "tokenDomains",
        ),
        (
            LOGGING,
            with(
                &logging,
                &json!({"logDestinationConfigs": [here.outputs["arn"]]}),
            ),
            "us-east-1",
        ),
        (
            LOGGING,
            with(
                &logging,
                &json!({"logDestinationConfigs": [named.outputs["arn"]]}),
            ),
            "aws-waf-logs-",
        ),
        (
            LOGGING,
            with(&logging, &json!({"resourceArn": "none"})),
            "no web ACL",
        ),
    ] {
        let error = stack.refused(type_token, &inputs);
        assert!(error.contains(why), "{why}: {error}");
    }
}
