//! CloudFront: distributions and what they are made of.

use serde_json::{Value, json};

use super::acm;
use super::kind::{Kind, Made, Making, Proposal, Refusal};
use super::wafv2::WEB_ACL;
use crate::cloud::{Cloud, Record};
use crate::environment::ACCOUNT;

pub(super) const DISTRIBUTION: &str = "aws:cloudfront/distribution:Distribution";

/// Where a distribution's names are in Route 53, for all of them.
const ZONE: &str = "Z2FDTNDATAQYW2";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: DISTRIBUTION,
        noun: "CloudFront Distribution",
        allow: allow_distribution,
        make: make_distribution,
        ..Kind::PLAIN
    },
    Kind {
        token: "aws:cloudfront/cachePolicy:CachePolicy",
        noun: "CloudFront Cache Policy",
        make: |making| make_part(making, "cache-policy"),
        release: |cloud, part| unused(cloud, part, "CachePolicyInUse"),
        ..Kind::PLAIN
    },
    Kind {
        token: "aws:cloudfront/originRequestPolicy:OriginRequestPolicy",
        noun: "CloudFront Origin Request Policy",
        make: |making| make_part(making, "origin-request-policy"),
        release: |cloud, part| unused(cloud, part, "OriginRequestPolicyInUse"),
        ..Kind::PLAIN
    },
    Kind {
        token: "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        noun: "CloudFront Response Headers Policy",
        make: |making| make_part(making, "response-headers-policy"),
        release: |cloud, part| unused(cloud, part, "ResponseHeadersPolicyInUse"),
        ..Kind::PLAIN
    },
];

fn allow_distribution(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let acl = proposal.text("webAclId");
    let found = proposal.cloud.with(WEB_ACL, "arn", acl);
    if !acl.is_empty() && found.is_none_or(|acl| acl.text("scope") != "CLOUDFRONT") {
        let message = format!("Web ACL is not accessible by the requester: {acl}");
        return Err(Refusal::new("InvalidWebACLId", message));
    }
    let aliases = proposal.inputs.get("aliases").and_then(Value::as_array);
    let aliases: Vec<&str> = aliases
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for alias in &aliases {
        let named = |other: &Record| {
            let names = other.properties.get("aliases").and_then(Value::as_array);
            names.is_some_and(|names| names.iter().any(|name| name == alias))
        };
        if proposal.others(DISTRIBUTION).any(named) {
            let message = format!(
                "One or more of the CNAMEs you provided are already associated with a different resource: {alias}"
            );
            return Err(Refusal::new("CNAMEAlreadyExists", message));
        }
    }
    let certificate = proposal.inputs.get("viewerCertificate");
    let arn = certificate.and_then(|it| it.get("acmCertificateArn")?.as_str());
    if let Some(arn) = arn {
        acm::issued(proposal.cloud, arn, &aliases).map_err(|fault| {
            let message = format!(
                "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include \
                 a valid certificate chain: it {fault}"
            );
            Refusal::new("InvalidViewerCertificate", message)
        })?;
    }
    Ok(())
}

fn make_distribution(making: &Making<'_>) -> Made {
    let id = format!("E{}", making.ids.capitals("distribution", 13));
    let domain = format!("d{}.cloudfront.net", making.ids.base36("domain", 13));
    Made::new(
        id.clone(),
        [
            (
                "arn",
                json!(format!("arn:aws:cloudfront::{ACCOUNT}:distribution/{id}")),
            ),
            ("callerReference", json!(making.ids.hex("reference", 20))),
            ("domainName", json!(domain)),
            (
                "etag",
                json!(format!("E{}", making.ids.capitals("etag", 13))),
            ),
            ("hostedZoneId", json!(ZONE)),
            ("status", json!("Deployed")),
        ],
    )
}

fn make_part(making: &Making<'_>, kind: &str) -> Made {
    let id = making.ids.uuid(kind);
    Made::new(
        id.clone(),
        [
            (
                "arn",
                json!(format!("arn:aws:cloudfront::{ACCOUNT}:{kind}/{id}")),
            ),
            (
                "etag",
                json!(format!("E{}", making.ids.capitals("etag", 13))),
            ),
        ],
    )
}

/// Whether no distribution has the part.
fn unused(cloud: &Cloud, part: &Record, exception: &'static str) -> Result<(), Refusal> {
    let mut distributions = cloud.all(DISTRIBUTION);
    let user = distributions.find(|distribution| {
        distribution
            .properties
            .values()
            .any(|value| names(value, &part.id))
    });
    match user {
        None => Ok(()),
        Some(distribution) => Err(Refusal::new(
            exception,
            format!("it is attached to the distribution {}", distribution.id),
        )),
    }
}

/// Whether a text is anywhere in a value.
fn names(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found == text,
        Value::Array(items) => items.iter().any(|item| names(item, text)),
        Value::Object(fields) => fields.values().any(|field| names(field, text)),
        _ => false,
    }
}
