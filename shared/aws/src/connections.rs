//! The sender over the management API of API Gateway (`POST` and `DELETE /@connections/{id}`).
//!
//! Signed with the SDK's own signer and sent with its HTTP client, but without the rest of its machinery: posts are
//! what a fan-out is made of, and the generated client costs several times what signing and sending do.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::{Method, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;
use tidegate_core::connection::ConnectionId;
use tidegate_core::sender::{SendError, Sender};

/// The service name in the signature.
const SERVICE: &str = "execute-api";
/// How long one attempt may take: a peer that is half dead can keep a post hanging.
const ATTEMPT: Duration = Duration::from_secs(2);
/// How often a post is tried altogether.
const ATTEMPTS: u32 = 3;
/// The longest wait before the second attempt; it doubles after that.
const BACKOFF: Duration = Duration::from_millis(100);
/// Connection ids end in `=` and may hold `+` and `/`; none of these may stand in a path as it is.
const UNSAFE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// What [`Connections`] needs of its surroundings.
#[derive(Clone)]
pub struct ConnectionsOptions {
    /// The base URL, stage included: `https://{api}.execute-api.{region}.amazonaws.com/{stage}`. With a custom domain
    /// it has no stage, which is why it is configuration and never put together from an event.
    pub url: String,
    /// The Region to sign for.
    pub region: String,
    /// The credentials to sign with.
    pub credentials: Credentials,
    /// Tells the time, for signatures.
    pub now: fn() -> SystemTime,
    /// A random number from 0 to 1, by which waits differ.
    pub jitter: fn() -> f64,
}

/// Sends to connections over the management API.
pub struct Connections {
    base: String,
    region: String,
    identity: Identity,
    connector: Connector,
    now: fn() -> SystemTime,
    jitter: fn() -> f64,
    attempt_timeout: Duration,
}

/// The URL of the management API is not a URL.
#[derive(Debug, Error)]
#[error("`{url}` is not the URL of a management API: it must be http(s)://host/stage")]
pub struct InvalidUrl {
    /// What was given.
    pub url: String,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Connections {
    /// A sender to the connections of one stage.
    ///
    /// # Errors
    /// When the URL is not one.
    pub fn new(options: ConnectionsOptions) -> Result<Self, InvalidUrl> {
        let ConnectionsOptions {
            url,
            region,
            credentials,
            now,
            jitter,
        } = options;
        let base = url.trim_end_matches('/').to_owned();
        let parsed: Result<Uri, _> = base.parse();
        if !parsed.is_ok_and(|uri| {
            uri.host().is_some() && matches!(uri.scheme_str(), Some("http" | "https"))
        }) {
            return Err(InvalidUrl { url });
        }
        let connector = crate::http_client::connector(&base);
        Ok(Self {
            base,
            region,
            identity: Identity::from(credentials),
            connector,
            now,
            jitter,
            attempt_timeout: ATTEMPT,
        })
    }

    /// The same with another limit for one attempt, for tests that do not want to wait.
    #[must_use]
    pub const fn with_attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = limit;
        self
    }

    async fn call(
        &self,
        method: &Method,
        connection: &ConnectionId,
        body: &[u8],
    ) -> Result<(), SendError> {
        let uri = format!(
            "{}/@connections/{}",
            self.base,
            utf8_percent_encode(connection.as_str(), UNSAFE)
        );
        let mut attempt = 1;
        loop {
            let failed =
                match tokio::time::timeout(self.attempt_timeout, self.attempt(method, &uri, body))
                    .await
                {
                    Ok(Ok(status)) => match outcome(status) {
                        Ok(()) => return Ok(()),
                        Err(error) => error,
                    },
                    Ok(Err(error)) => SendError::Unavailable(error),
                    Err(elapsed) => SendError::Unavailable(Box::new(elapsed)),
                };
            let worth_another = matches!(failed, SendError::Throttled | SendError::Unavailable(_));
            if !worth_another || attempt == ATTEMPTS {
                return Err(failed);
            }
            tokio::time::sleep(BACKOFF.mul_f64(f64::from(attempt) * (self.jitter)())).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, method: &Method, uri: &str, body: &[u8]) -> Result<u16, Failure> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(uri)
            .body(SdkBody::from(body))?;
        let parameters = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name(SERVICE)
            .time((self.now)())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let signable = SignableRequest::new(
            method.as_str(),
            uri,
            std::iter::empty(),
            SignableBody::Bytes(body),
        )?;
        let (instructions, _signature) = sign(signable, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        let response = self
            .connector
            .call(HttpRequest::try_from(request)?)
            .await
            .map_err(ConnectorError::into_source);
        Ok(response?.status().as_u16())
    }
}

/// The statuses of the API's model (`apigatewaymanagementapi` 2018-11-29).
fn outcome(status: u16) -> Result<(), SendError> {
    match status {
        200..=299 => Ok(()),
        403 => Err(SendError::Refused),
        410 => Err(SendError::Gone),
        413 => Err(SendError::TooLarge),
        429 => Err(SendError::Throttled),
        other => Err(SendError::Unavailable(
            format!("the management API answers with status {other}").into(),
        )),
    }
}

#[async_trait]
impl Sender for Connections {
    async fn send(&self, connection: &ConnectionId, frame: &str) -> Result<(), SendError> {
        self.call(&Method::POST, connection, frame.as_bytes()).await
    }

    async fn end(&self, connection: &ConnectionId) -> Result<(), SendError> {
        match self.call(&Method::DELETE, connection, b"").await {
            Err(SendError::Gone) => Ok(()),
            result => result,
        }
    }
}
