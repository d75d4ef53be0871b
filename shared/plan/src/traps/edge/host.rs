//! The host that CloudFront tells API Gateway.

use crate::plan::Declared;
use crate::property::Property;
use crate::traps::types::{API, DISTRIBUTION, DOMAIN_NAME, STAGE};
use crate::traps::{Look, Rule};

/// The managed origin request policy `AllViewer`, whose id is the same in every account.
const ALL_VIEWER: &str = "216adef6-5c7f-47e4-b989-5492eafa07d3";

pub(in crate::traps) const HOST: Rule = Rule {
    id: "edge-host",
    title: "CloudFront does not tell API Gateway the viewer's host",
    look: |look, checked| {
        for distribution in look.stack.of_type(DISTRIBUTION) {
            let behaviours = std::iter::once(distribution.input("defaultCacheBehavior"))
                .chain(distribution.input("orderedCacheBehaviors").items());
            for behaviour in behaviours {
                let target = &behaviour["targetOriginId"];
                if !leads_to_a_gateway(look, distribution, target) {
                    continue;
                }
                checked.seen += 1;
                let policy = &behaviour["originRequestPolicyId"];
                if *policy == Property::Unknown {
                    checked.unknown(distribution);
                } else if policy.text() == Some(ALL_VIEWER) || forwards_host(behaviour) {
                    checked.trap(
                        distribution,
                        "A behaviour before API Gateway forwards the viewer's `Host`: API Gateway knows no API of that name and answers 403 to everybody. Use the managed policy AllViewerExceptHostHeader.",
                    );
                }
            }
        }
    },
};

/// The old way to say what is forwarded.
fn forwards_host(behaviour: &Property) -> bool {
    let headers = behaviour["forwardedValues"]["headers"].items();
    let mut names = headers.iter().filter_map(Property::text);
    names.any(|name| name == "*" || name.eq_ignore_ascii_case("host"))
}

fn leads_to_a_gateway(look: &Look<'_>, distribution: Declared<'_>, target: &Property) -> bool {
    let origins = distribution.input("origins").items();
    let Some(origin) = origins.iter().find(|it| it["originId"] == *target) else {
        return false;
    };
    let domain = &origin["domainName"];
    let Some(host) = domain.text() else {
        let kinds = [API, DOMAIN_NAME, STAGE];
        let gateways = kinds.iter().any(|kind| {
            look.stack
                .source(distribution, "origins", kind)
                .next()
                .is_some()
        });
        // A bucket is no custom origin.
        return gateways && !origin["customOriginConfig"].is_null();
    };
    let mut domains = look.stack.of_type(DOMAIN_NAME);
    host.contains(".execute-api.")
        || domains.any(|domain| domain.input("domainName").text() == Some(host))
}
