//! How long each downstream is waited for, and when it is left alone.

use std::time::Duration;

use tidegate_contract::metrics::Downstream;

/// How one downstream is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(super) downstream: Downstream,
    /// How long one attempt may take.
    pub(super) attempt: Duration,
    /// How long all attempts and the waits between them may take.
    pub(super) altogether: Duration,
    /// How often a call is tried altogether, as far as the budget has it.
    pub(super) attempts: u32,
    /// The longest wait before the second attempt; it doubles after that, and each wait is anything down to nothing.
    pub(super) backoff: Duration,
    /// How many calls there must have been before the breaker can open.
    pub(super) least_calls: u32,
    /// Whether the service is to blame for a request that it took and did not answer in time.
    pub(super) silence_is_failure: bool,
}

impl Policy {
    /// A request by key takes milliseconds: a second is an outage.
    pub(crate) const DYNAMODB: Self = Self {
        downstream: Downstream::DynamoDb,
        attempt: Duration::from_secs(1),
        altogether: Duration::from_secs(3),
        attempts: 3,
        backoff: Duration::from_millis(50),
        least_calls: 5,
        silence_is_failure: true,
    };

    /// A peer that is half dead can keep a post hanging, and whoever publishes waits for it. That is its own fault: one
    /// receiver must not keep all others from being reached, so silence is never counted. A service that cannot be
    /// connected to, and 5xx, are.
    pub(crate) const CONNECTIONS: Self = Self {
        downstream: Downstream::Connections,
        attempt: Duration::from_secs(1),
        altogether: Duration::from_millis(2_200),
        attempts: 2,
        backoff: Duration::from_millis(100),
        least_calls: 10,
        silence_is_failure: false,
    };

    /// A call may carry a mebibyte.
    pub(crate) const SQS: Self = Self {
        downstream: Downstream::Sqs,
        attempt: Duration::from_secs(3),
        altogether: Duration::from_secs(8),
        attempts: 3,
        backoff: Duration::from_millis(100),
        least_calls: 5,
        silence_is_failure: true,
    };

    /// A handshake waits for it, which the gateway gives up after 29 s and its client long before.
    pub(crate) const JWKS: Self = Self {
        downstream: Downstream::Jwks,
        attempt: Duration::from_secs(2),
        altogether: Duration::from_secs(3),
        attempts: 2,
        backoff: Duration::from_millis(100),
        least_calls: 3,
        silence_is_failure: true,
    };

    /// The same with another limit for one attempt.
    pub(super) const fn with_attempt(mut self, limit: Duration) -> Self {
        self.attempt = limit;
        self
    }
}
