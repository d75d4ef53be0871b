//! Where the token comes from.

use std::future::Future;

use async_trait::async_trait;
use thiserror::Error;

use crate::machine::AccessToken;
pub use crate::machine::TokenReason;

/// An access token. `Debug` does not show it.
#[derive(Debug, Clone)]
pub struct Token {
    pub(crate) token: AccessToken,
    pub(crate) expires_at_ms: Option<u64>,
}

impl Token {
    /// A token whose end stands in itself, as in any JWT.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self {
            token: AccessToken::new(token),
            expires_at_ms: None,
        }
    }

    /// A token that ends at this time, in epoch milliseconds.
    #[must_use]
    pub fn until(token: impl Into<String>, expires_at_ms: u64) -> Self {
        Self {
            token: AccessToken::new(token),
            expires_at_ms: Some(expires_at_ms),
        }
    }
}

impl From<String> for Token {
    fn from(token: String) -> Self {
        Self::new(token)
    }
}

/// There is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// For now: it is asked for again, with backoff.
    #[error("there is no token for now")]
    Unavailable,
    /// The user has to sign in: the client stops.
    #[error("the user has to sign in")]
    SignedOut,
}

/// Brings access tokens. A function `async |reason| …` is one.
#[async_trait]
pub trait TokenProvider: Send + Sync + 'static {
    /// A token that is as new as can be; where `reason` is [`TokenReason::Rejected`], another one than before.
    async fn token(&self, reason: TokenReason) -> Result<Token, TokenError>;
}

#[async_trait]
impl<F, Fut> TokenProvider for F
where
    F: Fn(TokenReason) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Token, TokenError>> + Send,
{
    async fn token(&self, reason: TokenReason) -> Result<Token, TokenError> {
        self(reason).await
    }
}

/// One token and no other: for tools. When it has ended or is refused, the client stops.
#[derive(Debug, Clone)]
pub struct FixedToken(Token);

impl FixedToken {
    /// This token.
    #[must_use]
    pub fn new(token: impl Into<Token>) -> Self {
        Self(token.into())
    }
}

#[async_trait]
impl TokenProvider for FixedToken {
    async fn token(&self, reason: TokenReason) -> Result<Token, TokenError> {
        match reason {
            TokenReason::First => Ok(self.0.clone()),
            _ => Err(TokenError::SignedOut),
        }
    }
}
