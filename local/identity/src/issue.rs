//! Access tokens.

use std::collections::BTreeSet;
use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tidegate_local_cloud::system::{AppClient, UserPool};
use uuid::{NoContext, Timestamp, Uuid};

use crate::Identity;
use crate::directory::User;
use crate::grants::Grant;

/// The longest that a token may hold, in seconds: Cognito's own limit. Shorter than Cognito's five minutes is allowed,
/// for that is how one sees here what happens when a token ends.
pub const MAX_EXPIRES_IN: u64 = 24 * 3600;
const MAX_USER_CHARS: usize = 128;
/// Cognito's limit of groups a user.
const MAX_GROUPS: usize = 100;
const MAX_GROUP_CHARS: usize = 128;

/// Asks for a token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenRequest {
    /// The user's name, which becomes the `sub` of the token (Cognito's would be a UUID).
    pub user: String,
    /// The user's groups, beside those that a user of the pool with this name is in.
    #[serde(default)]
    pub groups: BTreeSet<String>,
    /// The app client; may be left out where the pool has just one.
    #[serde(default)]
    pub client_id: Option<String>,
    /// For how many seconds the token holds; for as long as those of the app client if left out.
    #[serde(default)]
    pub expires_in: Option<u64>,
}

/// A token.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuedToken {
    /// The token.
    pub access_token: String,
    /// When it ends, in epoch seconds.
    pub expires_at: u64,
    /// How it is used: `Bearer`.
    pub token_type: &'static str,
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IssueError {
    /// There is no such pool.
    #[error("there is no user pool `{0}`")]
    Pool(String),
    /// The pool has no such app client.
    #[error(
        "the user pool has no app client `{client}`; it has {}",
        listed(clients)
    )]
    Client {
        /// The one that was asked for.
        client: String,
        /// Those that there are.
        clients: Vec<String>,
    },
    /// The request names no app client and the pool has not exactly one.
    #[error(
        "`clientId` must say for which app client: the user pool has {}",
        listed(clients)
    )]
    WhichClient {
        /// Those that there are.
        clients: Vec<String>,
    },
    /// The user's name is not one.
    #[error("`user` must be 1 to {MAX_USER_CHARS} letters, digits or any of `.`, `_`, `@`, `-`")]
    User,
    /// The groups are not right.
    #[error(
        "`groups` must be at most {MAX_GROUPS} names of 1 to {MAX_GROUP_CHARS} characters without blanks"
    )]
    Groups,
    /// The user is in the pool, and disabled.
    #[error("the user `{0}` is disabled: `tidegate users enable` takes that back")]
    Disabled(String),
    /// The lifetime is not one.
    #[error("`expiresIn` must be from 1 to {MAX_EXPIRES_IN} seconds")]
    ExpiresIn,
    /// The token could not be signed.
    #[error("the token could not be signed")]
    Signing,
}

fn listed(clients: &[String]) -> String {
    if clients.is_empty() {
        "none".to_owned()
    } else {
        clients.join(", ")
    }
}

/// The claims that Cognito's tokens have in common.
#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    #[serde(rename = "cognito:groups", skip_serializing_if = "BTreeSet::is_empty")]
    groups: &'a BTreeSet<String>,
    iss: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin_jti: Option<&'a str>,
    auth_time: u64,
    exp: u64,
    iat: u64,
    jti: String,
    #[serde(flatten)]
    rest: Rest<'a>,
}

/// Those that only one kind of token has.
#[derive(Serialize)]
#[serde(tag = "token_use", rename_all = "lowercase")]
enum Rest<'a> {
    Access {
        version: u8,
        client_id: &'a str,
        scope: &'a str,
        username: &'a str,
    },
    Id {
        aud: &'a str,
        at_hash: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        nonce: Option<&'a str>,
        #[serde(rename = "cognito:username")]
        username: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        email: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        email_verified: Option<bool>,
    },
}

/// The tokens of somebody who signed in.
pub(crate) struct SignedIn {
    pub(crate) access_token: String,
    pub(crate) id_token: Option<String>,
    /// For how many seconds the access token holds.
    pub(crate) expires_in: u64,
}

impl Identity {
    /// An access token of the pool with the id `pool`.
    ///
    /// # Errors
    /// Says what is wrong with the request.
    pub fn issue(&self, pool: &str, request: &TokenRequest) -> Result<IssuedToken, IssueError> {
        let pool = self
            .pool(pool)
            .ok_or_else(|| IssueError::Pool(pool.to_owned()))?;
        let (client_id, client) = client(&pool, request.client_id.as_deref())?;
        check(request)?;
        let mut groups = request.groups.clone();
        self.people(&pool.id, |people| {
            match people.directory.user(&request.user) {
                Ok(user) if !user.enabled => Err(IssueError::Disabled(user.name.clone())),
                Ok(user) => {
                    groups.extend(user.groups.iter().cloned());
                    Ok(())
                }
                // Anybody can be anybody here.
                Err(_) => Ok(()),
            }
        })?;
        let now = self.now_s();
        let validity = client.access_token.as_secs();
        let expires_at = now.saturating_add(request.expires_in.unwrap_or(validity));
        let claims = Claims {
            sub: &request.user,
            groups: &groups,
            iss: &self.issuer(&pool.id),
            origin_jti: None,
            auth_time: now,
            exp: expires_at,
            iat: now,
            jti: self.token_id(),
            rest: Rest::Access {
                version: 2,
                client_id,
                scope: "openid",
                username: &request.user,
            },
        };
        Ok(IssuedToken {
            access_token: self.sign(&claims)?,
            expires_at,
            token_type: "Bearer",
        })
    }

    /// The tokens of a user who signed in, and was granted this.
    pub(crate) fn signed_in(
        &self,
        pool: &UserPool,
        client: &AppClient,
        user: &User,
        grant: &Grant,
        nonce: Option<&str>,
    ) -> Result<SignedIn, IssueError> {
        let now = self.now_s();
        let scopes: Vec<&str> = grant.scopes.iter().map(String::as_str).collect();
        let issuer = self.issuer(&pool.id);
        let claims = |validity: u64, rest| Claims {
            sub: &user.name,
            groups: &user.groups,
            iss: &issuer,
            origin_jti: Some(&grant.origin),
            auth_time: grant.auth_time,
            exp: now.saturating_add(validity),
            iat: now,
            jti: self.token_id(),
            rest,
        };
        let expires_in = client.access_token.as_secs();
        let access = Rest::Access {
            version: 2,
            client_id: &grant.client,
            scope: &scopes.join(" "),
            username: &user.name,
        };
        let access_token = self.sign(&claims(expires_in, access))?;
        let has = |scope: &str| grant.scopes.contains(scope);
        // The left half of the digest (OpenID Connect Core, 3.1.3.6).
        let hash = digest(&SHA256, access_token.as_bytes());
        let half = hash.as_ref().get(..16).unwrap_or_default();
        let attribute = |name: &str| user.attributes.get(name).map(String::as_str);
        let id = Rest::Id {
            aud: &grant.client,
            at_hash: URL_SAFE_NO_PAD.encode(half),
            nonce,
            username: &user.name,
            email: attribute("email").filter(|_| has("email")),
            email_verified: attribute("email_verified")
                .filter(|_| has("email"))
                .map(|verified| verified == "true"),
        };
        let id_token = has("openid")
            .then(|| self.sign(&claims(client.id_token.as_secs(), id)))
            .transpose()?;
        Ok(SignedIn {
            access_token,
            id_token,
            expires_in,
        })
    }

    fn sign(&self, claims: &Claims<'_>) -> Result<String, IssueError> {
        let signed = self.key.sign(claims);
        signed.map_err(|_unsigned| IssueError::Signing)
    }

    pub(crate) fn token_id(&self) -> String {
        let now_ms = self.clock.now_ms();
        let nanos = u32::try_from(now_ms % 1000 * 1_000_000).unwrap_or(0);
        Uuid::new_v7(Timestamp::from_unix(NoContext, now_ms / 1000, nanos))
            .hyphenated()
            .to_string()
    }
}

fn client<'a>(
    pool: &'a UserPool,
    asked: Option<&'a str>,
) -> Result<(&'a str, &'a AppClient), IssueError> {
    let all = || pool.clients.keys().cloned().collect();
    match asked {
        Some(id) => match pool.clients.get(id) {
            Some(client) => Ok((id, client)),
            None => Err(IssueError::Client {
                client: id.to_owned(),
                clients: all(),
            }),
        },
        None => match pool.clients.first_key_value() {
            Some((id, client)) if pool.clients.len() == 1 => Ok((id, client)),
            _ => Err(IssueError::WhichClient { clients: all() }),
        },
    }
}

fn check(request: &TokenRequest) -> Result<(), IssueError> {
    if !is_user(&request.user) {
        return Err(IssueError::User);
    }
    if request.groups.len() > MAX_GROUPS || !request.groups.iter().all(|group| is_group(group)) {
        return Err(IssueError::Groups);
    }
    match request.expires_in {
        Some(0) => Err(IssueError::ExpiresIn),
        Some(seconds) if seconds > MAX_EXPIRES_IN => Err(IssueError::ExpiresIn),
        _ => Ok(()),
    }
}

/// Whether a user may be named so. The names are part of channels' and of keys in the registry.
pub(crate) fn is_user(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._@-".contains(&byte);
    (1..=MAX_USER_CHARS).contains(&name.len()) && name.bytes().all(is_allowed)
}

pub(crate) fn is_group(name: &str) -> bool {
    let is_mark = |char: char| char.is_whitespace() || char.is_control();
    (1..=MAX_GROUP_CHARS).contains(&name.chars().count()) && !name.contains(is_mark)
}
