//! ACM: certificates.

use crate::Origin;
use crate::judge::Judge;
use crate::types::{CERTIFICATE, CERTIFICATE_VALIDATION};

const REQUESTED: Origin = Origin::Documented("ACM, request or import a certificate");
const REGIONS: Origin = Origin::Documented("ACM, supported Regions");

pub(super) fn certificate(judge: &mut Judge<'_>) {
    judge.one_of(&["domainName", "certificateBody"], &REQUESTED);
    if judge.is_given("domainName") {
        for property in ["certificateChain", "privateKey", "privateKeyWo"] {
            judge.exclude(property, "for a certificate that AWS issues", &REQUESTED);
        }
    }
    if judge.is_given("certificateBody") {
        if judge.is_absent("privateKeyWo") {
            judge.require("privateKey", "with `certificateBody`", &REQUESTED);
        }
        for property in [
            "certificateAuthorityArn",
            "subjectAlternativeNames",
            "validationMethod",
        ] {
            judge.exclude(property, "for a certificate that is imported", &REQUESTED);
        }
    }
    if judge.is_given("certificateAuthorityArn") {
        let why = "for a certificate of a private authority";
        judge.exclude("validationMethod", why, &REQUESTED);
    }
}

pub(super) fn certificate_validation(judge: &mut Judge<'_>) {
    let region = judge.region();
    is_in(judge, "certificateArn", "certificateArn", region, &REGIONS);
    let certificate = judge.named_by("certificateArn", CERTIFICATE);
    let Some(certificate) = certificate else {
        return;
    };
    if certificate.inputs.contains_key("certificateBody") {
        let problem = "must not name an imported certificate: nothing is left to validate";
        judge.object("certificateArn", problem, &REQUESTED);
    }
    let method = certificate.inputs.get("validationMethod");
    if method.and_then(|method| method.as_str()) == Some("EMAIL") {
        let why = "for a certificate that is validated by e-mail";
        judge.exclude("validationRecordFqdns", why, &REQUESTED);
    }
}

/// The certificate that is named at a path, in this property, has to be in this Region.
pub(super) fn is_in(
    judge: &mut Judge<'_>,
    property: &str,
    path: &str,
    wanted: Option<&str>,
    origin: &Origin,
) {
    let of_arn = |arn: &str| arn.split(':').nth(3).map(str::to_owned);
    let named = |token| judge.named_by(property, token)?.region;
    let region = match judge.text(path) {
        Some(arn) => of_arn(arn),
        None => named(CERTIFICATE_VALIDATION).or_else(|| named(CERTIFICATE)),
    };
    if let (Some(region), Some(wanted)) = (region, wanted)
        && !region.is_empty()
        && region != wanted
    {
        let problem = format!("must be a certificate in {wanted}, and this one is in {region}");
        judge.object(path, problem, origin);
    }
}
