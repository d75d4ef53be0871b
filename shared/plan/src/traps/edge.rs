//! Domains, certificates, CloudFront and WAF.

mod host;
mod management;
mod tls;

use super::types::{
    CERTIFICATE, CERTIFICATE_VALIDATION, DISTRIBUTION, STAGE, WEB_ACL, WEB_ACL_ASSOCIATION,
};
use super::{Checked, Look, Rule};
use crate::plan::Declared;

pub(super) use self::host::HOST;
pub(super) use self::management::MANAGEMENT_URL;
pub(super) use self::tls::TLS;

pub(super) const WAF: Rule = Rule {
    id: "waf-stage",
    title: "No web ACL is associated to a stage of a WebSocket or HTTP API",
    look: |look, checked| {
        for association in look.stack.of_type(WEB_ACL_ASSOCIATION) {
            checked.seen += 1;
            let arn = association.input("resourceArn").text().unwrap_or_default();
            let mut stages = look.stack.source(association, "resourceArn", STAGE);
            if stages.next().is_some() || arn.contains(":/apis/") || arn.contains("::/apis/") {
                checked.trap(
                    association,
                    "WAF cannot protect a WebSocket or HTTP API: AWS refuses the association. Put CloudFront before the API and give the distribution a web ACL of scope CLOUDFRONT (`webAclId`).",
                );
            }
        }
    },
};

/// Where all that CloudFront uses must be.
const CLOUDFRONT_REGION: &str = "us-east-1";

pub(super) const REGION: Rule = Rule {
    id: "edge-region",
    title: "Certificates and web ACLs of CloudFront are in us-east-1",
    look: |look, checked| {
        for acl in look.stack.of_type(WEB_ACL) {
            if acl.input("scope").text() == Some("CLOUDFRONT") {
                in_cloudfronts_region(look, checked, acl, "A web ACL of scope CLOUDFRONT");
            }
        }
        for distribution in look.stack.of_type(DISTRIBUTION) {
            for certificate in certificates(look, distribution) {
                in_cloudfronts_region(look, checked, certificate, "A certificate of CloudFront");
            }
            let arn = distribution.input("viewerCertificate")["acmCertificateArn"].text();
            if let Some(region) = arn.and_then(|arn| arn.split(':').nth(3)) {
                checked.seen += 1;
                if region != CLOUDFRONT_REGION {
                    checked.trap(
                        distribution,
                        elsewhere("A certificate of CloudFront", region),
                    );
                }
            }
        }
    },
};

/// The certificates that a distribution shows, through their validation too.
fn certificates<'a>(look: &Look<'a>, distribution: Declared<'a>) -> Vec<Declared<'a>> {
    let input = "viewerCertificate";
    let direct = look.stack.source(distribution, input, CERTIFICATE);
    let mut found: Vec<_> = direct.collect();
    for validation in look
        .stack
        .source(distribution, input, CERTIFICATE_VALIDATION)
    {
        found.extend(look.stack.source(validation, "certificateArn", CERTIFICATE));
    }
    found.sort_by_key(|certificate| certificate.urn);
    found.dedup_by_key(|certificate| certificate.urn);
    found
}

fn in_cloudfronts_region(
    look: &Look<'_>,
    checked: &mut Checked,
    resource: Declared<'_>,
    what: &str,
) {
    checked.seen += 1;
    match look.stack.region(resource) {
        None => checked.unknown(resource),
        Some(CLOUDFRONT_REGION) => {}
        Some(region) => checked.trap(resource, elsewhere(what, region)),
    }
}

fn elsewhere(what: &str, region: &str) -> String {
    format!(
        "{what} must be in us-east-1, and this one is in {region}: CloudFront does not find it, and the update fails half-way. Set its `region` to us-east-1."
    )
}
