//! What the tests share: pools, a clock that is set by hand, and the verifier that the authorizer uses.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(
    clippy::unwrap_used,
    reason = "only tests call this, and a failure here is theirs"
)]

pub(crate) mod served;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tidegate_local_cloud::clock::Clock;
use tidegate_local_cloud::system::{AppClient, OAuth, PasswordPolicy, UserPool};
use tidegate_local_identity::{Identity, SigningKey, TokenRequest};
use tidegate_tokens::{JwkSet, KeyCache, KeySource, KeysUnavailable, Verifier};

pub(crate) const POOL: &str = "eu-central-1_abcdefghi";
pub(crate) const TWO_CLIENTS: &str = "eu-central-1_two";
pub(crate) const BASE_URL: &str = "http://127.0.0.1:4001";
pub(crate) const START_MS: u64 = 1_790_000_000_000;
pub(crate) const VALIDITY_S: u64 = 900;

/// A clock that stands still.
#[derive(Debug)]
pub(crate) struct SetClock(AtomicU64);

impl SetClock {
    pub(crate) fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap();
        self.0.fetch_add(by, Ordering::Relaxed);
    }
}

#[async_trait]
impl Clock for SetClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    async fn sleep_until(&self, _at_ms: u64) {
        std::future::pending::<()>().await;
    }
}

pub(crate) fn clock() -> Arc<SetClock> {
    Arc::new(SetClock(AtomicU64::new(START_MS)))
}

pub(crate) const CALLBACK: &str = "http://localhost:8976/callback";
pub(crate) const BYE: &str = "https://app.test/bye";
pub(crate) const ACCESS_KEY_ID: &str = "AKIALOCALTEST0000000";

fn pool(id: &str, domain: Option<&str>, clients: &[(&str, Option<OAuth>)]) -> (String, UserPool) {
    let client = |oauth: &Option<OAuth>| AppClient {
        access_token: Duration::from_secs(VALIDITY_S),
        id_token: Duration::from_secs(3600),
        refresh_token: Duration::from_secs(24 * 3600),
        revokes: true,
        oauth: oauth.clone(),
    };
    let clients = clients
        .iter()
        .map(|(id, oauth)| ((*id).to_owned(), client(oauth)));
    let pool = UserPool {
        id: id.to_owned(),
        domain: domain.map(str::to_owned),
        password_policy: PasswordPolicy::default(),
        clients: clients.collect(),
    };
    (id.to_owned(), pool)
}

/// Pools without pages.
pub(crate) fn pools() -> BTreeMap<String, UserPool> {
    [
        pool(POOL, None, &[("client", None)]),
        pool(TWO_CLIENTS, None, &[("one", None), ("two", None)]),
    ]
    .into()
}

/// A pool with pages, and of its clients one with which people sign in.
pub(crate) fn pools_with_pages() -> BTreeMap<String, UserPool> {
    let oauth = |callback: &str| OAuth {
        scopes: ["openid", "email"].map(str::to_owned).into(),
        callback_urls: vec![
            callback.to_owned(),
            "https://app.test/in?from=us".to_owned(),
        ],
        logout_urls: vec![BYE.to_owned()],
        own_users: true,
    };
    let clients = [
        ("client", Some(oauth(CALLBACK))),
        ("other", Some(oauth("https://other.test/in"))),
        ("machine", None),
    ];
    [pool(POOL, Some("tidegate"), &clients)].into()
}

pub(crate) fn identity(clock: &Arc<SetClock>) -> Identity {
    identity_of(pools(), clock)
}

pub(crate) fn identity_of(pools: BTreeMap<String, UserPool>, clock: &Arc<SetClock>) -> Identity {
    let key = SigningKey::generate().unwrap();
    Identity::new(
        key,
        pools,
        Arc::<SetClock>::clone(clock),
        &format!("{BASE_URL}/"),
        ACCESS_KEY_ID,
    )
}

pub(crate) fn alice() -> TokenRequest {
    TokenRequest {
        user: "alice".to_owned(),
        ..TokenRequest::default()
    }
}

struct Published(JwkSet);

#[async_trait]
impl KeySource for Published {
    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable> {
        Ok(self.0.clone())
    }
}

/// The authorizer's verifier, for tokens of [`POOL`].
pub(crate) fn verifier(keys: JwkSet) -> Verifier {
    let keys = KeyCache::new(Box::new(Published(keys)));
    Verifier::new(format!("{BASE_URL}/{POOL}"), "client".to_owned(), keys)
}
