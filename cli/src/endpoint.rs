//! Where to connect, and with what token.

use anyhow::{Context, bail};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tidegate_local_runtime::Running;
use tokio::net::TcpStream;

/// A token, asked of the local user pool.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenRequest<'a> {
    pub(crate) user: &'a str,
    pub(crate) groups: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_in: Option<u64>,
}

/// A token of the local user pool.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Token {
    pub(crate) access_token: String,
    pub(crate) expires_at: u64,
}

/// Asks the user pool of a running stack for a token.
pub(crate) async fn token(running: &Running, request: &TokenRequest<'_>) -> anyhow::Result<Token> {
    let url = format!("{}/local/token", running.issuer);
    let uri: http::Uri = url.parse().with_context(|| format!("`{url}` is no URL"))?;
    let authority = uri.authority().context("the issuer has no host")?.clone();
    let unreachable = || {
        format!(
            "the stack `{}` does not answer at {authority}",
            running.stack
        )
    };
    let stream = TcpStream::connect(authority.as_str())
        .await
        .with_context(unreachable)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .with_context(unreachable)?;
    let connection = tokio::spawn(connection);
    let request = Request::builder()
        .method(Method::POST)
        .uri(uri.path())
        .header(header::HOST, authority.as_str())
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(serde_json::to_vec(request)?)))?;
    let response = sender
        .send_request(request)
        .await
        .with_context(unreachable)?;
    let status = response.status();
    let body = response
        .into_body()
        .collect()
        .await
        .with_context(unreachable)?
        .to_bytes();
    connection.abort();
    if status != StatusCode::OK {
        let said: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        bail!(
            "the user pool gives no token: {}",
            said["message"].as_str().unwrap_or(status.as_str())
        );
    }
    serde_json::from_slice(&body).context("the user pool's answer is no token")
}
