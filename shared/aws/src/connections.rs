//! The sender over the management API of API Gateway (`POST` and `DELETE /@connections/{id}`).

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;
use tidegate_core::connection::{ConnectionId, Endpoint};
use tidegate_core::sender::{SendError, Sender};

use crate::downstream::{Policy, by_status};
use crate::signed::{Service, Signed, is_url};
use crate::surroundings::Surroundings;

/// The service name in the signature.
const SERVICE: &str = "execute-api";
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

    /// Those of a function that reaches nobody.
    #[must_use]
    pub const fn none() -> Self {
        Self(BTreeMap::new())
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
    /// Time, randomness and the meter.
    pub surroundings: Surroundings,
}

/// Sends to connections over the management API.
pub struct Connections {
    apis: BTreeMap<Endpoint, Api>,
}

/// One API, guarded on its own: another one may well be there when it is not.
struct Api {
    url: String,
    signed: Signed,
}

impl Connections {
    /// A sender to the connections of a stack's APIs.
    #[must_use]
    pub fn new(options: ConnectionsOptions) -> Self {
        let ConnectionsOptions {
            urls,
            region,
            credentials,
            surroundings,
        } = options;
        let connector = crate::http_client::connector(urls.sample());
        let api = |url| {
            let service = Service {
                name: SERVICE,
                region: region.clone(),
                policy: Policy::CONNECTIONS,
                judge: by_status,
            };
            let (credentials, connector) = (credentials.clone(), connector.clone());
            Api {
                signed: Signed::new(service, credentials, connector, surroundings.clone()),
                url,
            }
        };
        let urls = urls.0.into_iter();
        Self {
            apis: urls.map(|(endpoint, url)| (endpoint, api(url))).collect(),
        }
    }

    /// The same with another limit for one attempt, for tests that do not want to wait.
    #[must_use]
    pub fn with_attempt_timeout(mut self, limit: Duration) -> Self {
        let apis = self.apis.into_iter().map(|(endpoint, api)| {
            let signed = api.signed.with_attempt_timeout(limit);
            (endpoint, Api { signed, ..api })
        });
        self.apis = apis.collect();
        self
    }

    async fn call(
        &self,
        method: &Method,
        endpoint: &Endpoint,
        connection: &ConnectionId,
        body: &[u8],
    ) -> Result<(), SendError> {
        let api = self.apis.get(endpoint);
        let api = api.ok_or_else(|| SendError::UnknownEndpoint(endpoint.clone()))?;
        let connection = utf8_percent_encode(connection.as_str(), UNSAFE);
        let uri = format!("{}/@connections/{connection}", api.url);
        let answered = api.signed.call(method, &uri, &[], body).await;
        let response = answered.map_err(SendError::Unavailable)?;
        outcome(response.status().as_u16())
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

    async fn exists(
        &self,
        endpoint: &Endpoint,
        connection: &ConnectionId,
    ) -> Result<bool, SendError> {
        match self.call(&Method::GET, endpoint, connection, b"").await {
            Ok(()) => Ok(true),
            Err(SendError::Gone) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
