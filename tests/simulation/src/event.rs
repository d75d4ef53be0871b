//! What can happen.

use tidegate_client::machine::SocketId;
use tidegate_core::connection::ConnectionId;

use crate::functions::Invocation;
use crate::ports::Request;

/// Something that happens at its time.
pub enum Event {
    /// A function goes on.
    Resume(u64),
    /// A function begins.
    Invoke(Invocation),
    /// A function is ended from outside: it crashed, or ran for too long.
    Kill(u64, &'static str),
    /// The database does what nobody waits for any more.
    Late(Request),
    /// A connection that was asked for reaches the gateway.
    Handshake(ConnectionId),
    /// A frame of a client reaches the gateway.
    FromClient(ConnectionId, String),
    /// A frame reaches the client.
    ToClient(ConnectionId, String),
    /// The gateway learns that a client has closed its connection, or has gone.
    Hangup(ConnectionId),
    /// A client learns that a connection has ended.
    Ended(ConnectionId, Option<u16>),
    /// The gateway looks whether a connection is idle, or too old.
    Idle(ConnectionId),
    /// A client learns that the gateway cannot be reached.
    Unreachable(usize, SocketId),
    /// It is time for a client's machine, in this version of its plan.
    Timer(usize, u64),
    /// An application brings its client a token.
    Token(usize, u64),
    /// The next step of the workload.
    Step(usize),
    /// The queue hands messages to a function.
    Poll,
    /// A minute has passed.
    Minute,
    /// Rows are removed whose time has come.
    Expire,
    /// Reads that do not ask to be consistent are behind, or are not any more.
    Replicate(bool),
}
