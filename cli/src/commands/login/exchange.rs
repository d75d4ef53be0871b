//! The code for tokens.

use std::fmt;

use anyhow::Context;
use aws_smithy_types::body::SdkBody;
use form_urlencoded::Serializer;
use http::{Request, header};
use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, printable};
use super::ends_at;
use crate::failure::Refused;
use crate::http_client;

/// The tokens, as `--json` prints them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tokens {
    pub(super) access_token: String,
    expires_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Issued {
    access_token: String,
    expires_in: u64,
    id_token: Option<String>,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

pub(super) async fn exchange(attempt: &Attempt, code: &str) -> anyhow::Result<Tokens> {
    let form = Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("client_id", &attempt.client_id)
        .append_pair("redirect_uri", &attempt.redirect_uri)
        .append_pair("code", code)
        .append_pair("code_verifier", &attempt.verifier)
        .finish();
    let request = Request::post(format!("{}/oauth2/token", attempt.pages))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(SdkBody::from(form))
        .with_context(|| format!("`{}` is no URL", attempt.pages))?;
    let answer = http_client::send(request).await?;
    if !answer.status.is_success() {
        let said: Option<Refusal> = serde_json::from_slice(&answer.body).ok();
        let said = said.map_or_else(|| answer.status.to_string(), |said| printable(&said.error));
        return Err(Refused(format!(
            "the user pool gives no tokens for the code ({said})"
        ))
        .into());
    }
    let issued: Option<Issued> = serde_json::from_slice(&answer.body).ok();
    // What was answered is a secret, and the parser might repeat it.
    let issued = issued.context("the user pool's answer has no access token")?;
    Ok(Tokens {
        access_token: issued.access_token,
        expires_at: ends_at(issued.expires_in),
        id_token: issued.id_token,
        refresh_token: issued.refresh_token,
    })
}
