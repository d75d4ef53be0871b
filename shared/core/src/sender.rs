//! The port to the connections of clients.

use async_trait::async_trait;
use thiserror::Error;

use crate::connection::{ConnectionId, Endpoint};

/// Sends to connections and ends them.
///
/// An implementation gives each call a time limit and tries again what is worth trying again: a call that returns has
/// its final result.
#[async_trait]
pub trait Sender: Send + Sync {
    /// Sends one text frame.
    async fn send(
        &self,
        endpoint: &Endpoint,
        connection: &ConnectionId,
        frame: &str,
    ) -> Result<(), SendError>;

    /// Ends a connection. One that is gone already counts as ended.
    async fn end(&self, endpoint: &Endpoint, connection: &ConnectionId) -> Result<(), SendError>;

    /// Whether there is such a connection. One whose handshake is still under way is not there yet.
    async fn exists(
        &self,
        endpoint: &Endpoint,
        connection: &ConnectionId,
    ) -> Result<bool, SendError>;
}

/// Why a frame was not sent.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SendError {
    /// There is no such connection any more.
    #[error("the connection is gone")]
    Gone,
    /// The connection's buffer is full, or the account is asked for more than it can do.
    #[error("the connection takes no more for now")]
    Throttled,
    /// The frame is too large for the API.
    #[error("the frame is too large")]
    TooLarge,
    /// The management API refuses the caller.
    #[error(
        "the management API refuses this function: its role must allow execute-api:ManageConnections"
    )]
    Refused,
    /// Nobody said where the management API of this API is.
    #[error(
        "there is no management URL for the API `{0}`: the Pulumi program names one for each API of the stack, so deploy \
         function and program from the same commit"
    )]
    UnknownEndpoint(Endpoint),
    /// The management API does not answer, or not in time.
    #[error("the management API does not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl SendError {
    /// Whether the same may go well a little later.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable(_))
    }
}
