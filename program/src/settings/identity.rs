//! `tidegate:identity`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SettingsError;
use super::range::{ensure, together};

/// A Cognito user pool of the stack's own, or an issuer that there is already.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct IdentitySettings {
    /// For how many minutes an access token holds: the bound on a revocation that is made elsewhere.
    pub(crate) access_token_minutes: u32,
    /// Whether the user pool, and with it all users, can be deleted only after this is taken back.
    pub(crate) deletion_protection: bool,
    /// The first part of the address of Cognito's sign-in page, unique in the Region: with `acme`,
    /// `https://acme.auth.REGION.amazoncognito.com`. `tidegate login` needs it.
    pub(crate) sign_in_domain: Option<String>,
    /// Where the sign-in page may send users back to, beside `tidegate login`: `https://app.example.com/callback`.
    pub(crate) callback_urls: Vec<String>,
    /// An issuer that there is already, instead of a user pool of the stack's own: another user pool, or one whose access tokens
    /// are like a user pool's (RS256, `token_use` is `access`, `client_id`, `cognito:groups`). They must say when they were issued
    /// (`iat`) and live for a day at the most, as long as a revocation is kept: others are refused.
    pub(crate) issuer: Option<ExternalIssuer>,
}

/// An OpenID Connect issuer whose access tokens are those of a Cognito user pool, or like them: what `shared/tokens` accepts.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ExternalIssuer {
    /// The issuer, exactly as it stands in its tokens.
    pub(crate) url: String,
    /// The client that its access tokens are made for.
    pub(crate) client_id: String,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            access_token_minutes: 15,
            deletion_protection: false,
            sign_in_domain: None,
            callback_urls: Vec::new(),
            issuer: None,
        }
    }
}

impl IdentitySettings {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        ensure(
            (5..=1440).contains(&self.access_token_minutes),
            "identity.accessTokenMinutes",
            self.access_token_minutes,
            "from 5 to 1440 (a Cognito limit)",
        )?;
        if let Some(domain) = &self.sign_in_domain {
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            let reserved = ["aws", "amazon", "cognito"];
            let right = (1..=63).contains(&domain.len())
                && domain.bytes().all(plain)
                && !domain.starts_with('-')
                && !domain.ends_with('-')
                && !reserved.iter().any(|word| domain.contains(word));
            ensure(
                right,
                "identity.signInDomain",
                domain,
                "1 to 63 lower-case letters, digits or `-`, and none of aws, amazon and cognito in it (a Cognito rule)",
            )?;
        }
        for url in &self.callback_urls {
            let local = ["http://localhost", "http://127.0.0.1"];
            let right = !url.contains('#')
                && (url.starts_with("https://") || local.iter().any(|it| url.starts_with(it)));
            ensure(
                right,
                "identity.callbackUrls",
                url,
                "an https:// URL without a fragment, or http:// on localhost (a Cognito rule)",
            )?;
        }
        let Some(issuer) = &self.issuer else {
            return together(
                self.sign_in_domain.is_some() || self.callback_urls.is_empty(),
                "identity.callbackUrls",
                "says where the sign-in page may send users back to, and there is none without `signInDomain`",
            );
        };
        ensure(
            issuer.url.starts_with("https://"),
            "identity.issuer.url",
            &issuer.url,
            "an https:// URL",
        )?;
        ensure(
            !issuer.client_id.is_empty(),
            "identity.issuer.clientId",
            "empty",
            "the client id that stands in the tokens",
        )?;
        together(
            self.sign_in_domain.is_none() && self.callback_urls.is_empty(),
            "identity.issuer",
            "is given, so there is no user pool: take `signInDomain` and `callbackUrls` away, or the issuer",
        )
    }
}
