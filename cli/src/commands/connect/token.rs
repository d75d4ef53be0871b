//! Where `tidegate connect` has its tokens from.

use async_trait::async_trait;
use tidegate_client::{Token, TokenError, TokenProvider, TokenReason};

use crate::endpoint::{self, TokenRequest};
use crate::machine::Running;

/// One that was named, or as many as are needed of the local user pool.
pub(super) enum Tokens {
    Named(String),
    Local {
        running: Running,
        user: String,
        groups: Vec<String>,
    },
}

#[async_trait]
impl TokenProvider for Tokens {
    async fn token(&self, reason: TokenReason) -> Result<Token, TokenError> {
        match self {
            Self::Named(token) if reason == TokenReason::First => Ok(Token::new(token)),
            Self::Named(_) => Err(TokenError::SignedOut),
            Self::Local {
                running,
                user,
                groups,
            } => {
                let request = TokenRequest {
                    user,
                    groups,
                    expires_in: None,
                };
                let answer = endpoint::token(running, &request).await;
                // The stack may be starting again.
                let answer = answer.map_err(|_| TokenError::Unavailable)?;
                Ok(Token::new(answer.access_token))
            }
        }
    }
}
