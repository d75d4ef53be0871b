//! How connections are encrypted.

use crate::property::Property;
use crate::traps::types::{DISTRIBUTION, DOMAIN_NAME};
use crate::traps::{Checked, Rule};

pub(in crate::traps) const TLS: Rule = Rule {
    id: "tls",
    title: "Nothing is served or fetched below TLS 1.2",
    look: |look, checked| {
        for domain in look.stack.of_type(DOMAIN_NAME) {
            let policy = &domain.input("domainNameConfiguration")["securityPolicy"];
            judge(checked, domain, "securityPolicy", policy, &["TLS_1_0"]);
            if policy.is_null() {
                checked.trap(domain, "It names no `securityPolicy`. Set it to TLS_1_2.");
            }
        }
        for distribution in look.stack.of_type(DISTRIBUTION) {
            let certificate = distribution.input("viewerCertificate");
            // CloudFront's own name takes what CloudFront decides.
            if !certificate["cloudfrontDefaultCertificate"].is_true() {
                let version = &certificate["minimumProtocolVersion"];
                judge(
                    checked,
                    distribution,
                    "minimumProtocolVersion",
                    version,
                    OLD,
                );
                if version.is_null() {
                    checked.trap(
                        distribution,
                        "It names no `minimumProtocolVersion`: CloudFront then takes TLS 1.0 too. Set it to TLSv1.2_2021 or newer.",
                    );
                }
            }
            for origin in distribution.input("origins").items() {
                let config = &origin["customOriginConfig"];
                for version in config["originSslProtocols"].items() {
                    judge(checked, distribution, "originSslProtocols", version, OLD);
                }
            }
            let behaviours = std::iter::once(distribution.input("defaultCacheBehavior"))
                .chain(distribution.input("orderedCacheBehaviors").items());
            for behaviour in behaviours {
                if behaviour["viewerProtocolPolicy"].text() == Some("allow-all") {
                    checked.trap(
                        distribution,
                        "A behaviour takes plain HTTP (`viewerProtocolPolicy` is allow-all): tokens cross the network in the clear. Set it to https-only or redirect-to-https.",
                    );
                }
            }
        }
    },
};

/// What CloudFront calls the versions below 1.2.
const OLD: &[&str] = &["SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1", "TLSv1.1_2016"];

fn judge(
    checked: &mut Checked,
    resource: crate::Declared<'_>,
    property: &str,
    version: &Property,
    old: &[&str],
) {
    checked.seen += 1;
    match version.text() {
        Some(version) if old.contains(&version) => checked.trap(
            resource,
            format!(
                "`{property}` allows {version}: clients can be talked down to encryption that is broken. Ask for TLS 1.2 at least."
            ),
        ),
        None if version.is_hidden() => checked.unknown(resource),
        _ => {}
    }
}
