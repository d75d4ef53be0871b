//! What a token says.

use std::collections::BTreeSet;

use serde::Deserialize;

/// The claims of a Cognito access token that Tidegate looks at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// Who.
    pub sub: String,
    /// Who says so.
    pub iss: String,
    /// `access` or `id`.
    pub token_use: String,
    /// For which app client.
    pub client_id: Option<String>,
    /// When it ends, in epoch seconds.
    pub exp: u64,
    /// When it was issued, in epoch seconds; 0 where it does not say, by which it lives longer than any may.
    #[serde(default)]
    pub iat: u64,
    /// Before when it does not hold, in epoch seconds.
    pub nbf: Option<u64>,
    /// The user's groups.
    #[serde(rename = "cognito:groups", default)]
    pub groups: BTreeSet<String>,
}
