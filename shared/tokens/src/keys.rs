//! The issuer's keys: kept by `kid`, fetched again when an unknown one comes.

use async_trait::async_trait;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use thiserror::Error;
use tokio::sync::Mutex;

/// The least time between two fetches: whoever sends tokens with made-up `kid`s must not make us flood the issuer.
pub const MIN_REFETCH_MS: u64 = 30_000;

/// The least time between two fetches that fail: while the issuer is down, tokens are not each worth its time limit.
pub const MIN_RETRY_MS: u64 = 1_000;

/// How long keys are taken as they are. After that they are fetched again, and a key that the issuer has withdrawn is none.
pub const FRESH_MS: u64 = 3_600_000;

/// How long keys verify that cannot be fetched again: longer than any outage, shorter than a withdrawn key may do harm.
pub const STALE_MS: u64 = 24 * FRESH_MS;

/// The least time between two attempts to renew keys that still verify: meanwhile nobody waits for an issuer that is down.
pub const STALE_RETRY_MS: u64 = 300_000;

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
    fetched: Option<Fetched>,
    failed: Option<(u64, KeysUnavailable)>,
}

struct Fetched {
    keys: JwkSet,
    at_ms: u64,
}

impl Kept {
    fn find(&self, kid: &str) -> Option<Jwk> {
        let fetched = self.fetched.as_ref()?;
        fetched.keys.find(kid).cloned()
    }

    /// Whether there are keys that are not older than this.
    fn is_younger(&self, than_ms: u64, now_ms: u64) -> bool {
        let fetched = self.fetched.as_ref();
        fetched.is_some_and(|fetched| lately(fetched.at_ms, than_ms, now_ms))
    }

    /// The last failure, where it was no longer ago than this.
    fn failed_within(&self, ms: u64, now_ms: u64) -> Option<&KeysUnavailable> {
        let (at_ms, failed) = self.failed.as_ref()?;
        lately(*at_ms, ms, now_ms).then_some(failed)
    }
}

/// What is said to have been in the future is long ago: the clock was set back.
fn lately(at_ms: u64, within_ms: u64, now_ms: u64) -> bool {
    now_ms.checked_sub(at_ms).is_some_and(|ago| ago < within_ms)
}

/// The keys that were fetched last.
///
/// While the issuer is down, known keys go on verifying, for [`STALE_MS`] at the most, and only tokens of keys that are not
/// known cannot be decided about.
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
        match kept.find(kid) {
            Some(key) if kept.is_younger(FRESH_MS, now_ms) => Ok(Some(key)),
            Some(key) if kept.is_younger(STALE_MS, now_ms) => {
                if kept.failed_within(STALE_RETRY_MS, now_ms).is_some() {
                    return Ok(Some(key));
                }
                match self.fetch(&mut kept, now_ms).await {
                    Ok(()) => Ok(kept.find(kid)),
                    Err(_) => Ok(Some(key)),
                }
            }
            None if kept.is_younger(MIN_REFETCH_MS, now_ms) => Ok(None),
            Some(_) | None => {
                if let Some(failed) = kept.failed_within(MIN_RETRY_MS, now_ms) {
                    return Err(failed.clone());
                }
                self.fetch(&mut kept, now_ms).await?;
                Ok(kept.find(kid))
            }
        }
    }

    async fn fetch(&self, kept: &mut Kept, now_ms: u64) -> Result<(), KeysUnavailable> {
        match self.source.fetch().await {
            Ok(keys) => {
                *kept = Kept {
                    fetched: Some(Fetched {
                        keys,
                        at_ms: now_ms,
                    }),
                    failed: None,
                };
                Ok(())
            }
            Err(error) => {
                kept.failed = Some((now_ms, error.clone()));
                Err(error)
            }
        }
    }
}
