//! `aws:cognito/userPoolClient:UserPoolClient`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;

/// The local pool has no sign-in flows and no refresh tokens.
const INERT: [&str; 11] = [
    "allowedOauthFlows",
    "allowedOauthFlowsUserPoolClient",
    "allowedOauthScopes",
    "callbackUrls",
    "enableTokenRevocation",
    "explicitAuthFlows",
    "idTokenValidity",
    "logoutUrls",
    "preventUserExistenceErrors",
    "refreshTokenValidity",
    "supportedIdentityProviders",
];
/// What Cognito takes where the program names nothing.
const DEFAULT_VALIDITY: u64 = 1;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    user_pool_id: String,
    generate_secret: Option<bool>,
    access_token_validity: Option<u64>,
    token_validity_units: Option<Units>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Units {
    access_token: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    if inputs.generate_secret == Some(true) {
        return Err(Refusal::value(
            "generateSecret",
            "clients with a secret are not emulated",
        ));
    }
    let validity = validity(&inputs)?;
    let pool = cloud.user_pools.get_mut(&inputs.user_pool_id);
    let pool = pool.ok_or_else(|| {
        Refusal::value(
            "userPoolId",
            format!("there is no user pool `{}`", inputs.user_pool_id),
        )
    })?;
    let id = base36(new.urn, "client", 26);
    pool.clients.insert(id.clone(), validity);
    let name = name_or_auto(inputs.name, new);
    Ok(Created::new(
        id,
        new.inputs,
        [("name", json!(name)), ("clientSecret", json!(""))],
    ))
}

fn validity(inputs: &Inputs) -> Result<Duration, Refusal> {
    let unit = inputs
        .token_validity_units
        .as_ref()
        .and_then(|units| units.access_token.as_deref());
    let seconds = match unit.unwrap_or("hours") {
        "seconds" => 1,
        "minutes" => 60,
        "hours" => 3600,
        "days" => 24 * 3600,
        other => {
            return Err(Refusal::value(
                "tokenValidityUnits.accessToken",
                format!("`{other}` is no unit"),
            ));
        }
    };
    let validity = inputs
        .access_token_validity
        .unwrap_or(DEFAULT_VALIDITY)
        .saturating_mul(seconds);
    if (300..=24 * 3600).contains(&validity) {
        return Ok(Duration::from_secs(validity));
    }
    Err(Refusal::value(
        "accessTokenValidity",
        "must be from 5 minutes to 24 hours",
    ))
}
