//! `aws:cognito/userPoolClient:UserPoolClient`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;
use crate::system::{AppClient, OAuth};

/// Which users there are can be learned from answers to sign-ins with a password, and here are none.
const INERT: [&str; 1] = ["preventUserExistenceErrors"];

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The scopes that every pool has; others are resource servers'.
const SCOPES: [&str; 5] = [
    "openid",
    "email",
    "phone",
    "profile",
    "aws.cognito.signin.user.admin",
];
/// Cognito's limits of an app client.
const MOST_URLS: usize = 100;
const LONGEST_URL: usize = 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    user_pool_id: String,
    generate_secret: Option<bool>,
    access_token_validity: Option<u64>,
    id_token_validity: Option<u64>,
    refresh_token_validity: Option<u64>,
    token_validity_units: Option<Units>,
    enable_token_revocation: Option<bool>,
    #[serde(default)]
    explicit_auth_flows: Vec<String>,
    allowed_oauth_flows_user_pool_client: Option<bool>,
    #[serde(default)]
    allowed_oauth_flows: Vec<String>,
    #[serde(default)]
    allowed_oauth_scopes: Vec<String>,
    #[serde(default)]
    callback_urls: Vec<String>,
    #[serde(default)]
    logout_urls: Vec<String>,
    #[serde(default)]
    supported_identity_providers: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Units {
    access_token: Option<String>,
    id_token: Option<String>,
    refresh_token: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    if inputs.generate_secret == Some(true) {
        return Err(Refusal::value(
            "generateSecret",
            "clients with a secret are not emulated",
        ));
    }
    let client = client(&inputs)?;
    let pool = cloud.user_pool(&inputs.user_pool_id)?;
    let id = base36(new.urn, "client", 26);
    pool.clients.insert(id.clone(), client);
    let name = name_or_auto(inputs.name, new);
    Ok(Created::new(
        id,
        new.inputs,
        [("name", json!(name)), ("clientSecret", json!(""))],
    ))
}

fn client(inputs: &Inputs) -> Result<AppClient, Refusal> {
    check_flows(&inputs.explicit_auth_flows)?;
    let none = Units::default();
    let units = inputs.token_validity_units.as_ref().unwrap_or(&none);
    Ok(AppClient {
        access_token: Validity {
            property: "accessTokenValidity",
            given: inputs.access_token_validity,
            unit: units.access_token.as_deref(),
            otherwise: (1, "hours"),
            allowed: (5 * MINUTE, DAY, "from 5 minutes to 24 hours"),
        }
        .read()?,
        id_token: Validity {
            property: "idTokenValidity",
            given: inputs.id_token_validity,
            unit: units.id_token.as_deref(),
            otherwise: (1, "hours"),
            allowed: (5 * MINUTE, DAY, "from 5 minutes to 24 hours"),
        }
        .read()?,
        refresh_token: Validity {
            property: "refreshTokenValidity",
            given: inputs.refresh_token_validity,
            unit: units.refresh_token.as_deref(),
            otherwise: (30, "days"),
            allowed: (HOUR, 3650 * DAY, "from 60 minutes to 10 years"),
        }
        .read()?,
        revokes: inputs.enable_token_revocation.unwrap_or(true),
        oauth: oauth(inputs)?,
    })
}

/// How long a token holds.
struct Validity<'a> {
    property: &'static str,
    given: Option<u64>,
    unit: Option<&'a str>,
    /// What Cognito takes where the program names no number, and no unit.
    otherwise: (u64, &'static str),
    /// From how many seconds to how many, in words too.
    allowed: (u64, u64, &'static str),
}

impl Validity<'_> {
    fn read(&self) -> Result<Duration, Refusal> {
        let (number, default_unit) = self.otherwise;
        // What Cognito takes for a missing number is in its own unit, whatever the units say.
        let unit = self
            .unit
            .filter(|_| self.given.is_some())
            .unwrap_or(default_unit);
        let seconds = match unit {
            "seconds" => 1,
            "minutes" => MINUTE,
            "hours" => HOUR,
            "days" => DAY,
            other => {
                let problem = format!("`{other}` is no unit: seconds, minutes, hours and days are");
                return Err(Refusal::value("tokenValidityUnits", problem));
            }
        };
        let validity = self.given.unwrap_or(number).saturating_mul(seconds);
        let (least, most, words) = self.allowed;
        if (least..=most).contains(&validity) {
            return Ok(Duration::from_secs(validity));
        }
        Err(Refusal::value(self.property, format!("must be {words}")))
    }
}

/// A client that names no flows may refresh too.
fn check_flows(flows: &[String]) -> Result<(), Refusal> {
    match flows
        .iter()
        .find(|flow| *flow != "ALLOW_REFRESH_TOKEN_AUTH")
    {
        Some(flow) => Err(Refusal::value(
            "explicitAuthFlows",
            format!(
                "`{flow}` is not emulated: people sign in on the pool's page, and ALLOW_REFRESH_TOKEN_AUTH is all there is \
                 beside it"
            ),
        )),
        None => Ok(()),
    }
}

fn oauth(inputs: &Inputs) -> Result<Option<OAuth>, Refusal> {
    let Inputs {
        allowed_oauth_flows: flows,
        allowed_oauth_scopes: scopes,
        callback_urls,
        logout_urls,
        supported_identity_providers: providers,
        ..
    } = inputs;
    let names = [
        ("allowedOauthFlows", flows),
        ("allowedOauthScopes", scopes),
        ("callbackUrls", callback_urls),
        ("logoutUrls", logout_urls),
    ];
    if let Some(provider) = providers.iter().find(|name| *name != "COGNITO") {
        return Err(Refusal::value(
            "supportedIdentityProviders",
            format!("`{provider}` is not emulated: the pool's own users (COGNITO) are"),
        ));
    }
    if inputs.allowed_oauth_flows_user_pool_client != Some(true) {
        return match names.iter().find(|(_, values)| !values.is_empty()) {
            Some((property, _)) => Err(Refusal::value(
                property,
                "has no effect until allowedOauthFlowsUserPoolClient is true",
            )),
            None => Ok(None),
        };
    }
    if let Some(flow) = flows.iter().find(|flow| *flow != "code") {
        return Err(Refusal::value(
            "allowedOauthFlows",
            format!("`{flow}` is not emulated: the authorization code flow (`code`) is"),
        ));
    }
    if let Some(scope) = scopes
        .iter()
        .find(|scope| !SCOPES.contains(&scope.as_str()))
    {
        return Err(Refusal::value(
            "allowedOauthScopes",
            format!("`{scope}` is not emulated: {} are", SCOPES.join(", ")),
        ));
    }
    if flows.is_empty() || scopes.is_empty() {
        return Err(Refusal::value(
            "allowedOauthFlows",
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
        ));
    }
    if callback_urls.is_empty() {
        return Err(Refusal::value(
            "callbackUrls",
            "the authorization code flow needs one to come back to",
        ));
    }
    for (property, urls) in [("callbackUrls", callback_urls), ("logoutUrls", logout_urls)] {
        check_urls(property, urls)?;
    }
    Ok(Some(OAuth {
        scopes: scopes.iter().cloned().collect::<BTreeSet<_>>(),
        callback_urls: callback_urls.clone(),
        logout_urls: logout_urls.clone(),
        own_users: !providers.is_empty(),
    }))
}

/// Cognito takes HTTPS, HTTP of `localhost` only, and schemes of apps.
fn check_urls(property: &str, urls: &[String]) -> Result<(), Refusal> {
    if urls.len() > MOST_URLS {
        let problem = format!("a client may have {MOST_URLS} at most");
        return Err(Refusal::value(property, problem));
    }
    let is_url = |url: &String| {
        let Some((scheme, rest)) = url.split_once("://") else {
            return false;
        };
        let host = rest.split(['/', '?', ':']).next().unwrap_or_default();
        let scheme_is_right = match scheme {
            "http" => host == "localhost",
            _ => !scheme.is_empty() && !host.is_empty(),
        };
        let visible = url.bytes().all(|byte| byte.is_ascii_graphic());
        scheme_is_right && visible && !url.contains('#') && url.len() <= LONGEST_URL
    };
    match urls.iter().find(|url| !is_url(url)) {
        Some(url) => Err(Refusal::value(
            property,
            format!(
                "`{url}` must be https:// without a fragment, or http://localhost (which `127.0.0.1` is not), or a scheme of \
                 an app, with at most {LONGEST_URL} characters"
            ),
        )),
        None => Ok(()),
    }
}
