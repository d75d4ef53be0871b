//! CloudFront: distributions.

use std::collections::BTreeSet;

use serde_json::Value;

use super::acm;
use super::wafv2::CLOUDFRONT_REGION;
use crate::judge::{Given, Judge, field, given};
use crate::types::WEB_ACL;
use crate::{Origin, Problem};

const BEHAVIOURS: Origin = Origin::Documented("CloudFront API Reference, CacheBehavior");
const CERTIFICATES: Origin =
    Origin::Documented("CloudFront, requirements for using SSL/TLS certificates");
const ERRORS: Origin = Origin::Documented("CloudFront API Reference, CustomErrorResponse");
const ORIGINS: Origin = Origin::Documented("CloudFront API Reference, Origin");
const WEB_ACLS: Origin = Origin::Documented("CloudFront API Reference, DistributionConfig");

/// The answers of an origin that a distribution can answer otherwise. Of 429 the pages say different things.
const ERROR_CODES: [f64; 12] = [
    400.0, 403.0, 404.0, 405.0, 414.0, 416.0, 429.0, 500.0, 501.0, 502.0, 503.0, 504.0,
];

/// The sets of methods that a behaviour can allow.
const METHODS: [&[&str]; 3] = [
    &["GET", "HEAD"],
    &["GET", "HEAD", "OPTIONS"],
    &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
];

/// Headers that CloudFront does not add to what it asks an origin.
const HEADERS_OF_ITS_OWN: [&str; 10] = [
    "cache-control",
    "connection",
    "content-length",
    "cookie",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "transfer-encoding",
    "upgrade",
];

pub(super) fn distribution(judge: &mut Judge<'_>) {
    certificate(judge);
    web_acl(judge);
    origins(judge);
    behaviours(judge);
    errors(judge);
    let restriction = "restrictions.geoRestriction";
    let kind = judge.text(&format!("{restriction}.restrictionType"));
    let countries = judge.items(&format!("{restriction}.locations")).len();
    if kind == Some("none") && countries > 0 {
        let place = format!("{restriction}.locations");
        judge.object(place, "must be empty for the restriction `none`", &WEB_ACLS);
    }
    let comment = judge.text("comment").unwrap_or_default();
    if comment.chars().count() > 128 {
        let problem = Problem::AtMost {
            most: 128.0,
            unit: "characters",
        };
        judge.refuse("comment", problem, &WEB_ACLS);
    }
}

fn certificate(judge: &mut Judge<'_>) {
    let of = "viewerCertificate";
    let arn = format!("{of}.acmCertificateArn");
    let own = judge.is_true(&format!("{of}.cloudfrontDefaultCertificate"));
    let iam = format!("{of}.iamCertificateId");
    if own {
        for other in [&arn, &iam] {
            judge.exclude(
                other,
                "together with `cloudfrontDefaultCertificate`",
                &CERTIFICATES,
            );
        }
        if !judge.items("aliases").is_empty() {
            judge.exclude(
                "aliases",
                "with CloudFront's own certificate",
                &CERTIFICATES,
            );
        }
    } else if [&arn, &iam].iter().all(|other| judge.is_absent(other)) {
        let none = judge.is_given(of);
        let undecided = judge.input(&format!("{of}.cloudfrontDefaultCertificate"));
        if none && undecided != Given::Unknown {
            let problem = "must have a certificate, or `cloudfrontDefaultCertificate`";
            judge.object(of, problem, &CERTIFICATES);
        }
    } else {
        let method = format!("{of}.sslSupportMethod");
        judge.require(&method, "with a certificate of one's own", &CERTIFICATES);
    }
    acm::is_in(judge, of, &arn, Some(CLOUDFRONT_REGION), &CERTIFICATES);
}

fn web_acl(judge: &mut Judge<'_>) {
    let regional = match judge.text("webAclId") {
        Some(arn) => arn.starts_with("arn:") && !arn.contains(":global/webacl/"),
        None => {
            let acl = judge.named_by("webAclId", WEB_ACL);
            let scope = acl
                .as_ref()
                .and_then(|acl| acl.inputs.get("scope")?.as_str());
            scope == Some("REGIONAL")
        }
    };
    if regional {
        let problem = "must be a web ACL of the scope CLOUDFRONT";
        judge.object("webAclId", problem, &WEB_ACLS);
    }
}

fn origins(judge: &mut Judge<'_>) {
    let mut seen = BTreeSet::new();
    for (index, origin) in judge.items("origins").iter().enumerate() {
        let place = format!("origins[{index}]");
        if let Some(id) = field(origin, "originId").text()
            && !seen.insert(id)
        {
            judge.object(format!("{place}.originId"), "must be there once", &ORIGINS);
        }
        let domain = field(origin, "domainName").text().unwrap_or_default();
        if domain.contains('/') || domain.contains(':') {
            let problem = "must be a domain name, without a scheme, port or path";
            judge.object(format!("{place}.domainName"), problem, &ORIGINS);
        }
        let path = field(origin, "originPath").text().unwrap_or_default();
        if !path.is_empty() && (!path.starts_with('/') || path.ends_with('/')) {
            let problem = "must begin with `/` and not end with it";
            judge.object(format!("{place}.originPath"), problem, &ORIGINS);
        }
        if let Given::Known(custom) = field(origin, "customOriginConfig") {
            let place = format!("{place}.customOriginConfig");
            for (property, least, most) in [
                ("originReadTimeout", 1.0, 120.0),
                ("originKeepaliveTimeout", 1.0, 120.0),
                ("httpsPort", 80.0, 65_535.0),
                ("httpPort", 80.0, 65_535.0),
            ] {
                let value = field(custom, property).number();
                if value.is_some_and(|value| value < least || value > most) {
                    let problem = format!("must be from {least} to {most}");
                    judge.object(format!("{place}.{property}"), problem, &ORIGINS);
                }
            }
        }
        headers(judge, &place, origin);
    }
}

fn headers(judge: &mut Judge<'_>, place: &str, origin: &Value) {
    let headers = field(origin, "customHeaders").items();
    for (index, header) in headers.iter().enumerate() {
        let name = field(header, "name").text().unwrap_or_default();
        let name = name.to_ascii_lowercase();
        let own = HEADERS_OF_ITS_OWN.contains(&name.as_str())
            || name.starts_with("x-amz-")
            || name.starts_with("x-edge-");
        if own {
            let place = format!("{place}.customHeaders[{index}].name");
            judge.object(
                place,
                "must not be a header that CloudFront sets itself",
                &ORIGINS,
            );
        }
    }
}

fn behaviours(judge: &mut Judge<'_>) {
    let origins = judge
        .items("origins")
        .iter()
        .chain(judge.items("originGroups"));
    let all_known = [judge.input("origins"), judge.input("originGroups")];
    let all_known = !all_known.contains(&Given::Unknown);
    let ids: Vec<_> = origins.map(|origin| field(origin, "originId")).collect();
    let default = (
        "defaultCacheBehavior".to_owned(),
        judge.input("defaultCacheBehavior"),
    );
    let ordered = judge.items("orderedCacheBehaviors").iter().enumerate();
    let ordered = ordered.map(|(index, behaviour)| {
        (
            format!("orderedCacheBehaviors[{index}]"),
            given(Some(behaviour)),
        )
    });
    for (place, behaviour) in std::iter::once(default).chain(ordered) {
        let Given::Known(behaviour) = behaviour else {
            continue;
        };
        let target = field(behaviour, "targetOriginId").text();
        let there = |target| ids.iter().any(|id| id.text() == Some(target));
        let elsewhere = target.is_some_and(|target| !there(target));
        if elsewhere && all_known && !ids.contains(&Given::Unknown) {
            let problem = "must be the `originId` of one of the origins";
            judge.object(format!("{place}.targetOriginId"), problem, &BEHAVIOURS);
        }
        let caching =
            ["cachePolicyId", "forwardedValues"].map(|property| field(behaviour, property));
        match caching {
            [Given::Known(_), Given::Known(_)] | [Given::Absent, Given::Absent] => {
                let problem = "must have `cachePolicyId` or `forwardedValues`, and not both";
                judge.object(&place, problem, &BEHAVIOURS);
            }
            _ => {}
        }
        methods(judge, &place, behaviour);
    }
}

fn methods(judge: &mut Judge<'_>, place: &str, behaviour: &Value) {
    let set = |property| {
        let items = field(behaviour, property).items();
        let texts = items.iter().map(Value::as_str);
        texts.collect::<Option<BTreeSet<_>>>()
    };
    let among = |found: &BTreeSet<&str>, sets: &[&[&str]]| {
        sets.iter()
            .any(|set| set.iter().copied().collect::<BTreeSet<_>>() == *found)
    };
    let (allowed, cached) = (set("allowedMethods"), set("cachedMethods"));
    if let Some(allowed) = allowed.as_ref().filter(|it| !it.is_empty())
        && !among(allowed, &METHODS)
    {
        let problem = "must be GET and HEAD, the same with OPTIONS, or all seven methods";
        judge.object(format!("{place}.allowedMethods"), problem, &BEHAVIOURS);
    }
    if let Some(cached) = cached.as_ref().filter(|it| !it.is_empty())
        && !among(cached, &METHODS[..2])
    {
        let problem = "must be GET and HEAD, or the same with OPTIONS";
        judge.object(format!("{place}.cachedMethods"), problem, &BEHAVIOURS);
    }
}

fn errors(judge: &mut Judge<'_>) {
    for (index, response) in judge.items("customErrorResponses").iter().enumerate() {
        let place = format!("customErrorResponses[{index}]");
        let code = field(response, "errorCode").number();
        if code.is_some_and(|code| !ERROR_CODES.contains(&code)) {
            let codes = ERROR_CODES.map(|code| code.to_string()).join(", ");
            judge.object(
                format!("{place}.errorCode"),
                format!("must be one of {codes}"),
                &ERRORS,
            );
        }
        let pair = ["responseCode", "responsePagePath"].map(|property| field(response, property));
        if let [Given::Known(_), Given::Absent] | [Given::Absent, Given::Known(_)] = pair {
            let problem = "must have `responseCode` and `responsePagePath`, or neither";
            judge.object(place, problem, &ERRORS);
        }
    }
}
