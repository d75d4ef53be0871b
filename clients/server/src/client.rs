//! The client.

use std::fmt;
use std::time::Duration;

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use http::Uri;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::to_raw_value;
use tidegate_protocol::Channel;
use tidegate_server_api::{
    ApiError, ApiErrorCode, Batch, BatchOutcome, ChannelState, ConnectionList, Draft, Ended,
    HistoryPage, HistoryQuery, HttpTarget, KickQuery, MAX_BATCH, Outcome, Published,
};

use crate::error::Error;
use crate::exchange::{Answer, Exchange};

/// How often a request is sent at most.
const ATTEMPTS: u32 = 4;
/// The longest pause before the second attempt, in milliseconds; it doubles with each.
const PAUSE_MS: u64 = 100;
/// What is told to come back later than this is not waited for here, in milliseconds.
const MOST_PAUSE_MS: u64 = 5_000;

/// A client of one stack. It is meant to be kept: its connections are used again.
pub struct ServerClient {
    exchange: Exchange,
    url: String,
}

impl fmt::Debug for ServerClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerClient")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// A client to be.
pub struct Builder {
    url: String,
    region: String,
    credentials: Option<SharedCredentialsProvider>,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("url", &self.url)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// Signs with these: fixed ones, or a provider, which is asked before each request.
    #[must_use]
    pub fn credentials(self, provider: impl ProvideCredentials + 'static) -> Self {
        Self {
            credentials: Some(SharedCredentialsProvider::new(provider)),
            ..self
        }
    }

    /// The client.
    ///
    /// # Errors
    /// When the URL is none, or nobody said what to sign with.
    pub fn build(self) -> Result<ServerClient, Error> {
        let url = self.url.trim_end_matches('/').to_owned();
        let uri: Option<Uri> = url.parse().ok();
        let uri = uri.filter(|uri| {
            uri.host().is_some()
                && uri.query().is_none()
                && matches!(uri.scheme_str(), Some("http" | "https"))
        });
        let uri = uri.ok_or(Error::Url(self.url))?;
        let credentials = self.credentials;
        let credentials =
            credentials.ok_or_else(|| Error::Credentials("`credentials` was not called".into()))?;
        Ok(ServerClient {
            exchange: Exchange::new(&uri, self.region, credentials),
            url,
        })
    }
}

impl ServerClient {
    /// A client of the API at `url` (the stack's output `httpUrl`), in this Region.
    pub fn builder(url: impl Into<String>, region: impl Into<String>) -> Builder {
        Builder {
            url: url.into(),
            region: region.into(),
            credentials: None,
        }
    }

    /// Publishes.
    ///
    /// # Errors
    /// When it was not done, or nobody can say whether it was. Then only a publication with a key may be sent again without
    /// being doubled.
    pub async fn publish(&self, draft: &Draft) -> Result<Published, Error> {
        let body = serde_json::to_vec(draft).map_err(|error| Error::Request(error.into()))?;
        self.ask(HttpTarget::Publish, None, &body, draft.key.is_some())
            .await
    }

    /// Publishes several, in their order: at most [`MAX_BATCH`]. What becomes of one changes nothing for the others.
    ///
    /// # Errors
    /// When there are too many, or nothing is known of any of them.
    ///
    /// ```no_run
    /// # use tidegate_server_client::{Draft, Error, Outcome, ServerClient};
    /// # async fn example(client: ServerClient, drafts: Vec<Draft>) -> Result<(), Error> {
    /// for (draft, outcome) in drafts.iter().zip(client.publish_all(&drafts).await?) {
    ///     if let Outcome::Error(error) = outcome {
    ///         eprintln!("{} was not published: {error}", draft.channel);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn publish_all(&self, drafts: &[Draft]) -> Result<Vec<Outcome>, Error> {
        if drafts.len() > MAX_BATCH {
            return Err(Error::Batch(drafts.len()));
        }
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        let publications = drafts.iter().map(to_raw_value);
        let publications: Result<_, _> = publications.collect();
        let body =
            publications.and_then(|publications| serde_json::to_vec(&Batch { publications }));
        let body = body.map_err(|error| Error::Request(error.into()))?;
        let keyed = drafts.iter().all(|draft| draft.key.is_some());
        let outcome: BatchOutcome = self.ask(HttpTarget::Publish, None, &body, keyed).await?;
        Ok(outcome.results)
    }

    /// What there is to know of a channel. With the `cursor` of an answer, the next page of its members.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn channel(
        &self,
        channel: &Channel,
        cursor: Option<&str>,
    ) -> Result<ChannelState, Error> {
        let query = cursor.map(|cursor| parameter("cursor", cursor));
        self.read(HttpTarget::Channel(channel.as_str()), query)
            .await
    }

    /// A page of what was published in a channel.
    ///
    /// # Errors
    /// When it cannot be told.
    ///
    /// ```no_run
    /// # use tidegate_server_client::{Bound, Channel, Error, HistoryQuery, ServerClient};
    /// # async fn example(client: ServerClient, channel: Channel) -> Result<(), Error> {
    /// // The newest ten.
    /// let query = HistoryQuery { limit: 10, ..HistoryQuery::default() };
    /// let page = client.history(&channel, query).await?;
    /// // What came after the newest of them, later.
    /// let query = HistoryQuery { bound: Bound::After(page.position), limit: 10 };
    /// let next = client.history(&channel, query).await?;
    /// assert!(!next.gap);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn history(
        &self,
        channel: &Channel,
        query: HistoryQuery,
    ) -> Result<HistoryPage, Error> {
        let query = Some(query.write());
        self.read(HttpTarget::History(channel.as_str()), query)
            .await
    }

    /// The sessions and connections of a user: the subject of their tokens.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn connections(&self, user: &str) -> Result<ConnectionList, Error> {
        self.read(HttpTarget::Connections(user), None).await
    }

    /// Puts a user's connections out, and returns how many. Their tokens stay good.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn kick(&self, user: &str, which: &KickQuery) -> Result<u64, Error> {
        let query = which.parameter();
        let query = query.map(|(name, value)| parameter(name, value));
        let ended: Ended = self.read(HttpTarget::Kick(user), query).await?;
        Ok(ended.ended)
    }

    /// Refuses the tokens that a user has by now, and puts the user's connections out; returns how many. New tokens are
    /// good: whoever gives them out must stop it.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn revoke(&self, user: &str) -> Result<u64, Error> {
        let ended: Ended = self.read(HttpTarget::Revoke(user), None).await?;
        Ok(ended.ended)
    }

    /// A request without a body, which changes nothing when it is done twice.
    async fn read<T: DeserializeOwned>(
        &self,
        target: HttpTarget<'_>,
        query: Option<String>,
    ) -> Result<T, Error> {
        self.ask(target, query.as_deref(), &[], true).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        target: HttpTarget<'_>,
        query: Option<&str>,
        body: &[u8],
        repeatable: bool,
    ) -> Result<T, Error> {
        let (method, path) = (target.route().method(), target.path());
        let uri = match query {
            Some(query) => format!("{}{path}?{query}", self.url),
            None => format!("{}{path}", self.url),
        };
        let mut attempt = 1;
        loop {
            let answer = self.exchange.send(method, &uri, body).await;
            let failed = match answer.and_then(|answer| read(&answer)) {
                Ok(value) => return Ok(value),
                Err(failed) => failed,
            };
            match pause(&failed, attempt, repeatable) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(failed),
            }
            attempt += 1;
        }
    }
}

fn parameter(name: &str, value: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    // A blank is `+` in a form, which a signature knows nothing of; ids and cursors have none.
    query.append_pair(name, value);
    query.finish()
}

/// How long to wait before the next attempt; none where there is to be none.
fn pause(failed: &Error, made: u32, repeatable: bool) -> Option<Duration> {
    if made >= ATTEMPTS {
        return None;
    }
    let least_ms = match failed {
        // The API says that nothing was done.
        Error::Refused(error) if error.code == ApiErrorCode::Busy => error.retry_after_ms?,
        Error::Refused(ApiError {
            retry_after_ms: Some(after),
            ..
        }) if repeatable => *after,
        // The stage lets no more through.
        Error::Gateway { status: 429, .. } => 0,
        Error::Gateway { status, .. } if repeatable && *status >= 500 => 0,
        Error::Unreachable { .. } if repeatable => 0,
        _ => return None,
    };
    if least_ms > MOST_PAUSE_MS {
        return None;
    }
    let most_ms = PAUSE_MS << made;
    let jitter_ms = fastrand::u64(0..=most_ms);
    Some(Duration::from_millis(least_ms + jitter_ms))
}

/// What API Gateway says by itself.
#[derive(Deserialize)]
struct Told {
    #[serde(alias = "Message")]
    message: Option<String>,
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Error> {
    let Answer { status, body } = answer;
    if (200..300).contains(status) {
        return serde_json::from_slice(body).map_err(Error::Answer);
    }
    if let Ok(error) = serde_json::from_slice::<ApiError>(body) {
        return Err(Error::Refused(error));
    }
    let told = serde_json::from_slice::<Told>(body).ok();
    let message = told.and_then(|told| told.message);
    let message = message.unwrap_or_else(|| "it does not say why".to_owned());
    Err(match status {
        401 | 403 => Error::NotAllowed {
            status: *status,
            message,
        },
        404 => Error::NoRoute,
        status => Error::Gateway {
            status: *status,
            message,
        },
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn failed(status: u16, body: &'static str) -> Error {
        let body = Bytes::from_static(body.as_bytes());
        read::<Ended>(&Answer { status, body }).unwrap_err()
    }

    #[test]
    fn who_refuses_is_told_apart() {
        let refused = failed(404, r#"{"code":"no_history","message":"m"}"#);
        assert!(matches!(refused, Error::Refused(error) if error.code == ApiErrorCode::NoHistory));
        assert!(matches!(
            failed(404, r#"{"message":"Not Found"}"#),
            Error::NoRoute
        ));
        let forbidden = failed(403, r#"{"message":"Forbidden"}"#).to_string();
        assert!(forbidden.contains("serverRoutesArn"), "{forbidden}");
        assert!(matches!(
            failed(502, "<html>"),
            Error::Gateway { status: 502, .. }
        ));
    }

    #[test]
    fn what_may_have_been_done_is_done_again_only_where_that_changes_nothing() {
        let busy = failed(429, r#"{"code":"busy","message":"m","retryAfterMs":250}"#);
        assert!(pause(&busy, 1, false) >= Some(Duration::from_millis(250)));
        assert_eq!(pause(&busy, ATTEMPTS, true), None);
        let down = failed(
            503,
            r#"{"code":"unavailable","message":"m","retryAfterMs":1000}"#,
        );
        assert_eq!(pause(&down, 1, false), None);
        assert!(pause(&down, 1, true).is_some());
        let long = failed(
            503,
            r#"{"code":"unavailable","message":"m","retryAfterMs":60000}"#,
        );
        assert_eq!(pause(&long, 1, true), None);
        let wrong = failed(400, r#"{"code":"bad_request","message":"m"}"#);
        assert_eq!(pause(&wrong, 1, true), None);
        assert_eq!(pause(&failed(500, ""), 1, false), None);
        assert!(pause(&failed(500, ""), 1, true).is_some());
    }
}
