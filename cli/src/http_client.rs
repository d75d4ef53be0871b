//! One HTTP client, for AWS and for the pages to sign in on.

use std::time::Duration;

use anyhow::Context;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Limited};

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than any answer that is right: ten messages of SQS, of a mebibyte each, and escaped.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Sends a request, through the proxy that the environment names.
pub(crate) async fn send(request: Request<SdkBody>) -> anyhow::Result<Answer> {
    let uri = request.uri().clone();
    let host = uri.authority().map(ToString::to_string).unwrap_or_default();
    let builder = Connector::builder().proxy_config(ProxyConfig::from_env());
    let connector = if uri.scheme_str() == Some("http") {
        builder.build_http()
    } else {
        let crypto = Provider::Rustls(CryptoMode::AwsLc);
        builder.tls_provider(crypto).build()
    };
    tokio::time::timeout(PATIENCE, exchange(&connector, request))
        .await
        .with_context(|| format!("{host} does not answer within {} s", PATIENCE.as_secs()))?
        .with_context(|| format!("{host} cannot be reached"))
}

async fn exchange(connector: &Connector, request: Request<SdkBody>) -> anyhow::Result<Answer> {
    let response = connector.call(HttpRequest::try_from(request)?).await;
    let response = response
        .map_err(ConnectorError::into_source)
        .map_err(anyhow::Error::from_boxed)?;
    let (parts, body) = response.try_into_http1x()?.into_parts();
    let body = Limited::new(body, MAX_BODY_BYTES).collect().await;
    Ok(Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.map_err(anyhow::Error::from_boxed)?.to_bytes(),
    })
}
