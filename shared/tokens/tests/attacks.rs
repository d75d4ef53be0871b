//! A list of attacks and mistakes, each refused for its own reason; and what is accepted.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tidegate_tokens::{
    JwkSet, KeyCache, KeySource, KeysUnavailable, MIN_REFETCH_MS, MIN_RETRY_MS, TokenError,
    Verifier,
};

const NOW_MS: u64 = 1_000_000;
const ISSUER: &str = "https://issuer.test/pool";

struct Issuer {
    key: EncodingKey,
    jwks: JwkSet,
}

impl Issuer {
    fn new(kid: &str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap();
        jwk.common.key_id = Some(kid.to_owned());
        Self {
            key,
            jwks: JwkSet { keys: vec![jwk] },
        }
    }

    fn sign(&self, kid: &str, claims: &Value) -> String {
        let header = Header {
            kid: Some(kid.to_owned()),
            ..Header::new(Algorithm::RS256)
        };
        encode(&header, claims, &self.key).unwrap()
    }
}

struct Published {
    jwks: Option<JwkSet>,
    fetches: Arc<AtomicUsize>,
}

#[async_trait]
impl KeySource for Published {
    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable> {
        self.fetches.fetch_add(1, Ordering::Relaxed);
        self.jwks.clone().ok_or_else(|| KeysUnavailable {
            url: "https://issuer.test".into(),
            problem: "down".into(),
        })
    }
}

fn verifier(jwks: Option<JwkSet>) -> (Verifier, Arc<AtomicUsize>) {
    let fetches = Arc::new(AtomicUsize::new(0));
    let source = Published {
        jwks,
        fetches: Arc::clone(&fetches),
    };
    (
        Verifier::new(
            ISSUER.into(),
            "client".into(),
            KeyCache::new(Box::new(source)),
        ),
        fetches,
    )
}

fn claims() -> Value {
    json!({
        "sub": "alice", "iss": ISSUER, "token_use": "access", "client_id": "client",
        "exp": 2_000, "cognito:groups": ["team:red"],
    })
}

fn changed(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn raw(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.{}",
        part(header),
        part(claims),
        URL_SAFE_NO_PAD.encode(signature)
    )
}

#[tokio::test]
async fn a_right_token_is_accepted_with_its_claims() {
    let issuer = Issuer::new("k1");
    let (verifier, fetches) = verifier(Some(issuer.jwks.clone()));
    let token = issuer.sign("k1", &claims());
    let accepted = verifier.verify(&token, NOW_MS).await.unwrap();
    assert_eq!(accepted.sub, "alice");
    assert!(accepted.groups.contains("team:red"));
    verifier.verify(&token, NOW_MS).await.unwrap();
    assert_eq!(fetches.load(Ordering::Relaxed), 1, "the keys are kept");
}

#[tokio::test]
async fn each_wrong_token_is_refused_for_its_reason() {
    let issuer = Issuer::new("k1");
    let stranger = Issuer::new("k1");
    let (verifier, _) = verifier(Some(issuer.jwks.clone()));
    let public_key = serde_json::to_vec(&issuer.jwks).unwrap();
    let hmac = |kid: &str| {
        let header = Header {
            kid: Some(kid.to_owned()),
            ..Header::new(Algorithm::HS256)
        };
        encode(&header, &claims(), &EncodingKey::from_secret(&public_key)).unwrap()
    };
    let no_kid = encode(&Header::new(Algorithm::RS256), &claims(), &issuer.key).unwrap();
    let mut tampered = issuer.sign("k1", &claims());
    let payload = URL_SAFE_NO_PAD.encode(changed("sub", json!("mallory")).to_string());
    let signature_at = tampered.rfind('.').unwrap();
    let header_end = tampered.find('.').unwrap();
    tampered = format!(
        "{}.{payload}{}",
        &tampered[..header_end],
        &tampered[signature_at..]
    );

    let cases: Vec<(&str, String, &str)> = vec![
        ("empty", String::new(), "malformed"),
        ("no JWT", "hello".into(), "malformed"),
        ("huge", "a".repeat(100_000), "malformed"),
        (
            "alg none",
            raw(&json!({"alg": "none", "kid": "k1"}), &claims(), b""),
            "malformed",
        ),
        ("key confusion", hmac("k1"), "not signed with RS256"),
        ("no kid", no_kid, "key that its issuer does not have"),
        (
            "path as kid",
            issuer.sign("../../etc/passwd", &claims()),
            "key that its issuer does not have",
        ),
        (
            "another's key under our kid",
            stranger.sign("k1", &claims()),
            "signature",
        ),
        ("tampered claims", tampered, "signature"),
        (
            "no signature",
            raw(&json!({"alg": "RS256", "kid": "k1"}), &claims(), b""),
            "signature",
        ),
        (
            "wrong issuer",
            issuer.sign("k1", &changed("iss", json!("https://evil.test"))),
            "another issuer",
        ),
        (
            "wrong client",
            issuer.sign("k1", &changed("client_id", json!("other"))),
            "another app client",
        ),
        (
            "no client",
            issuer.sign("k1", &changed("client_id", Value::Null)),
            "another app client",
        ),
        (
            "an ID token",
            issuer.sign("k1", &changed("token_use", json!("id"))),
            "not an access token",
        ),
        (
            "expired",
            issuer.sign("k1", &changed("exp", json!(1_000))),
            "expired",
        ),
        (
            "not yet valid",
            issuer.sign("k1", &changed("nbf", json!(1_001))),
            "does not hold yet",
        ),
        (
            "exp of another type",
            issuer.sign("k1", &changed("exp", json!("soon"))),
            "malformed",
        ),
        (
            "no subject",
            issuer.sign("k1", &changed("sub", Value::Null)),
            "malformed",
        ),
    ];
    for (name, token, reason) in cases {
        let error = verifier
            .verify(&token, NOW_MS)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(reason), "{name}: {error}");
    }
}

#[tokio::test]
async fn made_up_key_ids_do_not_flood_the_issuer() {
    let issuer = Issuer::new("k1");
    let (verifier, fetches) = verifier(Some(issuer.jwks.clone()));
    for n in 0..50 {
        let token = issuer.sign(&format!("made-up-{n}"), &claims());
        assert!(matches!(
            verifier.verify(&token, NOW_MS).await,
            Err(TokenError::UnknownKey)
        ));
    }
    assert_eq!(fetches.load(Ordering::Relaxed), 1);
    let token = issuer.sign("made-up", &claims());
    let _refused = verifier.verify(&token, NOW_MS + MIN_REFETCH_MS).await;
    assert_eq!(
        fetches.load(Ordering::Relaxed),
        2,
        "later it may be asked again: keys rotate"
    );
}

#[tokio::test]
async fn an_issuer_that_is_down_is_not_a_wrong_token_and_is_not_asked_for_each() {
    let issuer = Issuer::new("k1");
    let (verifier, fetches) = verifier(None);
    let token = issuer.sign("k1", &claims());
    for _ in 0..10 {
        let refused = verifier.verify(&token, NOW_MS).await;
        assert!(matches!(refused, Err(TokenError::Keys(_))));
    }
    assert_eq!(fetches.load(Ordering::Relaxed), 1);
    let _refused = verifier.verify(&token, NOW_MS + MIN_RETRY_MS).await;
    assert_eq!(fetches.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_token_lives_no_longer_than_a_revocation_is_kept() {
    const DAY_S: u64 = 24 * 3600;
    let now = 1_742_085_982;
    let issuer = Issuer::new("k1");
    let (verifier, _) = verifier(Some(issuer.jwks.clone()));
    let token = |iat: Option<u64>, exp: u64| {
        let mut claims = changed("exp", json!(exp));
        claims["iat"] = json!(iat);
        if iat.is_none() {
            claims.as_object_mut().unwrap().remove("iat");
        }
        issuer.sign("k1", &claims)
    };
    let a_day = token(Some(now), now + DAY_S);
    verifier.verify(&a_day, now * 1_000).await.unwrap();
    let too_long = [
        token(Some(now), now + DAY_S + 1),
        // It ends within a day, but was revoked perhaps a week ago.
        token(Some(now - 7 * DAY_S), now + 60),
        token(None, now + 60),
    ];
    for token in too_long {
        let refused = verifier.verify(&token, now * 1_000).await;
        assert!(matches!(refused, Err(TokenError::Lifetime)), "{refused:?}");
    }
}
