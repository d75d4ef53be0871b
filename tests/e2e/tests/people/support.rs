//! A user pool in this process, and the command told that a stack with it runs here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tidegate_contract::sign_in::callback_urls;
use tidegate_e2e::Here;
use tidegate_local_cloud::clock::SystemClock;
use tidegate_local_cloud::system::{AppClient, OAuth, PasswordPolicy, UserPool};
use tidegate_local_identity::{Identity, SigningKey};
use tokio::net::TcpListener;
use tokio::process::Command;

pub(crate) const POOL: &str = "eu-central-1_abcdefghi";
pub(crate) const REGION: &str = "eu-central-1";
/// The one that the command uses for a local pool.
pub(crate) const ACCESS_KEY_ID: &str = tidegate_local_runtime::ACCESS_KEY_ID;

/// A served user pool.
pub(crate) struct Pool {
    pub(crate) base_url: String,
    pub(crate) issuer: String,
}

impl Pool {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let hour = Duration::from_secs(3600);
        let client = AppClient {
            access_token: hour,
            id_token: hour,
            refresh_token: hour,
            revokes: true,
            oauth: Some(OAuth {
                scopes: ["openid".to_owned()].into(),
                callback_urls: callback_urls(),
                logout_urls: Vec::new(),
                own_users: true,
            }),
        };
        let pool = UserPool {
            id: POOL.to_owned(),
            domain: Some("tidegate".to_owned()),
            password_policy: PasswordPolicy::default(),
            clients: [("client".to_owned(), client)].into(),
        };
        let identity = Identity::new(
            SigningKey::generate().unwrap(),
            BTreeMap::from([(POOL.to_owned(), pool)]),
            Arc::new(SystemClock),
            &base_url,
            ACCESS_KEY_ID,
        );
        let issuer = identity.issuer(POOL);
        tokio::spawn(Arc::new(identity).serve(listener, std::future::pending()));
        Self { base_url, issuer }
    }

    /// What the program exports of a stack with this pool.
    pub(crate) fn outputs(&self) -> Value {
        json!({
            "issuer": self.issuer,
            "clientId": "client",
            "userPoolId": POOL,
            "region": REGION,
            "signInUrl": self.issuer,
        })
    }
}

/// Where `tidegate dev` runs a stack with this pool, as far as its note and its lock tell.
pub(crate) fn with_local(pool: &Pool) -> Here {
    Here::with_note(&json!({
        "pid": 1,
        "stack": "dev",
        "websocketUrl": "ws://127.0.0.1:1/dev",
        "managementUrl": "http://127.0.0.1:1/dev",
        "issuer": pool.issuer,
        "clientId": "client",
        "userPoolId": POOL,
        "region": REGION,
        "signInUrl": pool.issuer,
        "dynamodbUrl": "http://127.0.0.1:1", "sqsUrl": "http://127.0.0.1:1",
    }))
}

/// The command with credentials and the place of Cognito.
pub(crate) fn with_cognito(here: &Here, arguments: &[&str], url: &str, key: &str) -> Command {
    here.with_aws(arguments, &[("COGNITO_IDENTITY_PROVIDER", url)], key)
}
