//! An issuer of tokens, and those who pretend to be one.

use async_trait::async_trait;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tidegate_tokens::{JwkSet, KeyCache, KeySource, KeysUnavailable, Verifier};

use crate::{EXPIRES_AT, ISSUED_AT};

/// Who issues the tokens.
pub const ISSUER: &str = "https://issuer.test/pool";
/// The app client that they are for.
pub const CLIENT: &str = "client";
/// The id of the issuer's key.
const KID: &str = "k1";

/// An issuer with one key.
pub struct Issuer {
    key: EncodingKey,
    /// What it publishes.
    pub keys: JwkSet,
}

impl Issuer {
    /// An issuer with a key of its own.
    #[must_use]
    pub fn new() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        let mut public = Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap();
        public.common.key_id = Some(KID.to_owned());
        Self {
            key,
            keys: JwkSet { keys: vec![public] },
        }
    }

    /// The claims of a right token of alice, but for `changed`.
    #[must_use]
    pub fn claims(changed: &Value) -> Value {
        let mut claims = json!({
            "sub": "alice", "iss": ISSUER, "token_use": "access", "client_id": CLIENT,
            "iat": ISSUED_AT, "exp": EXPIRES_AT, "cognito:groups": ["team:red"],
        });
        for (name, value) in changed.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        claims
    }

    /// A token whose claims are right but for `changed`.
    #[must_use]
    pub fn token(&self, changed: &Value) -> String {
        self.sign(&json!({"kid": KID}), &Self::claims(changed))
    }

    /// A token with what `header` says of `kid` and `jku`, signed with the issuer's key.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = |name: &str| header[name].as_str().map(str::to_owned);
        let header = Header {
            kid: text("kid"),
            jku: text("jku"),
            ..Header::new(Algorithm::RS256)
        };
        encode(&header, claims, &self.key).unwrap()
    }

    /// A token signed with HS256, whose secret is what the issuer publishes: key confusion.
    #[must_use]
    pub fn confused(&self, claims: &Value) -> String {
        let header = Header {
            kid: Some(KID.to_owned()),
            ..Header::new(Algorithm::HS256)
        };
        let secret = serde_json::to_vec(&self.keys).unwrap();
        encode(&header, claims, &EncodingKey::from_secret(&secret)).unwrap()
    }

    /// Who trusts this issuer.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Keys(Some(self.keys.clone())).verifier()
    }
}

impl Default for Issuer {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer").finish_non_exhaustive()
    }
}

/// A token with this header and these claims and no signature.
#[must_use]
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(header), part(claims))
}

/// What an issuer publishes: none where it cannot be reached.
#[derive(Debug)]
pub struct Keys(pub Option<JwkSet>);

impl Keys {
    /// Who trusts what is published here.
    #[must_use]
    pub fn verifier(self) -> Verifier {
        let keys = KeyCache::new(Box::new(self));
        Verifier::new(ISSUER.to_owned(), CLIENT.to_owned(), keys)
    }
}

#[async_trait]
impl KeySource for Keys {
    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable> {
        self.0.clone().ok_or_else(|| KeysUnavailable {
            url: ISSUER.to_owned(),
            problem: "down".to_owned(),
        })
    }
}
