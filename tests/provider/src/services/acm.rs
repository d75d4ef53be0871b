//! ACM: certificates, and the wait until they are issued.

use serde_json::{Value, json};

use super::cloudfront::DISTRIBUTION;
use super::cognito::DOMAIN;
use super::domains::DOMAIN_NAME;
use super::kind::{Kind, Made, Making, Parent, Proposal, Refusal};
use super::route53::RECORD;
use crate::cloud::{Cloud, Record};

pub(super) const CERTIFICATE: &str = "aws:acm/certificate:Certificate";
const VALIDATION: &str = "aws:acm/certificateValidation:CertificateValidation";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: CERTIFICATE,
        noun: "ACM Certificate",
        make: make_certificate,
        release: release_certificate,
        ..Kind::PLAIN
    },
    Kind {
        token: VALIDATION,
        noun: "ACM Certificate Validation",
        parents: &[Parent {
            property: "certificateArn",
            token: CERTIFICATE,
            is: |certificate, named| certificate.text("arn") == named,
            missing: |arn| {
                let message = format!("Could not find certificate {arn}.");
                Refusal::new("ResourceNotFoundException", message)
            },
        }],
        allow: allow_validation,
        make: |making| Made::new(making.text("certificateArn"), []),
        ..Kind::PLAIN
    },
];

/// The names that a certificate is for.
fn names(inputs: &crate::wire::Properties) -> Vec<&str> {
    let first = inputs.get("domainName").and_then(Value::as_str);
    let others = inputs.get("subjectAlternativeNames");
    let others = others.and_then(Value::as_array).into_iter().flatten();
    let mut names: Vec<&str> = first
        .into_iter()
        .chain(others.filter_map(Value::as_str))
        .collect();
    let mut seen = Vec::new();
    names.retain(|name| {
        let new = !seen.contains(name);
        seen.push(*name);
        new
    });
    names
}

fn make_certificate(making: &Making<'_>) -> Made {
    let arn = making.arn(
        "acm",
        &format!("certificate/{}", making.ids.uuid("certificate")),
    );
    let names = names(making.inputs);
    let by_dns = making.text("validationMethod") == "DNS";
    let records = names.iter().filter(|_| by_dns).map(|name| {
        let bare = name.trim_start_matches("*.");
        json!({
            "domainName": name,
            "resourceRecordName": format!("_{}.{bare}.", making.ids.hex(bare, 32)),
            "resourceRecordType": "CNAME",
            "resourceRecordValue": format!("_{}.acm-validations.aws.", making.ids.hex("value", 32)),
        })
    });
    let records: Vec<Value> = records.collect();
    let imported = making.inputs.contains_key("certificateBody");
    let (kind, status) = match imported {
        true => ("IMPORTED", "ISSUED"),
        false => ("AMAZON_ISSUED", "PENDING_VALIDATION"),
    };
    Made::new(
        arn.clone(),
        [
            ("arn", json!(arn)),
            ("domainValidationOptions", json!(records)),
            ("keyAlgorithm", making.or("keyAlgorithm", json!("RSA_2048"))),
            ("notAfter", json!("")),
            ("notBefore", json!("")),
            ("pendingRenewal", json!(false)),
            ("renewalEligibility", json!("INELIGIBLE")),
            ("renewalSummaries", json!([])),
            ("status", json!(status)),
            (
                "subjectAlternativeNames",
                making.or("subjectAlternativeNames", json!(names)),
            ),
            ("type", json!(kind)),
            ("validationEmails", json!([])),
        ],
    )
}

/// What a certificate is used by, at any depth of its properties.
fn release_certificate(cloud: &Cloud, certificate: &Record) -> Result<(), Refusal> {
    let arn = certificate.text("arn");
    let users = [
        (DOMAIN_NAME, "domainNameConfiguration", "certificateArn"),
        (DISTRIBUTION, "viewerCertificate", "acmCertificateArn"),
    ];
    let used = users.iter().any(|(token, outer, inner)| {
        cloud.all(token).any(|user| {
            let named = user
                .properties
                .get(*outer)
                .and_then(|outer| outer.get(inner));
            named.and_then(Value::as_str) == Some(arn)
        })
    });
    if used || cloud.with(DOMAIN, "certificateArn", arn).is_some() {
        let message = format!("Certificate {arn} in account 000000000000 is in use.");
        return Err(Refusal::new("ResourceInUseException", message));
    }
    Ok(())
}

/// The provider waits until the certificate is issued, which it is once its records are there.
fn allow_validation(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let arn = proposal.text("certificateArn");
    let certificate = proposal.cloud.with(CERTIFICATE, "arn", arn);
    let options = certificate.and_then(|it| it.properties.get("domainValidationOptions"));
    let options = options.and_then(Value::as_array).into_iter().flatten();
    let wanted: Vec<&str> = options
        .filter_map(|option| option.get("resourceRecordName")?.as_str())
        .map(|name| name.trim_end_matches('.'))
        .collect();
    let given = proposal.inputs.get("validationRecordFqdns");
    let given: Option<Vec<&str>> = given.and_then(Value::as_array).map(|given| {
        let given = given.iter().filter_map(Value::as_str);
        given.map(|name| name.trim_end_matches('.')).collect()
    });
    let missing = wanted
        .iter()
        .find(|name| given.as_ref().is_some_and(|given| !given.contains(name)));
    if let Some(missing) = missing {
        let message = format!("missing {missing} DNS validation record");
        return Err(Refusal::new("InvalidParameterValue", message));
    }
    let there = |wanted: &&str| {
        let mut records = proposal.cloud.all(RECORD);
        records.any(|record| record.text("name").trim_end_matches('.') == *wanted)
    };
    if !wanted.iter().all(there) {
        return Err(Refusal::new(
            "timeout while waiting for state to become 'ISSUED'",
            "last state: 'PENDING_VALIDATION', timeout: 1h15m0s",
        ));
    }
    Ok(())
}

/// The certificate of an ARN, if it is issued and covers these names; else what is wrong.
pub(super) fn issued(cloud: &Cloud, arn: &str, covered: &[&str]) -> Result<(), &'static str> {
    let Some(certificate) = cloud.with(CERTIFICATE, "arn", arn) else {
        return Err("does not exist");
    };
    let validated = cloud.with(VALIDATION, "certificateArn", arn).is_some();
    if !validated && certificate.text("status") != "ISSUED" {
        return Err("is not issued");
    }
    let names = names(&certificate.properties);
    let covers = |wanted: &&str| {
        names.iter().any(|name| {
            let below = name.strip_prefix('*');
            let first = |below: &str| wanted.strip_suffix(below).unwrap_or_default();
            name == wanted
                || below
                    .is_some_and(|below| !first(below).is_empty() && !first(below).contains('.'))
        })
    };
    // What is in an imported certificate is not looked at.
    if certificate.text("type") != "IMPORTED" && !covered.iter().all(covers) {
        return Err("does not cover the name");
    }
    Ok(())
}
