//! Cognito: user pools, their clients and domains.

use std::ops::RangeInclusive;

use super::acm;
use super::wafv2::CLOUDFRONT_REGION;
use crate::Origin;
use crate::judge::{Given, Judge};

const CLIENTS: Origin = Origin::Documented("Cognito API Reference, CreateUserPoolClient");
const DOMAINS: Origin = Origin::Documented("Cognito, user pool domains");
const POOLS: Origin = Origin::Documented("Cognito API Reference, CreateUserPool");

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;
const DAY: f64 = 86_400.0;

pub(super) fn user_pool(judge: &mut Judge<'_>) {
    if judge.is_given("usernameAttributes") {
        let why = "together with `usernameAttributes`";
        judge.exclude("aliasAttributes", why, &POOLS);
    }
    let devices = [
        "softwareTokenMfaConfiguration",
        "smsConfiguration",
        "emailMfaConfiguration",
    ];
    let none = devices.iter().all(|device| judge.is_absent(device));
    if judge
        .text("mfaConfiguration")
        .is_some_and(|mfa| mfa != "OFF")
        && none
    {
        let problem = format!("must be OFF without any of {}", devices.join(", "));
        judge.object("mfaConfiguration", problem, &POOLS);
    }
    judge.value("deletionProtection", &["ACTIVE", "INACTIVE"], &POOLS);
    let audited = judge.text("userPoolAddOns.advancedSecurityMode");
    let tier = judge.text("userPoolTier");
    if audited.is_some_and(|mode| mode != "OFF") && tier.is_some_and(|tier| tier != "PLUS") {
        let problem = "must be OFF but in the tier PLUS";
        judge.object("userPoolAddOns.advancedSecurityMode", problem, &POOLS);
    }
}

pub(super) fn user_pool_client(judge: &mut Judge<'_>) {
    // Hours are the unit of these, and days of the refresh token, unless something else is said.
    validity(judge, "access", HOUR, 5.0 * MINUTE..=DAY);
    validity(judge, "id", HOUR, 5.0 * MINUTE..=DAY);
    validity(judge, "refresh", DAY, HOUR..=3650.0 * DAY);
    flows(judge);
    for property in ["callbackUrls", "logoutUrls"] {
        for (index, url) in judge.texts(property).iter().enumerate() {
            if let Some(fault) = url_fault(url) {
                judge.object(format!("{property}[{index}]"), fault, &CLIENTS);
            }
        }
    }
    let callbacks = judge.texts("callbackUrls");
    let known = callbacks.len() == judge.items("callbackUrls").len()
        && judge.input("callbackUrls") != Given::Unknown;
    let default = judge.text("defaultRedirectUri");
    if default.is_some_and(|uri| !callbacks.contains(&uri)) && known {
        judge.object(
            "defaultRedirectUri",
            "must be one of `callbackUrls`",
            &CLIENTS,
        );
    }
    let rotates = judge.text("refreshTokenRotation.feature") == Some("ENABLED");
    let refreshes = judge.texts("explicitAuthFlows");
    if rotates && refreshes.contains(&"ALLOW_REFRESH_TOKEN_AUTH") {
        let problem = "must not have ALLOW_REFRESH_TOKEN_AUTH where refresh tokens rotate";
        judge.object("explicitAuthFlows", problem, &CLIENTS);
    }
    judge.range(
        "refreshTokenRotation.retryGracePeriodSeconds",
        0.0..=60.0,
        &CLIENTS,
    );
}

fn flows(judge: &mut Judge<'_>) {
    let flows = judge.texts("allowedOauthFlows");
    if flows.is_empty() {
        return;
    }
    judge.require(
        "allowedOauthFlowsUserPoolClient",
        "as true, with `allowedOauthFlows`",
        &CLIENTS,
    );
    judge.require("allowedOauthScopes", "with `allowedOauthFlows`", &CLIENTS);
    let for_people = flows.contains(&"code") || flows.contains(&"implicit");
    if for_people {
        judge.require(
            "callbackUrls",
            "for the flows `code` and `implicit`",
            &CLIENTS,
        );
    }
    if flows.contains(&"client_credentials") {
        if for_people {
            let problem = "must have `client_credentials` alone";
            judge.object("allowedOauthFlows", problem, &CLIENTS);
        }
        if judge.is_absent("generateSecret") {
            judge.require(
                "generateSecret",
                "as true, for `client_credentials`",
                &CLIENTS,
            );
        }
    }
}

fn url_fault(url: &str) -> Option<&'static str> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Some("must be a URL");
    };
    if url.contains('#') {
        return Some("must have no fragment");
    }
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    let local = matches!(host, "localhost" | "127.0.0.1") || rest.starts_with("[::1]");
    (scheme == "http" && !local).then_some("must be https, but on localhost")
}

/// How long a token may be valid, in seconds.
fn validity(judge: &mut Judge<'_>, token: &str, usual_unit: f64, range: RangeInclusive<f64>) {
    let property = format!("{token}TokenValidity");
    let Some(value) = judge.number(&property) else {
        return;
    };
    let unit = judge.text(&format!("tokenValidityUnits.{token}Token"));
    let unit = match unit {
        Some("seconds") => 1.0,
        Some("minutes") => MINUTE,
        Some("hours") => HOUR,
        Some("days") => DAY,
        _ => usual_unit,
    };
    // Zero is what stands for the default.
    if value != 0.0 && !range.contains(&(value * unit)) {
        let (least, most) = (range.start() / MINUTE, range.end() / MINUTE);
        let problem = format!("must come to {least} to {most} minutes");
        judge.object(property, problem, &CLIENTS);
    }
}

pub(super) fn user_pool_domain(judge: &mut Judge<'_>) {
    let Some(domain) = judge.text("domain") else {
        return;
    };
    if domain.contains('.') {
        judge.require("certificateArn", "for a domain of one's own", &DOMAINS);
        let region = Some(CLOUDFRONT_REGION);
        acm::is_in(judge, "certificateArn", "certificateArn", region, &DOMAINS);
        return;
    }
    judge.exclude(
        "certificateArn",
        "for a prefix of Cognito's domain",
        &DOMAINS,
    );
    let taken = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let edges = !domain.starts_with('-') && !domain.ends_with('-');
    let fits = (1..=63).contains(&domain.len()) && edges && domain.chars().all(taken);
    if !fits {
        let problem = "must have 1 to 63 lower-case letters, digits and hyphens inside";
        judge.object("domain", problem, &DOMAINS);
    }
    if let Some(word) = ["aws", "amazon", "cognito"]
        .iter()
        .find(|word| domain.contains(**word))
    {
        judge.object(
            "domain",
            format!("must not have the word `{word}`"),
            &DOMAINS,
        );
    }
}
