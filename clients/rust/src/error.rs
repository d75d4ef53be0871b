//! What can go wrong, and what to do.

use thiserror::Error;
use tidegate_protocol::InvalidText;
use tidegate_protocol::channel::ChannelError;

use crate::machine::{ConfigError, RequestError};

/// Something could not be done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// This is no channel.
    #[error("{0}")]
    InvalidChannel(#[from] ChannelError),
    /// This is no idempotency key.
    #[error("{0}")]
    InvalidKey(InvalidText),
    /// What is to be published is no JSON.
    #[error("what is to be published cannot be written as JSON: {problem}")]
    InvalidData {
        /// What the serializer says.
        problem: String,
    },
    /// There is a subscription of this channel already.
    #[error("there is a subscription of {channel} already: share it, or drop it first")]
    AlreadySubscribed {
        /// The channel.
        channel: String,
    },
    /// The server, or time, said no.
    #[error(transparent)]
    Request(#[from] RequestError),
}

/// There can be no such client.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The URL is none of a socket.
    #[error("`{url}` is no URL of a socket: it is like wss://example.com/stage")]
    InvalidUrl {
        /// The URL.
        url: String,
    },
    /// A setting is not possible.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// No tokio runtime is there to run it.
    #[error("there is no tokio runtime here: build the client within one")]
    NoRuntime,
}
