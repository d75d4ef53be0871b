//! Certificates of domain names.

use std::collections::BTreeMap;

use pulumi::{FromValue as _, Output, PropertyValue, Scope};
use pulumi_aws::acm::{Certificate, CertificateValidation};
use pulumi_aws::route53::{Record, RecordType};

use crate::settings::Domain;

/// The ARN of a certificate for `domain`: the one that is configured, or one that is made and proved by a record in the
/// domain's zone. `region` is where it must be, if that is not the stack's own.
pub(crate) fn of(
    scope: &dyn Scope,
    name: &str,
    domain: &Domain,
    region: Option<&str>,
    tags: &BTreeMap<String, String>,
) -> Output<String> {
    let (arn, zone) = (&domain.certificate_arn, &domain.hosted_zone_id);
    let zone = match (arn, zone) {
        (Some(arn), _) => return Output::known(arn.clone()),
        (None, Some(zone)) => zone,
        // Refused when the settings were read.
        (None, None) => return Output::unknown(),
    };
    let certificate = Certificate::builder(name)
        .domain_name(&domain.name)
        .validation_method("DNS")
        .tags(tags.clone());
    let certificate = match region {
        Some(region) => certificate.region(region),
        None => certificate,
    };
    let certificate = certificate.create(scope);
    let option = |field: &'static str| {
        certificate
            .domain_validation_options
            .try_map(move |options| first(&options, field))
    };
    let record = Record::builder(format!("{name}-validation"))
        .zone_id(zone)
        .name(option("resourceRecordName"))
        .type_(RecordType::CNAME)
        .records([option("resourceRecordValue")])
        .ttl(300)
        .create(scope);
    let validation = CertificateValidation::builder(name)
        .certificate_arn(&certificate.arn)
        .validation_record_fqdns([&record.fqdn]);
    let validation = match region {
        Some(region) => validation.region(region),
        None => validation,
    };
    validation.create(scope).certificate_arn
}

fn first(options: &[PropertyValue], field: &str) -> Result<String, pulumi::ConvertError> {
    let value = match options.first() {
        Some(PropertyValue::Object(fields)) => fields.get(field).cloned(),
        _ => None,
    };
    String::from_value(value.unwrap_or(PropertyValue::Null))
}
