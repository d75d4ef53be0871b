//! A distribution before one endpoint.

use std::collections::BTreeMap;

use pulumi::{Component, Output, interpolate};
use pulumi_aws::cloudfront::{
    Distribution, DistributionCustomErrorResponse, DistributionDefaultCacheBehavior,
    DistributionOrigin, DistributionOriginCustomHeader, DistributionOriginCustomOriginConfig,
    DistributionRestrictions, DistributionRestrictionsGeoRestriction,
    DistributionViewerCertificate,
};
use pulumi_aws::route53::{Record, RecordAlias, RecordType};
use tidegate_contract::origin::ORIGIN_HEADER;

use super::REGION;
use crate::certificate;
use crate::gateway::ServedEndpoint;
use crate::identity::is_loopback;
use crate::settings::{Domain, EdgeSettings};

/// AWS's managed policy `CachingDisabled`.
const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
/// AWS's managed policy `AllViewerExceptHostHeader`: with the viewer's own `Host`, API Gateway answers 403.
const ALL_BUT_HOST: &str = "b689b0a8-53d0-40ab-baf2-68738e2966ac";
const ORIGIN: &str = "gateway";
const HTTPS_PORT: i64 = 443;
/// The errors that CloudFront would keep.
const ERRORS: [i64; 4] = [500, 502, 503, 504];
const METHODS: [&str; 2] = ["GET", "HEAD"];

/// What a distribution is made of.
pub(super) struct Front<'a> {
    pub(super) endpoint: &'a ServedEndpoint,
    pub(super) acl: &'a Output<String>,
    pub(super) settings: &'a EdgeSettings,
    pub(super) secret: Output<String>,
    pub(super) tags: &'a BTreeMap<String, String>,
}

impl Front<'_> {
    /// Returns where clients connect, and where the domain name is to point when the stack makes no record for it.
    pub(super) fn create(self, component: &Component) -> (Output<String>, Option<Output<String>>) {
        let domain = self.settings.domain.as_ref();
        let builder = Distribution::builder(format!("edge{}", self.endpoint.suffix))
            .enabled(true)
            .is_ipv6_enabled(true)
            .comment("WebSockets")
            .origins([self.origin()])
            .default_cache_behavior(
                DistributionDefaultCacheBehavior::builder()
                    .target_origin_id(ORIGIN)
                    .allowed_methods(METHODS)
                    .cached_methods(METHODS)
                    .viewer_protocol_policy("https-only")
                    .cache_policy_id(CACHING_DISABLED)
                    .origin_request_policy_id(ALL_BUT_HOST)
                    .build(),
            )
            // CloudFront keeps an error for ten seconds if it is not told otherwise: one failed handshake would be everybody's.
            .custom_error_responses(ERRORS.map(|status| {
                DistributionCustomErrorResponse::builder()
                    .error_code(status)
                    .error_caching_min_ttl(0)
                    .build()
            }))
            // WAF knows countries too, and counts what it blocks.
            .restrictions(
                DistributionRestrictions::builder()
                    .geo_restriction(
                        DistributionRestrictionsGeoRestriction::builder()
                            .restriction_type("none")
                            .build(),
                    )
                    .build(),
            )
            .viewer_certificate(self.certificate(component))
            .web_acl_id(self.acl)
            .tags(self.tags.clone());
        let builder = match domain {
            Some(domain) => builder.aliases([domain.name.as_str()]),
            None => builder,
        };
        let distribution = builder.create(component);
        match domain {
            Some(domain) => name(component, domain, &distribution),
            None => (distribution.domain_name.map(|name| url_of(&name)), None),
        }
    }

    fn origin(&self) -> DistributionOrigin {
        let url = &self.endpoint.origin_url;
        let header = DistributionOriginCustomHeader::builder()
            .name(ORIGIN_HEADER)
            .value(&self.secret)
            .build();
        DistributionOrigin::builder()
            .origin_id(ORIGIN)
            .domain_name(url.map(|url| address_of(&url).0))
            // The stage is the path of the API's URL; the distribution's has none.
            .origin_path(format!("/{}", self.endpoint.stage))
            .custom_headers([header])
            .custom_origin_config(
                DistributionOriginCustomOriginConfig::builder()
                    .http_port(80)
                    .https_port(url.map(|url| address_of(&url).1))
                    .origin_protocol_policy("https-only")
                    .origin_ssl_protocols(["TLSv1.2"])
                    .build(),
            )
            .build()
    }

    fn certificate(&self, component: &Component) -> DistributionViewerCertificate {
        let Some(domain) = &self.settings.domain else {
            return DistributionViewerCertificate::builder()
                .cloudfront_default_certificate(true)
                .build();
        };
        let certificate = certificate::of(component, "edge", domain, Some(REGION), self.tags);
        DistributionViewerCertificate::builder()
            .acm_certificate_arn(certificate)
            .ssl_support_method("sni-only")
            .minimum_protocol_version("TLSv1.2_2021")
            .build()
    }
}

/// Points the domain name to the distribution, where the stack has its zone.
fn name(
    component: &Component,
    domain: &Domain,
    distribution: &Distribution,
) -> (Output<String>, Option<Output<String>>) {
    let there = distribution.domain_name.map(|_| String::new());
    let url = interpolate!("{}wss://{}", &there, domain.name.as_str());
    let Some(zone) = &domain.hosted_zone_id else {
        return (url, Some(distribution.domain_name.clone()));
    };
    for kind in [RecordType::A, RecordType::AAAA] {
        Record::builder(format!("edge-{}", kind.as_str().to_lowercase()))
            .zone_id(zone)
            .name(&domain.name)
            .type_(kind)
            .aliases([RecordAlias::builder()
                .name(&distribution.domain_name)
                .zone_id(&distribution.hosted_zone_id)
                .evaluate_target_health(false)
                .build()])
            .create(component);
    }
    (url, None)
}

fn url_of(domain_name: &str) -> String {
    let scheme = if is_loopback(domain_name) {
        "ws"
    } else {
        "wss"
    };
    format!("{scheme}://{domain_name}")
}

/// Host and port of `wss://HOST/STAGE`; on one machine there is a port.
fn address_of(url: &str) -> (String, i64) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    (host.to_owned(), port.parse().unwrap_or(HTTPS_PORT))
}
