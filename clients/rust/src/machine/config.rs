//! What can be set.

use serde::Deserialize;
use thiserror::Error;

/// API Gateway ends a connection without a message for ten minutes (`Amazon API Gateway quotas for WebSocket APIs`), and
/// CloudFront one on which the origin said nothing for as long: a ping and its answer must come well before.
pub const MAX_PING_INTERVAL_MS: u64 = 9 * 60_000;
/// API Gateway ends every connection after two hours.
const LIFETIME_MS: u64 = 120 * 60_000;

/// How the machine behaves. All times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The first reconnect comes at a random time up to this.
    pub backoff_base_ms: u64,
    /// And each further one at a random time up to twice as much, but at most this.
    pub backoff_cap_ms: u64,
    /// For how long a connection must have been open for the next reconnect to be a first one again.
    pub stable_after_ms: u64,
    /// How long a handshake may take. The gateway itself gives up after 29 s.
    pub connect_timeout_ms: u64,
    /// How long the application may take to bring a token.
    pub token_timeout_ms: u64,
    /// How long the answer to a frame may take.
    pub request_timeout_ms: u64,
    /// The time from one ping to the next: at most [`MAX_PING_INTERVAL_MS`].
    pub ping_interval_ms: u64,
    /// After a ping, how long the connection may be silent before it is taken for dead.
    pub pong_timeout_ms: u64,
    /// How many requests may wait for their answers, publications and others together.
    pub outbox_capacity: usize,
    /// How many publications may be sent without an answer, and as many reads, and as many pages of what is missing.
    pub in_flight: usize,
    /// Whether a publication waits for the answer to the one before it in the same channel. The gateway handles the frames
    /// of one connection in parallel: without this, they may overtake each other.
    pub ordered: bool,
    /// How many channels are joined at once.
    pub subscribe_burst: u64,
    /// And then one in this time.
    pub subscribe_every_ms: u64,
    /// How long a publication that arrived too early waits for the one before it, until history is asked for it.
    pub gap_wait_ms: u64,
    /// How many publications of a channel are held back at most; what is more is read from history later.
    pub held_capacity: usize,
    /// How many publications a page of history has at most: 1 to 100.
    pub history_page: u32,
    /// The time from one comparison of the newest places to the next, about.
    pub heads_interval_ms: u64,
    /// The hand-over to a second connection begins at a random time between this age of the first
    pub handover_earliest_ms: u64,
    /// and this.
    pub handover_latest_ms: u64,
    /// How long a second connection may take to join all channels.
    pub handover_timeout_ms: u64,
    /// How long the first connection is kept after that, for what is on its way to it.
    pub drain_ms: u64,
    /// How many ids of publications are remembered in a channel without history, to drop doubles.
    pub recent_ids: usize,
    /// Whether [`Output::Check`](super::Output::Check) can be answered. Only a client that does not see the status of a failed
    /// handshake, as in a browser, has any use of it.
    pub connect_check: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            backoff_base_ms: 500,
            backoff_cap_ms: 30_000,
            stable_after_ms: 30_000,
            connect_timeout_ms: 30_000,
            token_timeout_ms: 30_000,
            request_timeout_ms: 15_000,
            ping_interval_ms: 30_000,
            pong_timeout_ms: 10_000,
            outbox_capacity: 256,
            in_flight: 16,
            ordered: true,
            subscribe_burst: 10,
            subscribe_every_ms: 50,
            gap_wait_ms: 500,
            held_capacity: 512,
            history_page: 100,
            heads_interval_ms: 60_000,
            handover_earliest_ms: 60 * 60_000,
            handover_latest_ms: 110 * 60_000,
            handover_timeout_ms: 60_000,
            drain_ms: 10_000,
            recent_ids: 256,
            connect_check: false,
        }
    }
}

/// A setting is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("`{setting}` must be {must}")]
pub struct ConfigError {
    setting: &'static str,
    must: &'static str,
}

impl Config {
    /// Whether it can be.
    ///
    /// # Errors
    /// Names the first setting that cannot, and what it must be.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let rules = [
            (
                self.backoff_base_ms > 0 && self.backoff_base_ms <= self.backoff_cap_ms,
                "backoff_base_ms",
                "at least 1 and at most `backoff_cap_ms`",
            ),
            (
                (1..=MAX_PING_INTERVAL_MS).contains(&self.ping_interval_ms),
                "ping_interval_ms",
                "at least 1 and at most 9 minutes, as the gateway ends what is idle for 10",
            ),
            (self.pong_timeout_ms > 0, "pong_timeout_ms", "at least 1"),
            (
                self.connect_timeout_ms > 0,
                "connect_timeout_ms",
                "at least 1",
            ),
            (self.token_timeout_ms > 0, "token_timeout_ms", "at least 1"),
            (
                self.request_timeout_ms > 0,
                "request_timeout_ms",
                "at least 1",
            ),
            (self.outbox_capacity > 0, "outbox_capacity", "at least 1"),
            (self.in_flight > 0, "in_flight", "at least 1"),
            (self.subscribe_burst > 0, "subscribe_burst", "at least 1"),
            (self.held_capacity > 0, "held_capacity", "at least 1"),
            (
                (1..=tidegate_protocol::MAX_HISTORY_LIMIT).contains(&self.history_page),
                "history_page",
                "1 to 100",
            ),
            (
                self.heads_interval_ms > 0,
                "heads_interval_ms",
                "at least 1",
            ),
            (
                self.handover_earliest_ms <= self.handover_latest_ms
                    && self.handover_latest_ms < LIFETIME_MS,
                "handover_latest_ms",
                "at least `handover_earliest_ms`, and less than the two hours that a connection lives",
            ),
            (
                self.handover_timeout_ms > 0,
                "handover_timeout_ms",
                "at least 1",
            ),
        ];
        let broken = rules.iter().find(|(holds, ..)| !holds);
        broken.map_or(Ok(()), |(_, setting, must)| {
            Err(ConfigError { setting, must })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_can_be() {
        assert_eq!(Config::default().validate(), Ok(()));
    }

    #[test]
    fn an_interval_that_the_gateway_would_take_for_idle_is_refused() {
        let config = Config {
            ping_interval_ms: MAX_PING_INTERVAL_MS + 1,
            ..Config::default()
        };
        let error = config.validate().unwrap_err().to_string();
        assert!(error.contains("ping_interval_ms"), "{error}");
    }

    #[test]
    fn a_hand_over_after_the_end_of_the_connection_is_refused() {
        let config = Config {
            handover_latest_ms: LIFETIME_MS,
            ..Config::default()
        };
        assert!(config.validate().is_err());
    }
}
