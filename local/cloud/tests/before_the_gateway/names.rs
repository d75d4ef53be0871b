//! Domains, their certificates and their records.

use serde_json::json;

use crate::support::{CERTIFICATE, Stack, with};

const DOMAIN: &str = "aws:apigatewayv2/domainName:DomainName";
const MAPPING: &str = "aws:apigatewayv2/apiMapping:ApiMapping";
const RECORD: &str = "aws:route53/record:Record";
const VALIDATION: &str = "aws:acm/certificateValidation:CertificateValidation";

#[test]
fn a_domain_is_mapped_to_a_stage_and_leads_nowhere_here() {
    let mut stack = Stack::new();
    let api = stack.sockets();
    let certificate = stack.certificate("ws.example.com", "eu-central-1");
    let domain = json!({
        "domainName": "ws.example.com",
        "domainNameConfiguration": {
            "certificateArn": certificate, "endpointType": "REGIONAL", "securityPolicy": "TLS_1_2",
        },
    });
    let made = stack.make(DOMAIN, "domain", &domain);
    let configuration = &made.outputs["domainNameConfiguration"];
    let target = configuration["targetDomainName"].as_str().unwrap();
    assert!(target.ends_with(".execute-api.eu-central-1.amazonaws.com"));
    let mapping = json!({"apiId": api, "domainName": "ws.example.com", "stage": "dev"});
    stack.make(MAPPING, "mapping", &mapping);
    let alias = json!({"name": target, "zoneId": configuration["hostedZoneId"], "evaluateTargetHealth": false});
    let record = json!({"zoneId": "Z1", "name": "ws.example.com", "type": "A", "aliases": [alias]});
    let record = stack.make(RECORD, "record", &record);
    assert_eq!(record.outputs["fqdn"], "ws.example.com");

    let system = stack.system();
    let noted = |text: &str| system.notes().iter().any(|note| note.contains(text));
    assert!(noted("TLS") && noted("ws.example.com") && noted("DNS"));
    assert_eq!(system.apis[0].endpoint, "ws://127.0.0.1:4000");

    let error = stack.refused(MAPPING, &with(&mapping, &json!({"stage": "prod"})));
    assert!(error.contains("no stage `prod`"), "{error}");
    let error = stack.refused(MAPPING, &mapping);
    assert!(error.contains("ConflictException"), "{error}");
    let mutual = json!({"mutualTlsAuthentication": {"truststoreUri": "s3://b/k"}});
    let error = stack.refused(DOMAIN, &with(&domain, &mutual));
    assert!(error.contains("mutualTlsAuthentication"), "{error}");
}

#[test]
fn a_certificate_is_issued_when_its_records_are_there() {
    let mut stack = Stack::new();
    let inputs = json!({
        "domainName": "example.com", "subjectAlternativeNames": ["*.example.com"], "validationMethod": "DNS",
    });
    let certificate = stack.make(CERTIFICATE, "certificate", &inputs);
    let options = certificate.outputs["domainValidationOptions"].clone();
    assert_eq!(
        options[0]["resourceRecordName"],
        options[1]["resourceRecordName"]
    );
    let validation = json!({"certificateArn": certificate.id});
    let error = stack.refused(VALIDATION, &validation);
    assert!(error.contains("no CNAME record"), "{error}");
    let domain = json!({
        "domainName": "example.com",
        "domainNameConfiguration": {
            "certificateArn": certificate.id, "endpointType": "REGIONAL", "securityPolicy": "TLS_1_2",
        },
    });
    let error = stack.refused(DOMAIN, &domain);
    assert!(error.contains("not issued yet"), "{error}");
    let record = json!({
        "zoneId": "Z1", "ttl": 60, "name": options[0]["resourceRecordName"],
        "type": "CNAME", "records": [options[0]["resourceRecordValue"]],
    });
    stack.make(RECORD, "record", &record);
    stack.make(VALIDATION, "validation", &validation);
    stack.make(DOMAIN, "domain", &domain);
}

#[test]
fn a_certificate_is_in_the_region_in_which_it_is_used() {
    let mut stack = Stack::new();
    let certificate = stack.certificate("example.com", "us-east-1");
    assert!(certificate.starts_with("arn:aws:acm:us-east-1:"));
    let domain = json!({
        "domainName": "example.com",
        "domainNameConfiguration": {
            "certificateArn": certificate, "endpointType": "REGIONAL", "securityPolicy": "TLS_1_2",
        },
    });
    let error = stack.refused(DOMAIN, &domain);
    assert!(error.contains("must be in eu-central-1"), "{error}");
}
