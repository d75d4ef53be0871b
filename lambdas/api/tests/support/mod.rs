//! What the tests share: an issuer, an API that trusts it, and requests.

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
use tidegate_test_events::fixture;
use tidegate_tokens::{JwkSet, KeyCache, KeySource, KeysUnavailable, Verifier};

pub(crate) const NOW_MS: u64 = 1_742_085_982_306;
pub(crate) const EXPIRES_AT: u64 = 1_742_086_882;
pub(crate) const ISSUER: &str = "https://issuer.test/pool";
/// Namespaces of a stack in which rooms are only for members.
pub(crate) const NAMESPACES: &str = r#"{"room": {"subscribe": "member", "publish": "member"}}"#;

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
            "exp": EXPIRES_AT, "cognito:groups": ["room:lobby"],
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

/// A verifier of tokens of the issuer that publishes `keys`; none for one that is down.
pub(crate) fn verifier(keys: Option<JwkSet>) -> Verifier {
    let keys = KeyCache::new(Box::new(Published(keys)));
    Verifier::new(ISSUER.to_owned(), "client".to_owned(), keys)
}

/// The request of a fixture, with this token in it.
pub(crate) fn request(name: &str, token: &str) -> Value {
    let text = fixture(name).to_string().replace("<token>", token);
    serde_json::from_str(&text).unwrap()
}
