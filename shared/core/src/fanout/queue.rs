//! The port to the queue in which slices wait.

use async_trait::async_trait;
use thiserror::Error;

use super::slice::Slice;
use crate::broker::Notice;

/// Takes slices: the fan-out queue, whose slices others work on, or the dead-letter queue, in which they are kept for
/// people. What the fan-out queue took is worked on at least once.
///
/// An implementation gives each call a time limit and tries again what is worth trying again: a call that returns has
/// its final result.
#[async_trait]
pub trait FanoutQueue: Send + Sync {
    /// Hands slices over, to be worked on after `delay_s` seconds (900 at most); `trace` says which trace of the
    /// invocation they belong to, as its header. Returns for each slice, in their order, whether it was taken; one that
    /// was not may have been all the same.
    async fn send(
        &self,
        slices: &[Slice],
        delay_s: u32,
        trace: Option<&str>,
    ) -> Vec<Result<(), QueueError>>;

    /// Hands over a notice of who comes or goes, to be told after `delay_s` seconds (900 at most).
    async fn send_notice(
        &self,
        notice: &Notice,
        delay_s: u32,
        trace: Option<&str>,
    ) -> Result<(), QueueError>;
}

/// Why a slice was not taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QueueError {
    /// The queue refuses the caller.
    #[error("the queue refuses this function: its role must allow sqs:SendMessage")]
    Refused,
    /// The queue takes no such message.
    #[error("the queue does not take the message: {0}")]
    Invalid(String),
    /// The queue does not answer, or not in time.
    #[error("the queue does not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
