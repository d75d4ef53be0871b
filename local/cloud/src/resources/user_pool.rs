//! `aws:cognito/userPool:UserPool`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;
use crate::system::UserPool;

/// The local pool has no sign-up and no passwords: it issues tokens to whoever asks on this machine.
const INERT: [&str; 9] = [
    "accountRecoverySetting",
    "adminCreateUserConfig",
    "autoVerifiedAttributes",
    "deletionProtection",
    "mfaConfiguration",
    "passwordPolicy",
    "tags",
    "userPoolTier",
    "usernameAttributes",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    let id = format!("{}_{}", cloud.endpoints.region, base36(new.urn, "pool", 9));
    cloud.user_pools.insert(
        id.clone(),
        UserPool {
            id: id.clone(),
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
