//! What a connected user may do, and until when.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The rights that a user's newest token gave. They live in the session item and are checked on every frame and every
/// delivery: the context that the authorizer hands to API Gateway is frozen at the handshake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// The subject of the token.
    pub user: String,
    /// The groups that the token names.
    pub groups: BTreeSet<String>,
    /// When the token was issued, in epoch seconds: of two tokens, the newer one says what holds. 0 where it does not say.
    pub issued_at: u64,
    /// When the token ends, in epoch seconds.
    pub expires_at: u64,
}

impl Rights {
    /// Whether the token has ended at `now_ms` (epoch milliseconds).
    #[must_use]
    pub const fn expired(&self, now_ms: u64) -> bool {
        now_ms / 1000 >= self.expires_at
    }
}
