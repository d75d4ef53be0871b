//! The Cognito user pool as a local OIDC issuer.
//!
//! It publishes its keys where Cognito does and signs access tokens of Cognito's shape, so that the authorizer runs
//! here exactly as it does on AWS. What it has instead of Cognito's sign-in is one endpoint that gives a token of any
//! user to whoever asks on this machine, and to no web page. Nothing else of Cognito is there: no users, no passwords,
//! no ID tokens, no refresh, no hosted pages.
//!
//! Two differences that a program may notice: the `sub` of a token is the user's name, where Cognito has a UUID (so
//! `user:alice` is a channel that a person can type); and there is one key pair, where Cognito signs ID and access
//! tokens with one each.

mod issue;
mod key;
mod server;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use tidegate_local_cloud::clock::SharedClock;
use tidegate_local_cloud::system::UserPool;

pub use issue::{IssueError, IssuedToken, MAX_EXPIRES_IN, TokenRequest};
pub use key::{KeyError, SigningKey};

/// Where all user pools of one local cloud issue their tokens.
pub struct Identity {
    key: SigningKey,
    pools: RwLock<BTreeMap<String, UserPool>>,
    clock: SharedClock,
    base_url: String,
}

impl Identity {
    /// An issuer for `pools`, by id, that is reached at `base_url` (`http://127.0.0.1:4001`).
    ///
    /// The issuer of a pool is made from `base_url` alone and never from what a request says of its host: it must be
    /// the one that the program gave the functions.
    #[must_use]
    pub fn new(
        key: SigningKey,
        pools: BTreeMap<String, UserPool>,
        clock: SharedClock,
        base_url: &str,
    ) -> Self {
        Self {
            key,
            pools: RwLock::new(pools),
            clock,
            base_url: base_url.trim_end_matches('/').to_owned(),
        }
    }

    /// The `iss` of the tokens of a pool.
    #[must_use]
    pub fn issuer(&self, pool: &str) -> String {
        format!("{}/{pool}", self.base_url)
    }

    /// From now on there are these pools, as the program was run again.
    pub fn replace_pools(&self, pools: BTreeMap<String, UserPool>) {
        *self.pools.write().unwrap_or_else(PoisonError::into_inner) = pools;
    }

    fn pool(&self, id: &str) -> Option<UserPool> {
        let pools = self.pools.read().unwrap_or_else(PoisonError::into_inner);
        pools.get(id).cloned()
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
