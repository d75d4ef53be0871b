//! The functions that a stack has.

use std::fmt;

/// One Lambda function of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// Decides in the handshake who may connect.
    Authorizer,
    /// Registers a connection (`$connect`).
    Connect,
    /// Removes a connection (`$disconnect`).
    Disconnect,
    /// Handles every frame that is not a `ping`.
    Message,
    /// Delivers what waits in the fan-out queue.
    Fanout,
    /// Answers the HTTP API for clients.
    Api,
    /// Answers the HTTP API for backends.
    Server,
    /// Takes publications that backends put into a queue.
    Inlet,
    /// Looks once a minute after connections whose presence may have ended without a word.
    Sweep,
}

impl Function {
    /// Every function, in the order in which a socket meets them.
    pub const ALL: [Self; 9] = [
        Self::Authorizer,
        Self::Connect,
        Self::Message,
        Self::Fanout,
        Self::Disconnect,
        Self::Api,
        Self::Server,
        Self::Inlet,
        Self::Sweep,
    ];

    /// The short name: in resource names, the build manifest and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorizer => "authorizer",
            Self::Connect => "connect",
            Self::Disconnect => "disconnect",
            Self::Message => "message",
            Self::Fanout => "fanout",
            Self::Api => "api",
            Self::Server => "server",
            Self::Inlet => "inlet",
            Self::Sweep => "sweep",
        }
    }

    /// The cargo package, and the binary in it, that the function is built from.
    #[must_use]
    pub const fn package(self) -> &'static str {
        match self {
            Self::Authorizer => "tidegate-authorizer",
            Self::Connect => "tidegate-connect",
            Self::Disconnect => "tidegate-disconnect",
            Self::Message => "tidegate-message",
            Self::Fanout => "tidegate-fanout",
            Self::Api => "tidegate-api",
            Self::Server => "tidegate-server",
            Self::Inlet => "tidegate-inlet",
            Self::Sweep => "tidegate-sweep",
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
