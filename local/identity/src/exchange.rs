//! `/oauth2/token` and `/oauth2/revoke`.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use thiserror::Error;
use tidegate_local_cloud::system::{AppClient, UserPool};

use crate::authorization::Parameters;
use crate::directory::User;
use crate::grants::{Code, Grant};
use crate::issue::SignedIn;
use crate::{Identity, secret};

/// What an app gets for a code or a refresh token.
#[derive(Serialize)]
pub(crate) struct Tokens {
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    expires_in: u64,
    token_type: &'static str,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// Why an app gets nothing, in the words of OAuth. Cognito says no more than the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum ExchangeError {
    #[error("invalid_request")]
    Request,
    #[error("invalid_client")]
    Client,
    #[error("invalid_grant")]
    Grant,
    #[error("unauthorized_client")]
    Unauthorized,
    #[error("unsupported_grant_type")]
    GrantType,
    #[error("unsupported_token_type")]
    TokenType,
    #[error("server_error")]
    Server,
}

impl Identity {
    /// Exchanges a code or a refresh token.
    pub(crate) fn exchange(&self, pool: &UserPool, form: &[u8]) -> Result<Tokens, ExchangeError> {
        let form = Parameters::read(form).ok_or(ExchangeError::Request)?;
        let id = form.get("client_id").ok_or(ExchangeError::Client)?;
        let client = pool.clients.get(id).ok_or(ExchangeError::Client)?;
        if client.oauth.is_none() {
            return Err(ExchangeError::Unauthorized);
        }
        let needed = |name: &str| form.get(name).ok_or(ExchangeError::Request);
        match needed("grant_type")? {
            "authorization_code" => {
                let (code, place) = (needed("code")?, needed("redirect_uri")?);
                self.of_code(pool, id, client, code, place, form.get("code_verifier"))
            }
            "refresh_token" => self.of_refresh_token(pool, id, client, needed("refresh_token")?),
            "client_credentials" => Err(ExchangeError::Unauthorized),
            _ => Err(ExchangeError::GrantType),
        }
    }

    fn of_code(
        &self,
        pool: &UserPool,
        client_id: &str,
        client: &AppClient,
        code: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
    ) -> Result<Tokens, ExchangeError> {
        let now = self.now_s();
        let (code, user) = self
            .people(&pool.id, |people| {
                let code = people.grants.take_code(code, now)?;
                let user = people.directory.user(&code.grant.user).ok()?.clone();
                Some((code, user))
            })
            .ok_or(ExchangeError::Grant)?;
        let is_the_same = code.grant.client == client_id && code.redirect_uri == redirect_uri;
        if !is_the_same || !is_verified(&code, verifier) || !user.enabled {
            return Err(ExchangeError::Grant);
        }
        let signed_in = self.tokens(pool, client, &user, &code.grant, code.nonce.as_deref())?;
        let refresh_token = secret().map_err(|_none| ExchangeError::Server)?;
        let ends = now.saturating_add(client.refresh_token.as_secs());
        self.people(&pool.id, |people| {
            let token = refresh_token.clone();
            people.grants.give_refresh(token, code.grant, ends, now);
        });
        Ok(answer(signed_in, Some(refresh_token)))
    }

    fn of_refresh_token(
        &self,
        pool: &UserPool,
        client_id: &str,
        client: &AppClient,
        token: &str,
    ) -> Result<Tokens, ExchangeError> {
        let now = self.now_s();
        let (grant, user) = self
            .people(&pool.id, |people| {
                let grant = people.grants.refresh(token, now)?.clone();
                let user = people.directory.user(&grant.user).ok()?.clone();
                Some((grant, user))
            })
            .ok_or(ExchangeError::Grant)?;
        if grant.client != client_id || !user.enabled {
            return Err(ExchangeError::Grant);
        }
        let signed_in = self.tokens(pool, client, &user, &grant, None)?;
        Ok(answer(signed_in, None))
    }

    fn tokens(
        &self,
        pool: &UserPool,
        client: &AppClient,
        user: &User,
        grant: &Grant,
        nonce: Option<&str>,
    ) -> Result<SignedIn, ExchangeError> {
        self.signed_in(pool, client, user, grant, nonce)
            .map_err(|_unsigned| ExchangeError::Server)
    }

    /// Revokes a refresh token. One that is not known is as good as revoked (RFC 7009).
    pub(crate) fn revoke(&self, pool: &UserPool, form: &[u8]) -> Result<(), ExchangeError> {
        let form = Parameters::read(form).ok_or(ExchangeError::Request)?;
        let id = form.get("client_id").ok_or(ExchangeError::Client)?;
        let client = pool.clients.get(id).ok_or(ExchangeError::Client)?;
        let token = form.get("token").ok_or(ExchangeError::Request)?;
        if !client.revokes {
            return Err(ExchangeError::Request);
        }
        // Access and ID tokens are JWTs, and nobody asks about those.
        if token.contains('.') {
            return Err(ExchangeError::TokenType);
        }
        let now = self.now_s();
        self.people(&pool.id, |people| match people.grants.refresh(token, now) {
            Some(grant) if grant.client != id => Err(ExchangeError::Unauthorized),
            _ => {
                people.grants.revoke(token);
                Ok(())
            }
        })
    }
}

fn answer(signed_in: SignedIn, refresh_token: Option<String>) -> Tokens {
    Tokens {
        id_token: signed_in.id_token,
        access_token: signed_in.access_token,
        refresh_token,
        expires_in: signed_in.expires_in,
        token_type: "Bearer",
    }
}

/// PKCE: whoever exchanges the code is who asked for it.
fn is_verified(code: &Code, verifier: Option<&str>) -> bool {
    match (&code.challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            let hash = digest(&SHA256, verifier.as_bytes());
            (43..=128).contains(&verifier.len()) && URL_SAFE_NO_PAD.encode(hash) == *challenge
        }
        _ => false,
    }
}
