//! Verification of the access tokens that clients bring.
//!
//! Pure but for one port, [`KeySource`]: the time is an argument, and what an issuer publishes is fetched by whoever
//! implements the port.

mod claims;
mod keys;
mod verifier;

pub use claims::Claims;
/// The keys that an issuer publishes.
pub use jsonwebtoken::jwk::JwkSet;
pub use keys::{
    FRESH_MS, KeyCache, KeySource, KeysUnavailable, MIN_REFETCH_MS, MIN_RETRY_MS, STALE_MS,
    STALE_RETRY_MS,
};
pub use verifier::{LONGEST_LIFE_S, TokenError, Verifier};
