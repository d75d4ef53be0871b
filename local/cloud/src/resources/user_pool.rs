//! `aws:cognito/userPool:UserPool`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;
use crate::system::{PasswordPolicy, UserPool};

/// Nobody signs up here or recovers an account, and no mail is sent: users are made by administrators.
const INERT: [&str; 6] = [
    "accountRecoverySetting",
    "adminCreateUserConfig",
    "autoVerifiedAttributes",
    "deletionProtection",
    "tags",
    "userPoolTier",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    mfa_configuration: Option<String>,
    password_policy: Option<Passwords>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Passwords {
    minimum_length: Option<usize>,
    require_lowercase: Option<bool>,
    require_uppercase: Option<bool>,
    require_numbers: Option<bool>,
    require_symbols: Option<bool>,
    /// Nobody here waits for days.
    #[serde(rename = "temporaryPasswordValidityDays")]
    _temporary_password_validity_days: Option<u32>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    if inputs.mfa_configuration.as_deref() == Some("ON") {
        return Err(Refusal::value(
            "mfaConfiguration",
            "a second factor is not emulated: OFF and OPTIONAL are",
        ));
    }
    let given = inputs.password_policy.as_ref();
    let password_policy = given.map_or_else(|| Ok(PasswordPolicy::default()), policy)?;
    let id = format!("{}_{}", cloud.endpoints.region, base36(new.urn, "pool", 9));
    cloud.user_pools.insert(
        id.clone(),
        UserPool {
            id: id.clone(),
            domain: None,
            password_policy,
            clients: BTreeMap::new(),
        },
    );
    let computed = [
        ("name", json!(name_or_auto(inputs.name, new))),
        (
            "arn",
            json!(cloud.arn("cognito-idp", &format!("userpool/{id}"))),
        ),
        (
            "endpoint",
            json!(format!("{}/{id}", cloud.endpoints.identity)),
        ),
    ];
    Ok(Created::new(id, new.inputs, computed))
}

/// What is left out of a policy is not required.
fn policy(given: &Passwords) -> Result<PasswordPolicy, Refusal> {
    let minimum_length = given.minimum_length.unwrap_or(6);
    if !(6..=99).contains(&minimum_length) {
        return Err(Refusal::value(
            "passwordPolicy.minimumLength",
            "must be from 6 to 99",
        ));
    }
    Ok(PasswordPolicy {
        minimum_length,
        lowercase: given.require_lowercase.unwrap_or(false),
        uppercase: given.require_uppercase.unwrap_or(false),
        numbers: given.require_numbers.unwrap_or(false),
        symbols: given.require_symbols.unwrap_or(false),
    })
}
