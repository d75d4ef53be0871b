//! Every limit that the local runtime enforces, in one table.
//!
//! The values are AWS's defaults, from "Amazon API Gateway quotas for configuring and running a WebSocket API", "Lambda
//! quotas" and the model of the management API (`apigatewaymanagementapi` 2018-11-29), unless a line says otherwise.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

macro_rules! limits {
    ($( $(#[doc = $doc:literal])+ $field:ident : $name:literal = $value:expr, )*) => {
        /// The limits. Times are in milliseconds, sizes in bytes, rates in requests per second.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Limits {
            $( $(#[doc = $doc])+ pub $field: u64, )*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $( $field: $value, )* }
            }
        }

        impl Limits {
            /// The names by which limits are set, with their values.
            #[must_use]
            pub fn entries(&self) -> Vec<(&'static str, u64)> {
                vec![$( ($name, self.$field), )*]
            }

            fn entry(&mut self, name: &str) -> Option<&mut u64> {
                match name {
                    $( $name => Some(&mut self.$field), )*
                    _ => None,
                }
            }
        }
    };
}

limits! {
    /// New connections per second, of the account in a Region, all WebSocket APIs together. Raisable.
    connects_per_second: "connects-per-second" = 500,
    /// Requests per second of the account: frames, handshakes and management calls together. Raisable.
    requests_per_second: "requests-per-second" = 10_000,
    /// The bucket of the account's requests. Set by AWS.
    requests_burst: "requests-burst" = 5_000,
    /// How long a connection lives at the most. Not raisable.
    connection_lifetime_ms: "connection-lifetime-ms" = 2 * 3600 * 1000,
    /// How long a connection may be without a message either way. Not raisable.
    idle_timeout_ms: "idle-timeout-ms" = 10 * 60 * 1000,
    /// The longest frame. Not raisable.
    frame_bytes: "frame-bytes" = 32 * 1024,
    /// The longest message, in frames of that size. Not raisable.
    message_bytes: "message-bytes" = 128 * 1024,
    /// The longest payload of a `POST /@connections/{id}`. Not raisable.
    post_bytes: "post-bytes" = 128 * 1024,
    /// How many pushed frames wait for one slow client before its sender is told 429. AWS names no number: "the
    /// WebSocket client side buffer is full".
    client_buffer_frames: "client-buffer-frames" = 128,
    /// The longest an integration may take. Not raisable.
    integration_timeout_ms: "integration-timeout-ms" = 29_000,
    /// The longest an integration of an HTTP API may take. Not raisable.
    http_integration_timeout_ms: "http-integration-timeout-ms" = 30_000,
    /// The largest request of an HTTP API. Not raisable.
    http_body_bytes: "http-body-bytes" = 10 * 1024 * 1024,
    /// The longest URL of a handshake. Not raisable.
    url_bytes: "url-bytes" = 4096,
    /// The longest URL that CloudFront takes. Not raisable.
    edge_url_bytes: "edge-url-bytes" = 8192,
    /// The headers of a handshake, or the request line and the headers of a request of an HTTP API, altogether. Documented
    /// for REST and HTTP APIs; assumed for WebSocket APIs.
    header_bytes: "header-bytes" = 10_240,
    /// The largest answer of an authorizer. Not raisable.
    authorizer_result_bytes: "authorizer-result-bytes" = 8 * 1024,
    /// Frames of one connection that are handled at once. AWS names no number.
    frames_in_flight: "frames-in-flight" = 32,
    /// Processes of one function. AWS has a quota of 1,000 for the account; a laptop has fewer cores, and what finds no
    /// process free waits.
    processes_per_function: "processes-per-function" = 4,
    /// How long an invocation may have waited for a busy process when its turn comes: after that it is throttled. Lambda
    /// throttles at once; a laptop that is short of processes for a moment should not. What waits for a start waits.
    invocation_wait_ms: "invocation-wait-ms" = 10_000,
    /// How long a function may take to start. Not raisable.
    init_timeout_ms: "init-timeout-ms" = 10_000,
    /// The longest message of a queue, its attributes included, and all messages of one call together ("Amazon SQS
    /// message quotas"). Not raisable.
    queue_message_bytes: "queue-message-bytes" = 1024 * 1024,
    /// The most messages of one call to a queue. Not raisable.
    queue_call_messages: "queue-call-messages" = 10,
    /// The most messages of a queue that were received and not deleted yet. Raisable.
    queue_in_flight: "queue-in-flight" = 120_000,
    /// The longest event that a mapping hands to a function: a batch that would be longer is parted. Not raisable.
    mapping_event_bytes: "mapping-event-bytes" = 6 * 1024 * 1024,
    /// Batches of an event source mapping that are under way at once, where the mapping names no maximum. Lambda begins
    /// with as many, and adds 300 a minute up to 1,250: a laptop stays where it begins.
    mapping_batches: "mapping-batches" = 5,
    /// The most events of one call to EventBridge. Not raisable.
    event_entries: "event-entries" = 10,
    /// All events of one call to EventBridge. The manual says 256 KiB; that it is a mebibyte by now is only reported.
    event_entries_bytes: "event-entries-bytes" = 256 * 1024,
    /// How long after its time an item with a TTL is removed, at the latest. DynamoDB names "a few days", and serves the item
    /// until then; this is soon enough to see it happen.
    ttl_delay_ms: "ttl-delay-ms" = 60_000,
}

/// A limit that is set wrong.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitError {
    /// There is no such limit.
    #[error("there is no limit `{name}`; there are {known}")]
    Unknown {
        /// What was given.
        name: String,
        /// What there is.
        known: String,
    },
    /// It is not `NAME=NUMBER`.
    #[error("`{0}` is not NAME=NUMBER, for example connects-per-second=5000")]
    Syntax(String),
}

/// One limit set to another value, as `NAME=NUMBER`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    name: String,
    value: u64,
}

impl FromStr for Override {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text
            .split_once('=')
            .and_then(|(name, value)| Some((name.trim(), value.trim().parse().ok()?)));
        let (name, value) = parsed.ok_or_else(|| LimitError::Syntax(text.to_owned()))?;
        Limits::default().set(&Self {
            name: name.to_owned(),
            value,
        })?;
        Ok(Self {
            name: name.to_owned(),
            value,
        })
    }
}

impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}

impl Limits {
    /// Sets one limit to another value.
    ///
    /// # Errors
    /// When there is no limit of that name.
    pub fn set(&mut self, Override { name, value }: &Override) -> Result<(), LimitError> {
        let known = || {
            self.entries()
                .into_iter()
                .map(|(name, _)| name)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let unknown = LimitError::Unknown {
            name: name.clone(),
            known: known(),
        };
        *self.entry(name).ok_or(unknown)? = *value;
        Ok(())
    }

    /// The longest an integration of an HTTP API may take.
    #[must_use]
    pub const fn http_integration_timeout(&self) -> Duration {
        Duration::from_millis(self.http_integration_timeout_ms)
    }

    /// The longest an integration may take.
    #[must_use]
    pub const fn integration_timeout(&self) -> Duration {
        Duration::from_millis(self.integration_timeout_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_set_by_its_name() {
        let mut limits = Limits::default();
        limits.set(&"idle-timeout-ms=50".parse().unwrap()).unwrap();
        assert_eq!(limits.idle_timeout_ms, 50);
    }

    #[test]
    fn a_wrong_limit_says_what_there_is() {
        let error = "idle=5".parse::<Override>().unwrap_err().to_string();
        assert!(
            error.contains("`idle`") && error.contains("idle-timeout-ms"),
            "{error}"
        );
        assert!("idle-timeout-ms".parse::<Override>().is_err());
        assert!("idle-timeout-ms=soon".parse::<Override>().is_err());
    }
}
