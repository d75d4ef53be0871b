//! The rules by which a token is accepted.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use thiserror::Error;

use crate::claims::Claims;
use crate::keys::{KeyCache, KeysUnavailable};

/// The longest token that is looked at, in bytes. Headers of a handshake are limited to about 10 KB altogether.
const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// The only algorithm that Cognito signs with. Pinned: what the token's header says is never what decides.
const ALGORITHM: Algorithm = Algorithm::RS256;

/// The longest that a token may live, in seconds: as long as a revocation is kept, which is what an access token of Cognito
/// lives at the most. A longer one would be good again while it lasts.
pub const LONGEST_LIFE_S: u64 = 24 * 3600;

/// Verifies access tokens of one issuer for one app client.
pub struct Verifier {
    issuer: String,
    client_id: String,
    keys: KeyCache,
}

/// Why a token is not accepted. Never holds any part of it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is no JWT, or lacks a claim.
    #[error("the token is malformed")]
    Malformed,
    /// It is signed with another algorithm than the pinned one.
    #[error("the token is not signed with RS256")]
    Algorithm,
    /// It does not name its key, or one that the issuer does not have.
    #[error("the token is signed with a key that its issuer does not have")]
    UnknownKey,
    /// Its signature does not fit.
    #[error("the signature of the token is wrong")]
    Signature,
    /// It was issued by somebody else.
    #[error("the token is from another issuer")]
    Issuer,
    /// It was issued for another app client.
    #[error("the token is for another app client")]
    Client,
    /// It is not an access token.
    #[error("the token is not an access token")]
    Use,
    /// It has ended.
    #[error("the token has expired")]
    Expired,
    /// It does not hold yet.
    #[error("the token does not hold yet")]
    NotYetValid,
    /// It could outlive its revocation.
    #[error("the token lives longer than a day, or does not say when it was issued")]
    Lifetime,
    /// Whether it is right cannot be found out now.
    #[error(transparent)]
    Keys(#[from] KeysUnavailable),
}

impl Verifier {
    /// Accepts tokens that say exactly `issuer` and `client_id`.
    #[must_use]
    pub const fn new(issuer: String, client_id: String, keys: KeyCache) -> Self {
        Self {
            issuer,
            client_id,
            keys,
        }
    }

    /// The claims of `token`, if it is to be accepted at `now_ms` (epoch milliseconds).
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub async fn verify(&self, token: &str, now_ms: u64) -> Result<Claims, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Malformed);
        }
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        if header.alg != ALGORITHM {
            return Err(TokenError::Algorithm);
        }
        let kid = header.kid.ok_or(TokenError::UnknownKey)?;
        let key = self
            .keys
            .key(&kid, now_ms)
            .await?
            .ok_or(TokenError::UnknownKey)?;
        let key = DecodingKey::from_jwk(&key).map_err(|_| TokenError::UnknownKey)?;
        let claims = decode::<Claims>(token, &key, &signature_only())
            .map_err(|error| match error.kind() {
                jsonwebtoken::errors::ErrorKind::InvalidSignature => TokenError::Signature,
                _ => TokenError::Malformed,
            })?
            .claims;
        self.check(&claims, now_ms)?;
        Ok(claims)
    }

    fn check(&self, claims: &Claims, now_ms: u64) -> Result<(), TokenError> {
        let now = now_ms / 1000;
        if claims.iss != self.issuer {
            return Err(TokenError::Issuer);
        }
        if claims.token_use != "access" {
            return Err(TokenError::Use);
        }
        if claims.client_id.as_deref() != Some(self.client_id.as_str()) {
            return Err(TokenError::Client);
        }
        if now >= claims.exp {
            return Err(TokenError::Expired);
        }
        if claims.nbf.is_some_and(|not_before| now < not_before) {
            return Err(TokenError::NotYetValid);
        }
        if claims.exp.saturating_sub(claims.iat) > LONGEST_LIFE_S {
            return Err(TokenError::Lifetime);
        }
        Ok(())
    }
}

/// The claims are checked here and not by the library, which would take the time from the machine.
fn signature_only() -> Validation {
    let mut validation = Validation::new(ALGORITHM);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}
