//! Domains, certificates, CloudFront and WAF.

use serde_json::{Value, json};

use crate::support::{Spec, caught, ignores, passes};

#[test]
fn a_web_acl_on_a_stage_is_caught() {
    let association = |arn: &str, from: &'static [(&str, &[&str])]| {
        (
            "wafv2/WebAclAssociation",
            "acl",
            json!({"resourceArn": arn}),
            from,
        )
    };
    let arn = "arn:aws:apigateway:eu-central-1::/apis/abc/stages/v1";
    assert!(caught("waf-stage", &[association(arn, &[])]).contains("CloudFront"));
    let stage = ("apigatewayv2/Stage", "stage", json!({}), &[] as &[_]);
    let to_stage = association(
        "[unknown]",
        &[("resourceArn", &["apigatewayv2/Stage stage"])],
    );
    caught("waf-stage", &[stage, to_stage]);
    let pool = association("arn:aws:cognito-idp:eu-central-1:1:userpool/x", &[]);
    passes("waf-stage", &[pool]);
}

#[test]
fn what_cloudfront_uses_is_caught_outside_us_east_1() {
    let acl = |region: Value| {
        [(
            "wafv2/WebAcl",
            "acl",
            json!({"scope": "CLOUDFRONT", "region": region}),
            &[] as &[_],
        )]
    };
    // The stack's own Region is eu-central-1.
    assert!(caught("edge-region", &acl(Value::Null)).contains("eu-central-1"));
    passes("edge-region", &acl(json!("us-east-1")));
    ignores(
        "edge-region",
        &[("wafv2/WebAcl", "acl", json!({"scope": "REGIONAL"}), &[])],
    );

    let shown = |region: Value| -> [Spec<'static>; 3] {
        [
            ("acm/Certificate", "edge", json!({"region": region}), &[]),
            (
                "acm/CertificateValidation",
                "edge",
                json!({}),
                &[("certificateArn", &["acm/Certificate edge"])],
            ),
            (
                "cloudfront/Distribution",
                "edge",
                json!({"viewerCertificate": {"acmCertificateArn": "[unknown]"}}),
                &[("viewerCertificate", &["acm/CertificateValidation edge"])],
            ),
        ]
    };
    assert!(caught("edge-region", &shown(Value::Null)).contains("certificate"));
    passes("edge-region", &shown(json!("us-east-1")));
    let by_arn = json!({"viewerCertificate": {"acmCertificateArn": "arn:aws:acm:eu-west-1:1:certificate/x"}});
    assert!(
        caught(
            "edge-region",
            &[("cloudfront/Distribution", "edge", by_arn, &[])]
        )
        .contains("eu-west-1")
    );
}

fn distribution(behaviour: &Value, host: &str) -> [Spec<'static>; 2] {
    let inputs = json!({
        "defaultCacheBehavior": behaviour,
        "origins": [{"originId": "api", "domainName": host, "customOriginConfig": {"originSslProtocols": ["TLSv1.2"]}}],
        "viewerCertificate": {"minimumProtocolVersion": "TLSv1.2_2021"},
    });
    [
        (
            "apigatewayv2/Api",
            "sockets",
            json!({"protocolType": "WEBSOCKET"}),
            &[],
        ),
        (
            "cloudfront/Distribution",
            "edge",
            inputs,
            &[("origins", &["apigatewayv2/Api sockets"])],
        ),
    ]
}

#[test]
fn a_distribution_that_forwards_the_viewers_host_is_caught() {
    let policy = |id: &str| json!({"targetOriginId": "api", "originRequestPolicyId": id});
    let all = policy("216adef6-5c7f-47e4-b989-5492eafa07d3");
    let host = "abc.execute-api.eu-central-1.amazonaws.com";
    for host in [host, "[unknown]"] {
        assert!(caught("edge-host", &distribution(&all, host)).contains("403"));
    }
    ignores("edge-host", &distribution(&all, "example.org"));
    let old = json!({"targetOriginId": "api", "forwardedValues": {"headers": ["Host"]}});
    caught("edge-host", &distribution(&old, host));
    let right = policy("b689b0a8-53d0-40ab-baf2-68738e2966ac");
    passes("edge-host", &distribution(&right, host));
}

#[test]
fn old_encryption_is_caught_wherever_it_is_allowed() {
    let domain = |policy: Value| {
        let config = json!({"domainNameConfiguration": {"securityPolicy": policy}});
        [("apigatewayv2/DomainName", "ws", config, &[] as &[_])]
    };
    assert!(caught("tls", &domain(json!("TLS_1_0"))).contains("TLS_1_0"));
    caught("tls", &domain(Value::Null));
    passes("tls", &domain(json!("TLS_1_2")));

    let edge = |inputs: Value| [("cloudfront/Distribution", "edge", inputs, &[] as &[_])];
    for (wrong, word) in [
        (
            json!({"viewerCertificate": {"minimumProtocolVersion": "TLSv1.1_2016"}}),
            "TLSv1.1_2016",
        ),
        (
            json!({"viewerCertificate": {"acmCertificateArn": "arn:x"}}),
            "minimumProtocolVersion",
        ),
        (
            json!({
                "viewerCertificate": {"cloudfrontDefaultCertificate": true},
                "origins": [{"customOriginConfig": {"originSslProtocols": ["TLSv1", "TLSv1.2"]}}],
            }),
            "TLSv1",
        ),
        (
            json!({
                "viewerCertificate": {"cloudfrontDefaultCertificate": true},
                "defaultCacheBehavior": {"viewerProtocolPolicy": "allow-all"},
            }),
            "plain HTTP",
        ),
    ] {
        let message = caught("tls", &edge(wrong));
        assert!(message.contains(word), "{message}");
    }
    passes(
        "tls",
        &edge(json!({"viewerCertificate": {"minimumProtocolVersion": "TLSv1.2_2021"}})),
    );
}

#[test]
fn pushing_to_an_address_that_there_is_not_is_caught() {
    let stack = |url: &str, closed: bool| -> Vec<Spec<'static>> {
        let variables = json!({"environment": {"variables": {"TIDEGATE_MANAGEMENT_URL": url}}});
        vec![
            (
                "apigatewayv2/Api",
                "sockets",
                json!({"disableExecuteApiEndpoint": closed}),
                &[],
            ),
            (
                "apigatewayv2/DomainName",
                "ws",
                json!({"domainName": "ws.example.com"}),
                &[],
            ),
            (
                "apigatewayv2/ApiMapping",
                "ws",
                json!({"apiMappingKey": "v1"}),
                &[("domainName", &["apigatewayv2/DomainName ws"])],
            ),
            (
                "lambda/Function",
                "message",
                variables,
                &[("environment", &["apigatewayv2/Api sockets"])],
            ),
        ]
    };
    let message = caught(
        "management-url",
        &stack("https://ws.example.com/prod", false),
    );
    assert!(message.contains("never the stage"), "{message}");
    passes(
        "management-url",
        &stack("https://ws.example.com/v1/", false),
    );
    let own = "https://abc.execute-api.eu-central-1.amazonaws.com/prod";
    assert!(caught("management-url", &stack(own, true)).contains("disabled"));
    passes("management-url", &stack(own, false));
}
