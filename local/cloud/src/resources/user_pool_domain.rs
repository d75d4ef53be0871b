//! `aws:cognito/userPoolDomain:UserPoolDomain`.
//!
//! On AWS the pages to sign in on are at `https://{domain}.auth.{region}.amazoncognito.com`. Here they are below the
//! issuer's own URL, for that name leads elsewhere.

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;

/// Words that Cognito keeps to itself.
const RESERVED: [&str; 3] = ["aws", "amazon", "cognito"];
/// The hosted zone of all of CloudFront.
const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    user_pool_id: String,
    domain: String,
    managed_login_version: Option<u8>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &[])?;
    let domain = inputs.domain;
    check(&domain)?;
    let version = inputs.managed_login_version.unwrap_or(1);
    if version != 1 {
        return Err(Refusal::value(
            "managedLoginVersion",
            "only the classic pages (1) are emulated; managed login (2) also needs a branding style for each client",
        ));
    }
    if cloud
        .user_pools
        .values()
        .any(|pool| pool.domain.as_ref() == Some(&domain))
    {
        return Err(Refusal::value("domain", "Domain already exists."));
    }
    let distribution = base36(new.urn, "distribution", 13);
    let account = cloud.endpoints.account.clone();
    let pool = cloud.user_pool(&inputs.user_pool_id)?;
    if pool.domain.is_some() {
        return Err(Refusal::value(
            "userPoolId",
            "the user pool has a domain already",
        ));
    }
    pool.domain = Some(domain.clone());
    let computed = [
        ("managedLoginVersion", json!(version)),
        ("awsAccountId", json!(account)),
        (
            "cloudfrontDistribution",
            json!(format!("d{distribution}.cloudfront.net")),
        ),
        (
            "cloudfrontDistributionArn",
            json!(format!("d{distribution}.cloudfront.net")),
        ),
        ("cloudfrontDistributionZoneId", json!(CLOUDFRONT_ZONE)),
        ("s3Bucket", json!("")),
        ("version", json!("1")),
    ];
    Ok(Created::new(domain, new.inputs, computed))
}

fn check(domain: &str) -> Result<(), Refusal> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends_in_hyphen = domain.starts_with('-') || domain.ends_with('-');
    if !(1..=63).contains(&domain.len()) || !domain.bytes().all(plain) || ends_in_hyphen {
        return Err(Refusal::value(
            "domain",
            "a prefix is 1 to 63 lowercase letters, digits or `-`, which is neither first nor last; domains of one's own \
             are not emulated",
        ));
    }
    match RESERVED.iter().find(|word| domain.contains(**word)) {
        Some(word) => Err(Refusal::value(
            "domain",
            format!("Domain cannot contain reserved word: {word}"),
        )),
        None => Ok(()),
    }
}
