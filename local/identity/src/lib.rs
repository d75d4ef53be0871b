//! The Cognito user pool as a local OIDC issuer.
//!
//! It publishes its keys where Cognito does and signs tokens of Cognito's shape, so that the authorizer runs here exactly
//! as it does on AWS. People sign in as they do at Cognito (authorization code with PKCE, refresh, revocation, logout),
//! but by name alone: there is nobody to keep out on one's own machine. Users are made and managed by as much of Cognito's
//! admin API as the `tidegate` command needs, and live for as long as the process. Beside that is one endpoint that gives
//! an access token of any user to whoever asks on this machine, and to no web page.
//!
//! Differences that a program may notice: the `sub` of a token is the user's name, where Cognito has a UUID (so
//! `user:alice` is a channel that a person can type); there is one key pair, where Cognito signs ID and access tokens
//! with one each; the pages to sign in on are below the issuer's URL and not at a domain of their own; and passwords are
//! checked against the pool's policy, but not kept.

mod admin;
mod authorization;
mod directory;
mod exchange;
mod grants;
mod issue;
mod key;
mod pages;
mod server;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError, RwLock};

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tidegate_local_cloud::clock::SharedClock;
use tidegate_local_cloud::system::UserPool;

use crate::directory::Directory;
use crate::grants::Grants;

pub use issue::{IssueError, IssuedToken, MAX_EXPIRES_IN, TokenRequest};
pub use key::{KeyError, SigningKey};

/// Where all user pools of one local cloud issue their tokens.
pub struct Identity {
    key: SigningKey,
    pools: RwLock<BTreeMap<String, UserPool>>,
    people: Mutex<BTreeMap<String, People>>,
    clock: SharedClock,
    base_url: String,
    access_key_id: String,
}

/// Who is in a pool, and what they were given. None of it outlives the process.
#[derive(Default)]
struct People {
    directory: Directory,
    grants: Grants,
}

/// The cryptography library gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no randomness to make a secret of")]
struct NoRandomness;

/// A text that nobody guesses: 256 bits.
fn secret() -> Result<String, NoRandomness> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_unspecified| NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

impl Identity {
    /// An issuer for `pools`, by id, that is reached at `base_url` (`http://127.0.0.1:4001`) and administered with the
    /// access key `access_key_id`.
    ///
    /// The issuer of a pool is made from `base_url` alone and never from what a request says of its host: it must be
    /// the one that the program gave the functions.
    #[must_use]
    pub fn new(
        key: SigningKey,
        pools: BTreeMap<String, UserPool>,
        clock: SharedClock,
        base_url: &str,
        access_key_id: &str,
    ) -> Self {
        Self {
            key,
            pools: RwLock::new(pools),
            people: Mutex::default(),
            clock,
            base_url: base_url.trim_end_matches('/').to_owned(),
            access_key_id: access_key_id.to_owned(),
        }
    }

    /// The `iss` of the tokens of a pool, below which its pages to sign in on are too.
    #[must_use]
    pub fn issuer(&self, pool: &str) -> String {
        format!("{}/{pool}", self.base_url)
    }

    /// From now on there are these pools, as the program was run again. Who is in one that stays is still in it.
    pub fn replace_pools(&self, pools: BTreeMap<String, UserPool>) {
        *self.pools.write().unwrap_or_else(PoisonError::into_inner) = pools;
    }

    fn pool(&self, id: &str) -> Option<UserPool> {
        let pools = self.pools.read().unwrap_or_else(PoisonError::into_inner);
        pools.get(id).cloned()
    }

    /// Looks at, or changes, who is in a pool.
    fn people<T>(&self, pool: &str, act: impl FnOnce(&mut People) -> T) -> T {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        act(people.entry(pool.to_owned()).or_default())
    }

    fn now_s(&self) -> u64 {
        self.clock.now_ms() / 1000
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("base_url", &self.base_url)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
