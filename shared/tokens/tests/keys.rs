//! For how long keys are kept, and how often an issuer is asked: also while it is down.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jsonwebtoken::jwk::Jwk;
use serde_json::json;
use tidegate_tokens::{
    FRESH_MS, JwkSet, KeyCache, KeySource, KeysUnavailable, MIN_REFETCH_MS, MIN_RETRY_MS, STALE_MS,
    STALE_RETRY_MS,
};

const NOW_MS: u64 = 1_790_000_000_000;

/// An issuer that publishes what a test says; nothing while it is down.
#[derive(Clone, Default)]
struct Issuer(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    publishes: Option<Vec<&'static str>>,
    asked: usize,
}

impl Issuer {
    fn publishing(kids: &[&'static str]) -> (Self, KeyCache) {
        let issuer = Self::default();
        issuer.publish(kids);
        let keys = KeyCache::new(Box::new(issuer.clone()));
        (issuer, keys)
    }

    fn publish(&self, kids: &[&'static str]) {
        self.0.lock().unwrap().publishes = Some(kids.to_vec());
    }

    fn goes_down(&self) {
        self.0.lock().unwrap().publishes = None;
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }
}

#[async_trait]
impl KeySource for Issuer {
    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable> {
        let mut state = self.0.lock().unwrap();
        state.asked += 1;
        let kids = state.publishes.as_ref().ok_or_else(|| KeysUnavailable {
            url: "https://issuer.test".into(),
            problem: "down".into(),
        })?;
        Ok(JwkSet {
            keys: kids.iter().map(|kid| key(kid)).collect(),
        })
    }
}

fn key(kid: &str) -> Jwk {
    serde_json::from_value(json!({"kty": "RSA", "kid": kid, "n": "AQAB", "e": "AQAB"})).unwrap()
}

async fn has(keys: &KeyCache, kid: &str, now_ms: u64) -> Result<bool, KeysUnavailable> {
    Ok(keys.key(kid, now_ms).await?.is_some())
}

#[tokio::test]
async fn while_the_issuer_is_down_known_keys_verify_for_a_day_and_only_unknown_ones_fail() {
    let (issuer, keys) = Issuer::publishing(&["k1"]);
    assert!(has(&keys, "k1", NOW_MS).await.unwrap());
    issuer.goes_down();
    for now_ms in [
        NOW_MS + FRESH_MS - 1,
        NOW_MS + FRESH_MS,
        NOW_MS + STALE_MS - 1,
    ] {
        assert!(has(&keys, "k1", now_ms).await.unwrap(), "{now_ms}");
    }
    assert!(
        has(&keys, "k2", NOW_MS + FRESH_MS).await.is_err(),
        "it may be a new key: not a wrong token"
    );
    assert!(
        has(&keys, "k1", NOW_MS + STALE_MS + STALE_RETRY_MS)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn nobody_waits_for_an_issuer_that_is_down_but_once_in_five_minutes() {
    let (issuer, keys) = Issuer::publishing(&["k1"]);
    assert!(has(&keys, "k1", NOW_MS).await.unwrap());
    issuer.goes_down();
    for second in 0..300 {
        let now_ms = NOW_MS + FRESH_MS + second * 1_000;
        assert!(has(&keys, "k1", now_ms).await.unwrap());
    }
    assert_eq!(issuer.asked(), 2);
    assert!(
        has(&keys, "k1", NOW_MS + FRESH_MS + STALE_RETRY_MS)
            .await
            .unwrap()
    );
    assert_eq!(issuer.asked(), 3);
}

#[tokio::test]
async fn a_thousand_unknown_keys_of_an_issuer_that_is_down_are_one_question_a_second() {
    let (issuer, keys) = Issuer::publishing(&["k1"]);
    assert!(has(&keys, "k1", NOW_MS).await.unwrap());
    issuer.goes_down();
    let began_ms = NOW_MS + MIN_REFETCH_MS;
    for n in 0..1_000 {
        assert!(
            has(&keys, &format!("made-up-{n}"), began_ms + n)
                .await
                .is_err()
        );
    }
    assert_eq!(issuer.asked(), 2);
    assert!(
        has(&keys, "made-up", began_ms + MIN_RETRY_MS)
            .await
            .is_err()
    );
    assert_eq!(issuer.asked(), 3);
    assert!(has(&keys, "k1", began_ms).await.unwrap(), "all the while");
}

#[tokio::test]
async fn a_key_that_was_withdrawn_is_none_after_an_hour() {
    let (issuer, keys) = Issuer::publishing(&["old"]);
    assert!(has(&keys, "old", NOW_MS).await.unwrap());
    issuer.publish(&["new"]);
    assert!(has(&keys, "old", NOW_MS + FRESH_MS - 1).await.unwrap());
    assert!(!has(&keys, "old", NOW_MS + FRESH_MS).await.unwrap());
    assert!(has(&keys, "new", NOW_MS + FRESH_MS).await.unwrap());
    assert_eq!(issuer.asked(), 2);
}

#[tokio::test]
async fn an_issuer_that_is_back_is_noticed() {
    let (issuer, keys) = Issuer::publishing(&["k1"]);
    issuer.goes_down();
    assert!(has(&keys, "k1", NOW_MS).await.is_err());
    issuer.publish(&["k1"]);
    assert!(
        has(&keys, "k1", NOW_MS).await.is_err(),
        "not asked again yet"
    );
    assert!(has(&keys, "k1", NOW_MS + MIN_RETRY_MS).await.unwrap());
}

#[tokio::test]
async fn a_clock_that_is_set_back_locks_nobody_out() {
    let (issuer, keys) = Issuer::publishing(&["k1"]);
    issuer.goes_down();
    assert!(has(&keys, "k1", NOW_MS).await.is_err());
    issuer.publish(&["k1"]);
    assert!(has(&keys, "k1", NOW_MS - FRESH_MS).await.unwrap());
}
