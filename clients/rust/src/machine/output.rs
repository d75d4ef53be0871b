//! What the machine wants done, and what it tells the application.

use serde::Serialize;
use thiserror::Error;
use tidegate_protocol::{
    Ack, Channel, ErrorCode, GoodbyeReason, HistoryPage, Position, PresenceChange, PresenceList,
    Publication,
};

use super::input::{AccessToken, FrameText, RequestHandle, SocketId};

/// What is to be done, in this order.
#[derive(Debug)]
#[non_exhaustive]
pub enum Output {
    /// Open a connection with this token, in the client's session. The answer is [`Input::Opened`](super::Input::Opened) or
    /// [`Input::HandshakeFailed`](super::Input::HandshakeFailed).
    Connect {
        /// The connection.
        socket: SocketId,
        /// The token.
        token: AccessToken,
    },
    /// Send a text frame.
    Send {
        /// On this connection.
        socket: SocketId,
        /// The frame.
        text: FrameText,
    },
    /// End a connection, or give up its handshake. What still arrives on it need not be told any more.
    CloseSocket {
        /// The connection.
        socket: SocketId,
    },
    /// Bring a token: [`Input::Token`](super::Input::Token) or [`Input::TokenFailed`](super::Input::TokenFailed).
    WantToken {
        /// Why.
        reason: TokenReason,
    },
    /// Ask `GET /connect-check` with this token why handshakes fail: [`Input::Checked`](super::Input::Checked).
    Check {
        /// The token.
        token: AccessToken,
    },
    /// Tell the application.
    Event(Event),
}

/// Why a token is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum TokenReason {
    /// There is none yet.
    First,
    /// The one that there is ends soon, or has ended.
    Expiring,
    /// The server does not take the one that there is: it must be another one.
    Rejected,
}

/// Something that the application is told.
#[derive(Debug, Serialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum Event {
    /// The state of the client has changed.
    State {
        /// To this.
        #[serde(flatten)]
        state: State,
    },
    /// The channel is joined for the first time. From here on nothing is missed in silence.
    Subscribed {
        /// The channel.
        channel: Channel,
        /// Its newest place; none where it keeps no history.
        #[serde(skip_serializing_if = "Option::is_none")]
        position: Option<Position>,
    },
    /// Something was published.
    Publication {
        /// In order and once where the channel keeps history.
        publication: Box<Publication>,
    },
    /// After a break, or a `since`: everything that was missed has been handed over.
    Recovered {
        /// In this channel.
        channel: Channel,
    },
    /// Something was missed that cannot be had: load your state anew.
    Lost {
        /// In this channel.
        channel: Channel,
        /// What follows this place will be handed over; none in channels without history, of which nothing is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        position: Option<Position>,
    },
    /// Somebody came or went.
    PresenceChange {
        /// Who, and where.
        change: PresenceChange,
    },
    /// The channel will not be received any more, and will not be tried again.
    Dropped {
        /// The channel.
        channel: Channel,
        /// Why.
        reason: DropReason,
    },
    /// A publication was taken.
    Acked {
        /// Which request.
        request: RequestHandle,
        /// The answer.
        ack: Ack,
    },
    /// The answer to [`Input::History`](super::Input::History).
    History {
        /// Which request.
        request: RequestHandle,
        /// The answer.
        page: HistoryPage,
    },
    /// The answer to [`Input::Presence`](super::Input::Presence).
    Presence {
        /// Which request.
        request: RequestHandle,
        /// The answer.
        list: PresenceList,
    },
    /// A request could not be done.
    Failed {
        /// Which request.
        request: RequestHandle,
        /// Why.
        error: RequestError,
    },
    /// A second connection took over, and nothing was missed.
    HandedOver {
        /// The second connection.
        socket: SocketId,
    },
    /// Something came that was not asked for, and changes nothing: for logs.
    Unexpected {
        /// What it was, without its content.
        what: Unexpected,
    },
}

/// The state of the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(
    tag = "state",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum State {
    /// It connects, or waits for a token.
    Connecting,
    /// It is connected.
    Online,
    /// It is not connected, and will try again.
    Offline {
        /// Why it is not connected.
        cause: Cause,
        /// In so many milliseconds.
        retry_in_ms: u64,
    },
    /// It has ended, and will not try again.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}

/// Why the client is not connected for now.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
#[serde(
    tag = "cause",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum Cause {
    /// There was no answer to the handshake that could be seen.
    #[error("the server cannot be reached")]
    Unreachable,
    /// The handshake was refused with this status, which passes.
    #[error("the server refuses the connection for now (status {status})")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The connection ended.
    #[error("the connection ended{}", code.map(|code| format!(" ({code})")).unwrap_or_default())]
    Ended {
        /// The close code; none where it broke off.
        code: Option<u16>,
    },
    /// Nothing was heard any more.
    #[error("the connection is dead: a ping went without an answer")]
    Dead,
    /// The server said goodbye.
    #[error("the server said goodbye ({reason:?})")]
    Goodbye {
        /// Why.
        reason: GoodbyeReason,
    },
    /// The server said that the connection is of no more use.
    #[error("the server does not know the connection any more ({})", code.as_str())]
    Fatal {
        /// What kind of error.
        code: ErrorCode,
    },
    /// The application brought no token.
    #[error("there is no token")]
    NoToken,
}

/// Why the client has ended.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
#[serde(
    tag = "reason",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum CloseReason {
    /// The application closed it.
    #[error("the client was closed")]
    ByApplication,
    /// Two tokens in a row were not taken.
    #[error("the token is missing, wrong or expired (status 401): sign in again")]
    Unauthorized,
    /// The token is right, but its user may not connect; or there is no such stage.
    #[error(
        "the token is right, but its user may not do this here; or there is no such stage (status 403)"
    )]
    Forbidden,
    /// The handshake was refused with a status that does not pass.
    #[error("the server refuses the connection (status {status}): look at the URL")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The server said goodbye for good.
    #[error("the server ended the session for good ({goodbye:?})")]
    Goodbye {
        /// Why.
        goodbye: GoodbyeReason,
    },
    /// The application has no token, and will have none.
    #[error("there is no token: sign in")]
    NoToken,
    /// The application brought another user's token.
    #[error("the new token is another user's: make a new client for another user")]
    WrongUser,
}

/// Why a channel will not be received any more.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum DropReason {
    /// The server refused it.
    #[error("{message} ({})", code.as_str())]
    Refused {
        /// What kind of error.
        code: ErrorCode,
        /// For people.
        message: String,
    },
    /// The newest token does not allow it any more.
    #[error("the new token does not allow this channel")]
    NoLongerAllowed,
    /// The client has ended.
    #[error("{closed}")]
    Closed {
        /// Why.
        closed: CloseReason,
    },
}

/// Why a request could not be done, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
#[serde(
    tag = "error",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum RequestError {
    /// The server refused it: trying again is of no use.
    #[error("{message} ({})", code.as_str())]
    Refused {
        /// What kind of error.
        code: ErrorCode,
        /// For people.
        message: String,
    },
    /// There was no answer in time.
    #[error("there was no answer in time: {}", fate(*maybe_done))]
    Expired {
        /// Whether it may have been done all the same. Then try again with the same key: it cannot be done twice.
        maybe_done: bool,
    },
    /// Too many requests wait already: wait until some are answered.
    #[error("too many requests wait for an answer already: wait until some have one")]
    Full,
    /// It would not fit into a frame, and the server would end the connection.
    #[error(
        "the frame would have {bytes} bytes, of at most {}",
        tidegate_protocol::MAX_FRAME_BYTES
    )]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The client has ended.
    #[error("{closed}: {}", fate(*maybe_done))]
    Closed {
        /// Why.
        closed: CloseReason,
        /// Whether it may have been done all the same.
        maybe_done: bool,
    },
}

const fn fate(maybe_done: bool) -> &'static str {
    if maybe_done {
        "it may have been done (try again with the same key)"
    } else {
        "it was not done"
    }
}

/// What came that was not asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Unexpected {
    /// A frame that cannot be read.
    Unreadable,
    /// A frame of a type that this version does not know.
    UnknownType,
    /// A frame of the gateway itself, which fits no request.
    Gateway,
    /// An error that fits no request.
    Error,
    /// What the server says of a history does not hold together. What cannot be explained counts as lost.
    Contradiction,
}
