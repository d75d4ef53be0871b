//! The functions that a stack has.

use std::fmt;

use crate::own::OwnRoute;

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
    /// Behind a route of one's own.
    Own(OwnRoute),
}

/// Those that every stack has, in the order in which a socket meets them.
const OURS: [Function; 9] = [
    Function::Authorizer,
    Function::Connect,
    Function::Message,
    Function::Fanout,
    Function::Disconnect,
    Function::Api,
    Function::Server,
    Function::Inlet,
    Function::Sweep,
];

impl Function {
    /// Every function, in the order in which a socket meets them; those of one's own come last.
    pub const ALL: [Self; OURS.len() + OwnRoute::ALL.len()] = {
        let mut all = [Self::Authorizer; OURS.len() + OwnRoute::ALL.len()];
        let (ours, own) = all.split_at_mut(OURS.len());
        ours.copy_from_slice(&OURS);
        let mut index = 0;
        while index < own.len() {
            own[index] = Self::Own(OwnRoute::ALL[index]);
            index += 1;
        }
        all
    };

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
            Self::Own(route) => route.function(),
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
            Self::Own(route) => route.package(),
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_functions_have_one_name() {
        let names = BTreeSet::from(Function::ALL.map(Function::name));
        assert_eq!(names.len(), Function::ALL.len());
    }
}
