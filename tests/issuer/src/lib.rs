//! For the functions' own tests: an issuer of tokens with a key of its own, and requests that bear its tokens.

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

/// The time of the fixtures, in epoch milliseconds.
pub const NOW_MS: u64 = 1_742_085_982_306;
/// When tokens were issued, in epoch seconds.
pub const ISSUED_AT: u64 = 1_742_085_982;
/// When tokens end, in epoch seconds.
pub const EXPIRES_AT: u64 = 1_742_086_882;
/// Who issues them.
pub const ISSUER: &str = "https://issuer.test/pool";
/// For whom they are.
pub const CLIENT: &str = "client";

/// An issuer of tokens.
pub struct Issuer {
    key: EncodingKey,
    groups: Vec<String>,
    /// The keys that it publishes.
    pub keys: JwkSet,
}

impl Issuer {
    /// An issuer whose tokens name these groups.
    #[must_use]
    pub fn of_groups(groups: &[&str]) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        let mut public = Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap();
        public.common.key_id = Some("k1".to_owned());
        Self {
            key,
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            keys: JwkSet { keys: vec![public] },
        }
    }

    /// Alice's token, whose claims are right but for `changed`.
    #[must_use]
    pub fn token(&self, changed: &Value) -> String {
        let mut claims = json!({
            "sub": "alice", "iss": ISSUER, "token_use": "access", "client_id": CLIENT,
            "iat": ISSUED_AT, "exp": EXPIRES_AT, "cognito:groups": self.groups,
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

    /// A verifier that trusts this issuer.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        verifier(Some(self.keys.clone()))
    }
}

struct Publishes(Option<JwkSet>);

#[async_trait]
impl KeySource for Publishes {
    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable> {
        self.0.clone().ok_or_else(|| KeysUnavailable {
            url: ISSUER.to_owned(),
            problem: "down".to_owned(),
        })
    }
}

/// A verifier of tokens of the issuer that publishes `keys`; none for one that is down.
#[must_use]
pub fn verifier(keys: Option<JwkSet>) -> Verifier {
    let keys = KeyCache::new(Box::new(Publishes(keys)));
    Verifier::new(ISSUER.to_owned(), CLIENT.to_owned(), keys)
}

/// The event of a fixture, with this token in it.
#[must_use]
pub fn bearing(name: &str, token: &str) -> Value {
    let text = fixture(name).to_string().replace("<token>", token);
    serde_json::from_str(&text).unwrap()
}
