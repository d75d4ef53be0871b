//! The sender over the management API of API Gateway (`POST` and `DELETE /@connections/{id}`).

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;
use tidegate_core::connection::{ConnectionId, Endpoint};
use tidegate_core::sender::{SendError, Sender};

use crate::signed::{Failure, Signed, is_url};

/// The service name in the signature.
const SERVICE: &str = "execute-api";
/// How long one attempt may take: a peer that is half dead can keep a post hanging, and whoever publishes waits for it.
const ATTEMPT: Duration = Duration::from_secs(1);
/// How often a post is tried altogether before its receiver is left to the queue.
const ATTEMPTS: u32 = 2;
/// The longest wait before the second attempt; it doubles after that.
const BACKOFF: Duration = Duration::from_millis(100);
/// Connection ids end in `=` and may hold `+` and `/`; none of these may stand in a path as it is.
const UNSAFE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Where the management API of each WebSocket API of the stack is: its base URL, stage included
/// (`https://{api}.execute-api.{region}.amazonaws.com/{stage}`). With a custom domain it has no stage, which is why it is
/// configuration and never put together from an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagementUrls(BTreeMap<Endpoint, String>);

/// The URLs of the management APIs are not what they should be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidUrls {
    /// They are no JSON object of texts.
    #[error(
        "the management URLs must be a JSON object of APIs and URLs, like {{\"abc123\": \"https://host/stage\"}}"
    )]
    Json(#[source] serde_json::Error),
    /// There are none.
    #[error("the management URLs name no API")]
    None,
    /// One is no URL.
    #[error("`{0}` is not the URL of a management API: it must be http(s)://host/stage")]
    Url(String),
}

impl ManagementUrls {
    /// Reads them as they stand in the environment: a JSON object of API ids and URLs.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn parse(json: &str) -> Result<Self, InvalidUrls> {
        let urls: BTreeMap<Endpoint, String> =
            serde_json::from_str(json).map_err(InvalidUrls::Json)?;
        if urls.is_empty() {
            return Err(InvalidUrls::None);
        }
        if let Some(wrong) = urls.values().find(|url| !is_url(url)) {
            return Err(InvalidUrls::Url(wrong.clone()));
        }
        let trimmed = urls
            .into_iter()
            .map(|(api, url)| (api, url.trim_end_matches('/').to_owned()));
        Ok(Self(trimmed.collect()))
    }

    /// One that says what all are like: whether certificates are needed at all.
    fn sample(&self) -> &str {
        let mut urls = self.0.values();
        let secure = urls.clone().find(|url| url.starts_with("https://"));
        secure.or_else(|| urls.next()).map_or("", String::as_str)
    }
}

/// What [`Connections`] needs of its surroundings.
#[derive(Clone)]
pub struct ConnectionsOptions {
    /// Where the management APIs are.
    pub urls: ManagementUrls,
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
    urls: ManagementUrls,
    signed: Signed,
    jitter: fn() -> f64,
    attempt_timeout: Duration,
}

impl Connections {
    /// A sender to the connections of a stack's APIs.
    #[must_use]
    pub fn new(options: ConnectionsOptions) -> Self {
        let ConnectionsOptions {
            urls,
            region,
            credentials,
            now,
            jitter,
        } = options;
        Self {
            signed: Signed::new(SERVICE, region, credentials, urls.sample(), now),
            urls,
            jitter,
            attempt_timeout: ATTEMPT,
        }
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
        endpoint: &Endpoint,
        connection: &ConnectionId,
        body: &[u8],
    ) -> Result<(), SendError> {
        let base = self.urls.0.get(endpoint);
        let base = base.ok_or_else(|| SendError::UnknownEndpoint(endpoint.clone()))?;
        let connection = utf8_percent_encode(connection.as_str(), UNSAFE);
        let uri = format!("{base}/@connections/{connection}");
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
            if !failed.is_passing() || attempt == ATTEMPTS {
                return Err(failed);
            }
            tokio::time::sleep(BACKOFF.mul_f64(f64::from(attempt) * (self.jitter)())).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, method: &Method, uri: &str, body: &[u8]) -> Result<u16, Failure> {
        let response = self.signed.call(method, uri, &[], body).await?;
        Ok(response.status().as_u16())
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
    async fn send(
        &self,
        endpoint: &Endpoint,
        connection: &ConnectionId,
        frame: &str,
    ) -> Result<(), SendError> {
        self.call(&Method::POST, endpoint, connection, frame.as_bytes())
            .await
    }

    async fn end(&self, endpoint: &Endpoint, connection: &ConnectionId) -> Result<(), SendError> {
        match self.call(&Method::DELETE, endpoint, connection, b"").await {
            Err(SendError::Gone) => Ok(()),
            result => result,
        }
    }
}
