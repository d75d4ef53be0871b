//! The port to revocations.

use async_trait::async_trait;

use super::StoreError;

/// Keeps from when on a user's tokens are good: older ones are refused in the handshake and by `refresh`.
#[async_trait]
pub trait Revocations: Send + Sync {
    /// Refuses the user's tokens that were issued before `before` (epoch seconds). Kept for a day, which is the longest that
    /// an access token of Cognito can live. One that refuses more tokens stays.
    ///
    /// Costs one write.
    async fn revoke(&self, user: &str, before: u64) -> Result<(), StoreError>;

    /// Before when a user's tokens are refused, read consistently.
    async fn revoked_before(&self, user: &str) -> Result<Option<u64>, StoreError>;
}

/// How long a revocation is kept, in seconds. No token may live longer: whoever verifies them holds to that.
pub const REVOCATION_S: u64 = 24 * 3600;
