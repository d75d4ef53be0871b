//! Certificates, domain names, what leads to them, and what guards them.

use serde_json::{Value, json};

use super::says;
use crate::support::*;

const CERTIFICATE: &str = "aws:acm/certificate:Certificate";
const VALIDATION: &str = "aws:acm/certificateValidation:CertificateValidation";
const DISTRIBUTION: &str = "aws:cloudfront/distribution:Distribution";
const DOMAIN: &str = "aws:apigatewayv2/domainName:DomainName";
const MAPPED: &str = "aws:apigatewayv2/apiMapping:ApiMapping";
const RECORD: &str = "aws:route53/record:Record";
const WEB_ACL: &str = "aws:wafv2/webAcl:WebAcl";
const LOGGING: &str = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration";

const NAME: &str = "ws.example.com";

async fn certificate(engine: &Engine, region: &str) -> Resource {
    let inputs = json!({"domainName": NAME, "validationMethod": "DNS", "region": region});
    engine.create(CERTIFICATE, region, inputs).await
}

/// The record that ACM looks for.
fn proof(certificate: &Resource) -> Value {
    let option = &certificate.outputs["domainValidationOptions"][0];
    json!({
        "zoneId": "Z1",
        "name": option["resourceRecordName"],
        "type": option["resourceRecordType"],
        "records": [option["resourceRecordValue"]],
        "ttl": 60,
    })
}

async fn issued(engine: &Engine, region: &str) -> (Resource, Resource) {
    let certificate = certificate(engine, region).await;
    let mut record = proof(&certificate);
    record["allowOverwrite"] = json!(true);
    engine.create(RECORD, region, record).await;
    let inputs = json!({"certificateArn": certificate.outputs["arn"], "region": region});
    let validation = engine.create(VALIDATION, region, inputs).await;
    (certificate, validation)
}

fn domain(certificate: &Resource) -> Value {
    let arn = &certificate.outputs["arn"];
    let configuration =
        json!({"certificateArn": arn, "endpointType": "REGIONAL", "securityPolicy": "TLS_1_2"});
    json!({"domainName": NAME, "domainNameConfiguration": configuration})
}

async fn stage(engine: &Engine, api: &Resource) -> Resource {
    let inputs = json!({"apiId": api.id, "name": "live"});
    engine
        .create(STAGE, &format!("stage of {}", api.id), inputs)
        .await
}

fn mapping(api: &Resource, stage: &str) -> Value {
    json!({"apiId": api.id, "domainName": NAME, "stage": stage})
}

#[tokio::test]
async fn a_certificate_is_issued_once_its_record_is_there() {
    let engine = Engine::start().await;
    let certificate = certificate(&engine, "us-east-1").await;
    assert_eq!(certificate.text("status"), "PENDING_VALIDATION");
    let record = proof(&certificate);
    let name = record["name"].as_str().unwrap().trim_end_matches('.');
    let validation = |names: Value| json!({"certificateArn": certificate.outputs["arn"], "validationRecordFqdns": names});
    let wrong = engine.try_create(VALIDATION, "v", validation(json!(["_a.example.com"])));
    says(wrong.await, "DNS validation record");
    let early = engine.try_create(VALIDATION, "v", validation(json!([name])));
    says(
        early.await,
        "timeout while waiting for state to become 'ISSUED'",
    );
    says(
        engine.try_create(DOMAIN, "d", domain(&certificate)).await,
        "is not issued",
    );
    engine.create(RECORD, "proof", record.clone()).await;
    engine
        .create(VALIDATION, "v", validation(json!([name])))
        .await;
    let made = engine.create(DOMAIN, "d", domain(&certificate)).await;
    let configuration = &made.outputs["domainNameConfiguration"];
    let target = configuration["targetDomainName"].as_str().unwrap();
    assert!(target.ends_with(".execute-api.us-east-1.amazonaws.com"));
    says(engine.delete(&certificate).await, "is in use.");
    says(
        engine.try_create(RECORD, "again", record).await,
        "InvalidChangeBatch: [Tried to create resource record set",
    );
    engine.delete(&made).await.unwrap();
    engine.delete(&certificate).await.unwrap();
}

#[tokio::test]
async fn a_domain_name_has_a_certificate_of_its_region_and_its_name() {
    let engine = Engine::start().await;
    let (far, _) = issued(&engine, "eu-central-1").await;
    says(
        engine.try_create(DOMAIN, "d", domain(&far)).await,
        "must be a certificate in us-east-1, and this one is in eu-central-1",
    );
    let (near, _) = issued(&engine, "us-east-1").await;
    let mut other = domain(&near);
    other["domainName"] = json!("other.example.com");
    says(
        engine.try_create(DOMAIN, "d", other).await,
        "does not cover the name",
    );
    engine.create(DOMAIN, "d", domain(&near)).await;
    says(
        engine.try_create(DOMAIN, "again", domain(&near)).await,
        "The domain name you provided already exists.",
    );
}

#[tokio::test]
async fn a_mapping_needs_its_stage_and_its_domain_and_goes_before_them() {
    let engine = Engine::start().await;
    let (certificate, _) = issued(&engine, "us-east-1").await;
    let api = engine.api().await;
    says(
        engine.try_create(MAPPED, "m", mapping(&api, "live")).await,
        "Invalid domain name identifier",
    );
    let domain = engine.create(DOMAIN, "d", domain(&certificate)).await;
    says(
        engine.try_create(MAPPED, "m", mapping(&api, "live")).await,
        "Invalid stage identifier specified live",
    );
    let stage = stage(&engine, &api).await;
    let mapped = engine.create(MAPPED, "m", mapping(&api, "live")).await;
    says(
        engine
            .try_create(MAPPED, "again", mapping(&api, "live"))
            .await,
        "ApiMapping key already exists",
    );
    says(
        engine.delete(&stage).await,
        "Please remove all base path mappings",
    );
    says(
        engine.delete(&api).await,
        "Please remove all base path mappings",
    );
    engine.delete(&mapped).await.unwrap();
    engine.delete(&stage).await.unwrap();
    let mapped = engine
        .create(STAGE, "s", json!({"apiId": api.id, "name": "live"}))
        .await;
    assert_eq!(mapped.id, "live");
    let mapped = engine.create(MAPPED, "m", mapping(&api, "live")).await;
    engine.delete(&domain).await.unwrap();
    says(
        engine.delete(&mapped).await,
        "Invalid domain name identifier",
    );
}

#[tokio::test]
async fn a_domain_of_a_websocket_api_is_for_no_other() {
    let engine = Engine::start().await;
    let (certificate, _) = issued(&engine, "us-east-1").await;
    engine.create(DOMAIN, "d", domain(&certificate)).await;
    let sockets = engine.api().await;
    stage(&engine, &sockets).await;
    engine
        .create(MAPPED, "sockets", mapping(&sockets, "live"))
        .await;
    let inputs = json!({"protocolType": "HTTP"});
    let requests = engine.create(API, "requests", inputs).await;
    stage(&engine, &requests).await;
    let mut mapping = mapping(&requests, "live");
    mapping["apiMappingKey"] = json!("v1");
    says(
        engine.try_create(MAPPED, "requests", mapping).await,
        "Only WebSocket APIs can be mapped",
    );
}

#[tokio::test]
async fn a_stage_of_a_websocket_api_has_a_name_and_a_throttle() {
    let engine = Engine::start().await;
    let api = engine.api().await;
    let made = engine.try_create(STAGE, "s", json!({"apiId": api.id, "name": "$default"}));
    says(made.await, "must not be `$default` in a WebSocket API");
    let settings = json!({"throttlingRateLimit": 0, "throttlingBurstLimit": 1});
    let inputs = json!({"apiId": api.id, "name": "s", "defaultRouteSettings": settings});
    says(
        engine.try_create(STAGE, "s", inputs).await,
        "defaultRouteSettings.throttlingRateLimit must be more than 0",
    );
}

#[tokio::test]
async fn a_distribution_has_a_global_certificate_and_names_of_its_own() {
    let engine = Engine::start().await;
    let (far, _) = issued(&engine, "eu-central-1").await;
    let (near, _) = issued(&engine, "us-east-1").await;
    let distribution = |certificate: &Resource, alias: &str| {
        json!({
            "enabled": true,
            "aliases": [alias],
            "origins": [{"originId": "api", "domainName": "example.com"}],
            "defaultCacheBehavior": {
                "targetOriginId": "api",
                "allowedMethods": ["GET", "HEAD"],
                "cachedMethods": ["GET", "HEAD"],
                "cachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
                "viewerProtocolPolicy": "https-only",
            },
            "restrictions": {"geoRestriction": {"restrictionType": "none"}},
            "viewerCertificate": {
                "acmCertificateArn": certificate.outputs["arn"],
                "sslSupportMethod": "sni-only",
            },
        })
    };
    says(
        engine
            .try_create(DISTRIBUTION, "d", distribution(&far, NAME))
            .await,
        "must be a certificate in us-east-1",
    );
    says(
        engine
            .try_create(DISTRIBUTION, "d", distribution(&near, "a.example.com"))
            .await,
        "InvalidViewerCertificate",
    );
    engine
        .create(DISTRIBUTION, "d", distribution(&near, NAME))
        .await;
    says(
        engine
            .try_create(DISTRIBUTION, "again", distribution(&near, NAME))
            .await,
        "CNAMEAlreadyExists",
    );
    says(engine.delete(&near).await, "is in use.");
}

#[tokio::test]
async fn the_logs_of_a_web_acl_need_both() {
    let engine = Engine::start().await;
    let inputs = json!({
        "scope": "CLOUDFRONT",
        "defaultAction": {"allow": {}},
        "visibilityConfig": {
            "cloudwatchMetricsEnabled": true, "metricName": "edge", "sampledRequestsEnabled": true,
        },
    });
    let acl = engine.create(WEB_ACL, "edge", inputs).await;
    let group = |name: &str| format!("arn:aws:logs:us-east-1:000000000000:log-group:{name}");
    let logging =
        |acl: &str, group: &str| json!({"resourceArn": acl, "logDestinationConfigs": [group]});
    let arn = acl.text("arn");
    let nowhere = group("aws-waf-logs-edge");
    let made = engine.try_create(LOGGING, "l", logging(&arn, &nowhere));
    says(made.await, "field: LOG_DESTINATION");
    let made = engine.try_create(LOGGING, "l", logging(&arn, &group("edge")));
    says(made.await, "begins with `aws-waf-logs-`");
    let other = format!("{arn}0");
    let named = json!({"name": "aws-waf-logs-edge"});
    let named = engine.create(GROUP, "logs", named).await;
    let made = engine.try_create(LOGGING, "l", logging(&other, &named.text("arn")));
    says(made.await, "WAFNonexistentItemException");
    engine
        .create(LOGGING, "l", logging(&arn, &named.text("arn")))
        .await;
}

#[tokio::test]
async fn a_name_has_one_alias_or_records_of_other_kinds() {
    let engine = Engine::start().await;
    let record = |kind: &str| json!({"zoneId": "Z1", "name": NAME, "type": kind, "ttl": 60, "records": ["a"]});
    let first = engine.create(RECORD, "a", record("A")).await;
    assert_eq!(first.id, format!("Z1_{NAME}_A"));
    assert_eq!(first.text("fqdn"), NAME);
    engine.create(RECORD, "aaaa", record("AAAA")).await;
    says(
        engine.try_create(RECORD, "c", record("CNAME")).await,
        "conflicts with other records with the same DNS name",
    );
}

#[tokio::test]
async fn a_pools_own_domain_has_a_certificate_that_is_issued() {
    let engine = Engine::start().await;
    let pool = engine.create(POOL, "users", json!({})).await;
    let pending = certificate(&engine, "us-east-1").await;
    let token = "aws:cognito/userPoolDomain:UserPoolDomain";
    let inputs = json!({
        "userPoolId": pool.id, "domain": NAME, "certificateArn": pending.outputs["arn"],
    });
    says(
        engine.try_create(token, "d", inputs.clone()).await,
        "is not issued",
    );
    engine.create(RECORD, "proof", proof(&pending)).await;
    let validation = json!({"certificateArn": pending.outputs["arn"]});
    engine.create(VALIDATION, "v", validation).await;
    engine.create(token, "d", inputs).await;
    says(engine.delete(&pending).await, "is in use.");
}
