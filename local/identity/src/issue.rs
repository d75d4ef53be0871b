//! Access tokens.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tidegate_local_cloud::system::UserPool;
use uuid::{NoContext, Timestamp, Uuid};

use crate::Identity;

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
    /// The user's groups.
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

/// The claims of a Cognito access token.
#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    #[serde(rename = "cognito:groups", skip_serializing_if = "BTreeSet::is_empty")]
    groups: &'a BTreeSet<String>,
    iss: &'a str,
    version: u8,
    client_id: &'a str,
    token_use: &'static str,
    scope: &'static str,
    auth_time: u64,
    exp: u64,
    iat: u64,
    jti: String,
    username: &'a str,
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
        let (client_id, validity) = client(&pool, request.client_id.as_deref())?;
        check(request)?;
        let now_ms = self.clock.now_ms();
        let now = now_ms / 1000;
        let expires_at = now.saturating_add(request.expires_in.unwrap_or(validity.as_secs()));
        let claims = Claims {
            sub: &request.user,
            groups: &request.groups,
            iss: &self.issuer(&pool.id),
            version: 2,
            client_id,
            token_use: "access",
            scope: "openid",
            auth_time: now,
            exp: expires_at,
            iat: now,
            jti: id(now_ms),
            username: &request.user,
        };
        let access_token = self
            .key
            .sign(&claims)
            .map_err(|_unsigned| IssueError::Signing)?;
        Ok(IssuedToken {
            access_token,
            expires_at,
            token_type: "Bearer",
        })
    }
}

fn client<'a>(
    pool: &'a UserPool,
    asked: Option<&'a str>,
) -> Result<(&'a str, Duration), IssueError> {
    let all = || pool.clients.keys().cloned().collect();
    match asked {
        Some(client) => match pool.clients.get(client) {
            Some(validity) => Ok((client, *validity)),
            None => Err(IssueError::Client {
                client: client.to_owned(),
                clients: all(),
            }),
        },
        None => match pool.clients.first_key_value() {
            Some((client, validity)) if pool.clients.len() == 1 => Ok((client, *validity)),
            _ => Err(IssueError::WhichClient { clients: all() }),
        },
    }
}

fn check(request: &TokenRequest) -> Result<(), IssueError> {
    let user = request.user.as_bytes();
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"._@-".contains(byte);
    if !(1..=MAX_USER_CHARS).contains(&user.len()) || !user.iter().all(is_allowed) {
        return Err(IssueError::User);
    }
    let is_group = |group: &String| {
        let is_mark = |char: char| char.is_whitespace() || char.is_control();
        (1..=MAX_GROUP_CHARS).contains(&group.chars().count()) && !group.contains(is_mark)
    };
    if request.groups.len() > MAX_GROUPS || !request.groups.iter().all(is_group) {
        return Err(IssueError::Groups);
    }
    match request.expires_in {
        Some(0) => Err(IssueError::ExpiresIn),
        Some(seconds) if seconds > MAX_EXPIRES_IN => Err(IssueError::ExpiresIn),
        _ => Ok(()),
    }
}

fn id(now_ms: u64) -> String {
    let nanos = u32::try_from(now_ms % 1000 * 1_000_000).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, now_ms / 1000, nanos))
        .hyphenated()
        .to_string()
}
