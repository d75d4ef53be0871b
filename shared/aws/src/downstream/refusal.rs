//! Why there was no answer.

use std::error::Error as StdError;
use std::time::Duration;

use thiserror::Error;

/// There was no answer in time.
#[derive(Debug, Error)]
#[error("{downstream} does not answer within {} ms", limit.as_millis())]
pub(super) struct NoAnswer {
    pub(super) downstream: &'static str,
    pub(super) limit: Duration,
}

/// A request cannot be sent, since its body is a stream. No request of this crate has one.
#[derive(Debug, Error)]
#[error("a request whose body is a stream cannot be sent")]
pub(super) struct Streamed;

/// An error and everything behind it, on one line.
pub(crate) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
