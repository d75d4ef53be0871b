//! Where `tidegate connect` has its tokens from.

use async_trait::async_trait;
use tidegate_client::{Token, TokenError, TokenProvider, TokenReason};
use tidegate_local_runtime::Running;

use crate::endpoint::{self, TokenRequest};

/// The first token, and where more are to be had.
pub(super) struct Tokens {
    pub(super) first: String,
    pub(super) more: Option<UserPool>,
}

/// A user of the local user pool.
pub(super) struct UserPool {
    pub(super) running: Running,
    pub(super) user: String,
    pub(super) groups: Vec<String>,
}

impl UserPool {
    pub(super) async fn token(&self) -> anyhow::Result<String> {
        let request = TokenRequest {
            user: &self.user,
            groups: &self.groups,
            expires_in: None,
        };
        let token = endpoint::token(&self.running, &request).await?;
        Ok(token.access_token)
    }
}

#[async_trait]
impl TokenProvider for Tokens {
    async fn token(&self, reason: TokenReason) -> Result<Token, TokenError> {
        match &self.more {
            _ if reason == TokenReason::First => Ok(Token::new(self.first.as_str())),
            // A token that was named is the only one that there is.
            None => Err(TokenError::SignedOut),
            Some(pool) => {
                let token = pool.token().await;
                // The stack may be starting again.
                token
                    .map(Token::new)
                    .map_err(|_stopped| TokenError::Unavailable)
            }
        }
    }
}
