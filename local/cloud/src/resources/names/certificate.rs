//! `aws:acm/certificate:Certificate`, validated by DNS.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Certificate;
use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;

/// Nothing here speaks TLS.
const INERT: [&str; 4] = ["earlyRenewalDuration", "keyAlgorithm", "options", "tags"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    domain_name: Option<String>,
    #[serde(default)]
    subject_alternative_names: Vec<String>,
    validation_method: Option<String>,
    region: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    let domain = inputs
        .domain_name
        .ok_or_else(|| Refusal::value("domainName", "a certificate needs one"))?;
    if inputs.validation_method.as_deref() != Some("DNS") {
        return Err(Refusal::value(
            "validationMethod",
            "must be DNS: e-mails are not emulated",
        ));
    }
    let mut domains = inputs.subject_alternative_names;
    domains.insert(0, domain.clone());
    let mut seen = BTreeSet::new();
    domains.retain(|domain| seen.insert(domain.clone()));
    let mut proofs = BTreeSet::new();
    let options: Vec<Value> = domains
        .iter()
        .map(|domain| {
            // A wildcard is proven by the record of what it stands below.
            let base = domain.trim_start_matches("*.");
            let name = format!("_{}.{base}.", base36(base, "certificate", 32));
            let value = format!(
                "_{}.{}.acm-validations.aws.",
                base36(base, "proof", 32),
                base36(base, "zone", 10)
            );
            proofs.insert(name.clone());
            json!({
                "domainName": domain, "resourceRecordName": name,
                "resourceRecordType": "CNAME", "resourceRecordValue": value,
            })
        })
        .collect();
    let id = uuid_like(new.urn);
    let arn = cloud.arn_in(
        inputs.region.as_deref(),
        "acm",
        &format!("certificate/{id}"),
    );
    cloud.note("certificates: nothing on this machine speaks TLS");
    cloud.names.certificates.insert(
        arn.clone(),
        Certificate {
            proofs,
            issued: false,
        },
    );
    let computed = [
        ("arn", json!(arn)),
        ("domainValidationOptions", json!(options)),
        ("subjectAlternativeNames", json!(domains)),
        ("status", json!("PENDING_VALIDATION")),
        ("type", json!("AMAZON_ISSUED")),
        ("renewalEligibility", json!("INELIGIBLE")),
        ("pendingRenewal", json!(false)),
    ];
    Ok(Created::new(arn, new.inputs, computed))
}

fn uuid_like(urn: &str) -> String {
    let part = |purpose, length| base36(urn, purpose, length);
    format!(
        "{}-{}-{}-{}-{}",
        part("a", 8),
        part("b", 4),
        part("c", 4),
        part("d", 4),
        part("e", 12)
    )
}

/// That a certificate is in the Region in which it is used, and issued if it is one of this stack.
///
/// # Errors
/// What AWS would say.
pub(crate) fn usable(
    cloud: &Cloud,
    property: &str,
    arn: &str,
    region: &str,
    whose: &str,
) -> Result<(), Refusal> {
    if arn.split(':').nth(3) != Some(region) {
        return Err(Refusal::value(
            property,
            format!("the certificate of {whose} must be in {region}, and `{arn}` is not"),
        ));
    }
    match cloud.names.certificates.get(arn) {
        Some(certificate) if !certificate.issued => Err(Refusal::Order(format!(
            "`{property}`: the certificate is not issued yet: take the ARN from its CertificateValidation"
        ))),
        _ => Ok(()),
    }
}
