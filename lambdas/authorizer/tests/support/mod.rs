//! What the tests share: an issuer, an authorizer that trusts it, and handshakes.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(
    clippy::unwrap_used,
    reason = "only tests call this, and a failure here is theirs"
)]

use async_trait::async_trait;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tidegate_authorizer::{Authorizer, Origin};
use tidegate_test_events::fixture;
use tidegate_tokens::{JwkSet, KeyCache, KeySource, KeysUnavailable, Verifier};

pub(crate) const NOW_MS: u64 = 1_742_085_982_306;
pub(crate) const EXPIRES_AT: u64 = 1_742_086_882;
pub(crate) const ISSUER: &str = "https://issuer.test/pool";
pub(crate) const NAMESPACES: &str = r#"{
    "room": {"subscribe": "signedIn", "publish": "signedIn"},
    "team": {"subscribe": "member", "publish": "member"}
}"#;
/// Namespaces of a stack in which rooms are only for members.
pub(crate) const CLOSED: &str = r#"{"room": {"subscribe": "member", "publish": "member"}}"#;

pub(crate) struct Issuer {
    key: EncodingKey,
    pub(crate) keys: JwkSet,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        let mut public = Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap();
        public.common.key_id = Some("k1".to_owned());
        Self {
            key,
            keys: JwkSet { keys: vec![public] },
        }
    }

    /// A token whose claims are right but for `changed`.
    pub(crate) fn token(&self, changed: &Value) -> String {
        let mut claims = json!({
            "sub": "alice", "iss": ISSUER, "token_use": "access", "client_id": "client",
            "exp": EXPIRES_AT, "cognito:groups": ["team:red"],
        });
        for (name, value) in changed.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        let header = Header {
            kid: Some("k1".to_owned()),
            ..Header::new(Algorithm::RS256)
        };
        encode(&header, &claims, &self.key).unwrap()
    }

    /// An authorizer that trusts this issuer.
    pub(crate) fn authorizer(&self, namespaces: &str) -> Authorizer {
        authorizer(Some(self.keys.clone()), namespaces)
    }

    /// The same behind CloudFront, which proves itself with a secret of one of these digests.
    pub(crate) fn authorizer_behind(&self, digests: &str) -> Authorizer {
        behind(Some(self.keys.clone()), NAMESPACES, digests)
    }
}

struct Published(Option<JwkSet>);

#[async_trait]
impl KeySource for Published {
    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable> {
        self.0.clone().ok_or_else(|| KeysUnavailable {
            url: ISSUER.to_owned(),
            problem: "down".to_owned(),
        })
    }
}

pub(crate) fn authorizer(keys: Option<JwkSet>, namespaces: &str) -> Authorizer {
    behind(keys, namespaces, "")
}

fn behind(keys: Option<JwkSet>, namespaces: &str, digests: &str) -> Authorizer {
    let keys = KeyCache::new(Box::new(Published(keys)));
    let verifier = Verifier::new(ISSUER.to_owned(), "client".to_owned(), keys);
    let origin = Origin::read(digests).unwrap();
    Authorizer::new(origin, verifier, serde_json::from_str(namespaces).unwrap())
}

/// The handshake of a fixture, with this token in it.
pub(crate) fn handshake(name: &str, token: &str) -> Value {
    let text = fixture(name).to_string().replace("<token>", token);
    serde_json::from_str(&text).unwrap()
}
