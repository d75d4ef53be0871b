//! One signed request.

use std::time::{Duration, SystemTime};

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Limited};

use crate::error::Error;

/// How long one attempt may take: a little more than API Gateway waits for a function.
const PATIENCE: Duration = Duration::from_secs(31);
/// More than any answer that is right: a page of history in JSON.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;
/// What callers sign for.
const SERVICE: &str = "execute-api";

/// Sends signed requests to one host.
pub(crate) struct Exchange {
    connector: Connector,
    credentials: SharedCredentialsProvider,
    region: String,
    host: String,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Exchange {
    pub(crate) fn new(uri: &Uri, region: String, credentials: SharedCredentialsProvider) -> Self {
        // As every AWS tool does, through the proxy that the environment names.
        let builder = Connector::builder().proxy_config(ProxyConfig::from_env());
        let connector = if uri.scheme_str() == Some("http") {
            builder.build_http()
        } else {
            let crypto = Provider::Rustls(CryptoMode::AwsLc);
            builder.tls_provider(crypto).build()
        };
        Self {
            connector,
            credentials,
            region,
            host: uri.authority().map(ToString::to_string).unwrap_or_default(),
        }
    }

    pub(crate) async fn send(&self, method: &str, uri: &str, body: &[u8]) -> Result<Answer, Error> {
        let request = self.signed(method, uri, body).await?;
        let unreachable = |source| Error::Unreachable {
            host: self.host.clone(),
            source,
        };
        match tokio::time::timeout(PATIENCE, self.exchange(request)).await {
            Ok(answer) => answer.map_err(unreachable),
            Err(late) => Err(unreachable(late.into())),
        }
    }

    async fn signed(&self, method: &str, uri: &str, body: &[u8]) -> Result<HttpRequest, Error> {
        let credentials = self.credentials.provide_credentials().await;
        let credentials = credentials.map_err(|error| Error::Credentials(error.into()))?;
        sign_request(&credentials.into(), &self.region, (method, uri), body).map_err(Error::Request)
    }

    async fn exchange(
        &self,
        request: HttpRequest,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let response = self.connector.call(request).await;
        let response = response.map_err(ConnectorError::into_source)?;
        let (parts, body) = response.try_into_http1x()?.into_parts();
        let body = Limited::new(body, MAX_BODY_BYTES).collect().await?;
        Ok(Answer {
            status: parts.status.as_u16(),
            body: body.to_bytes(),
        })
    }
}

fn sign_request(
    identity: &Identity,
    region: &str,
    (method, uri): (&str, &str),
    body: &[u8],
) -> Result<HttpRequest, Box<dyn std::error::Error + Send + Sync>> {
    let mut headers = Vec::new();
    if !body.is_empty() {
        headers.push(("content-type", "application/json"));
    }
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in &headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(SdkBody::from(body))?;
    let parameters = v4::SigningParams::builder()
        .identity(identity)
        .region(region)
        .name(SERVICE)
        .time(now())
        .settings(SigningSettings::default())
        .build()?
        .into();
    let signable =
        SignableRequest::new(method, uri, headers.into_iter(), SignableBody::Bytes(body))?;
    let (instructions, _signature) = sign(signable, &parameters)?.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    Ok(HttpRequest::try_from(request)?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a signature holds for some minutes around the time that is in it"
)]
fn now() -> SystemTime {
    SystemTime::now()
}
