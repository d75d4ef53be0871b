//! What happens to the machine.

use std::fmt;

use serde_json::value::RawValue;
use tidegate_protocol::{Channel, IdempotencyKey, Position};

/// A connection of the machine: a number that is never used again.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct SocketId(pub u64);

/// A request of the application: the number under which it gets the answer. The application never uses one twice.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct RequestHandle(pub u64);

/// An access token, which is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(String);

impl AccessToken {
    /// The token `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The token, to be sent.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// The text of a frame. It holds payloads and tokens: `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct FrameText(String);

impl FrameText {
    /// The frame `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<FrameText> for String {
    fn from(text: FrameText) -> Self {
        text.0
    }
}

impl fmt::Debug for FrameText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FrameText({} bytes)", self.0.len())
    }
}

/// Where to read history from, and which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HistoryFrom {
    /// What follows this place, oldest first.
    After(Position),
    /// What precedes this place, newest first.
    Before(Position),
    /// The newest first.
    Newest,
}

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input {
    /// The application wants to be connected. Once.
    Start,
    /// The handshake of a connection succeeded.
    Opened {
        /// The connection.
        socket: SocketId,
    },
    /// The handshake of a connection failed.
    HandshakeFailed {
        /// The connection.
        socket: SocketId,
        /// The HTTP status of the refusal, where there was an answer and it can be seen.
        status: Option<u16>,
    },
    /// A connection that was open ended, and not by [`Output::CloseSocket`](super::Output::CloseSocket).
    Closed {
        /// The connection.
        socket: SocketId,
        /// The close code; none where the connection broke off.
        code: Option<u16>,
    },
    /// A text frame arrived.
    Frame {
        /// On this connection.
        socket: SocketId,
        /// The frame.
        text: FrameText,
    },
    /// It is [`Machine::wake_at`](super::Machine::wake_at), or later.
    Timer,
    /// The application brings a token.
    Token {
        /// The token.
        token: AccessToken,
        /// When it ends, in epoch milliseconds; where it is not said, the token's own `exp` is read, if it is a JWT.
        expires_at_ms: Option<u64>,
    },
    /// The application has no token.
    TokenFailed {
        /// Nor will it have one: the user has to sign in.
        permanent: bool,
    },
    /// The answer to [`Output::Check`](super::Output::Check).
    Checked {
        /// The HTTP status; none where there was no answer.
        status: Option<u16>,
    },
    /// The application wants to receive what is published in a channel.
    Subscribe {
        /// The channel.
        channel: Channel,
        /// The place after which it wants everything, where it has loaded a state of that place.
        since: Option<Position>,
    },
    /// The application wants to receive no more of a channel.
    Unsubscribe {
        /// The channel.
        channel: Channel,
    },
    /// The application publishes.
    Publish {
        /// The answer comes under this.
        request: RequestHandle,
        /// In this channel.
        channel: Channel,
        /// This.
        data: Box<RawValue>,
        /// Under this key, which is its own for each publication: random, or of the application's own making.
        key: IdempotencyKey,
        /// For how long it is tried, in milliseconds.
        expires_in_ms: u64,
    },
    /// The application asks what was published.
    History {
        /// The answer comes under this.
        request: RequestHandle,
        /// In this channel.
        channel: Channel,
        /// From here.
        from: HistoryFrom,
        /// At most so many: 1 to 100.
        limit: Option<u32>,
        /// For how long it is tried, in milliseconds.
        expires_in_ms: u64,
    },
    /// The application asks who is there.
    Presence {
        /// The answer comes under this.
        request: RequestHandle,
        /// In this channel.
        channel: Channel,
        /// The `cursor` of the page before.
        cursor: Option<String>,
        /// For how long it is tried, in milliseconds.
        expires_in_ms: u64,
    },
    /// The application is done.
    Close,
}
