//! The issuer's keys: kept by `kid`, fetched again when an unknown one comes.

use async_trait::async_trait;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use thiserror::Error;
use tokio::sync::Mutex;

/// The least time between two fetches: whoever sends tokens with made-up `kid`s must not make us flood the issuer.
pub const MIN_REFETCH_MS: u64 = 30_000;

/// The least time between two fetches that fail: while the issuer is down, tokens are not each worth its time limit.
pub const MIN_RETRY_MS: u64 = 1_000;

/// Fetches the keys that the issuer publishes now.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// The keys.
    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable>;
}

/// The issuer's keys could not be had. Says nothing about any token.
#[derive(Debug, Clone, Error)]
#[error("the issuer's keys cannot be had from {url}: {problem}")]
pub struct KeysUnavailable {
    /// Where they should be.
    pub url: String,
    /// What went wrong.
    pub problem: String,
}

#[derive(Default)]
struct Kept {
    keys: Option<JwkSet>,
    fetched_at_ms: Option<u64>,
    failed: Option<(u64, KeysUnavailable)>,
}

/// The keys that were fetched last.
pub struct KeyCache {
    source: Box<dyn KeySource>,
    kept: Mutex<Kept>,
}

impl KeyCache {
    /// An empty cache over `source`.
    #[must_use]
    pub fn new(source: Box<dyn KeySource>) -> Self {
        Self {
            source,
            kept: Mutex::new(Kept::default()),
        }
    }

    /// The key `kid`; none when the issuer has no such key, as far as it was allowed to ask.
    ///
    /// # Errors
    /// When the keys have to be fetched and cannot be.
    pub async fn key(&self, kid: &str, now_ms: u64) -> Result<Option<Jwk>, KeysUnavailable> {
        let mut kept = self.kept.lock().await;
        if let Some(key) = kept.keys.as_ref().and_then(|keys| keys.find(kid)) {
            return Ok(Some(key.clone()));
        }
        let asked_lately = kept
            .fetched_at_ms
            .is_some_and(|at| now_ms < at.saturating_add(MIN_REFETCH_MS));
        if asked_lately && kept.keys.is_some() {
            return Ok(None);
        }
        if let Some((at, failed)) = &kept.failed
            && now_ms < at.saturating_add(MIN_RETRY_MS)
        {
            return Err(failed.clone());
        }
        let keys = match self.source.fetch().await {
            Ok(keys) => keys,
            Err(error) => {
                kept.failed = Some((now_ms, error.clone()));
                return Err(error);
            }
        };
        let found = keys.find(kid).cloned();
        *kept = Kept {
            keys: Some(keys),
            fetched_at_ms: Some(now_ms),
            failed: None,
        };
        Ok(found)
    }
}
