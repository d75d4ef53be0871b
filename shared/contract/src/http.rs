//! The routes of the HTTP API that stands beside the socket.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;

use crate::functions::Function;

/// One route of the HTTP API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HttpRoute {
    /// Tells why a handshake is refused, which a browser's `WebSocket` never shows. The same token and the same query
    /// get here, as a status and a body, what the authorizer decides about them.
    ConnectCheck,
    /// Gives the bearer of a token a one-time ticket, for clients that can set neither header nor sub-protocol.
    Ticket,
    /// Publishes for a backend.
    Publish,
    /// Tells of a channel: how many receive, who is there, how far it has come.
    Channel,
    /// Pages through what was published in a channel.
    History,
    /// Lists the connections of a user.
    Connections,
    /// Puts the connections of a user out: all, those of a session (`session` in the query), or one (`connection`).
    Kick,
    /// Refuses the tokens that a user has by now, and puts the user's connections out.
    Revoke,
}

/// Who may call a route, before any function is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HttpAuthorization {
    /// Everybody: the function decides by itself.
    None,
    /// Whoever signs the request for the account and may invoke the route (`execute-api:Invoke`): servers.
    Iam,
}

/// What stands for itself in a segment of a path (RFC 3986, unreserved).
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl HttpRoute {
    /// Every route.
    pub const ALL: [Self; 8] = [
        Self::ConnectCheck,
        Self::Ticket,
        Self::Publish,
        Self::Channel,
        Self::History,
        Self::Connections,
        Self::Kick,
        Self::Revoke,
    ];

    /// The route key: method and path.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::ConnectCheck => "GET /connect-check",
            Self::Ticket => "POST /ticket",
            Self::Publish => "POST /publications",
            Self::Channel => "GET /channels/{channel}",
            Self::History => "GET /channels/{channel}/history",
            Self::Connections => "GET /users/{user}/connections",
            Self::Kick => "DELETE /users/{user}/connections",
            Self::Revoke => "POST /users/{user}/revocations",
        }
    }

    /// The route with this key, if there is one.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.key() == key)
    }

    /// The method.
    #[must_use]
    pub fn method(self) -> &'static str {
        self.parts().0
    }

    fn parts(self) -> (&'static str, &'static str) {
        // Every key is a method and a path, which a test sees to.
        self.key().split_once(' ').unwrap_or_default()
    }

    /// The name used in resource names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConnectCheck => "connect-check",
            Self::Ticket => "ticket",
            Self::Publish => "server-publish",
            Self::Channel => "server-channel",
            Self::History => "server-history",
            Self::Connections => "server-connections",
            Self::Kick => "server-kick",
            Self::Revoke => "server-revoke",
        }
    }

    /// The function that the route invokes.
    #[must_use]
    pub const fn function(self) -> Function {
        match self {
            Self::ConnectCheck | Self::Ticket => Function::Api,
            Self::Publish
            | Self::Channel
            | Self::History
            | Self::Connections
            | Self::Kick
            | Self::Revoke => Function::Server,
        }
    }

    /// Who may call it.
    #[must_use]
    pub const fn authorization(self) -> HttpAuthorization {
        match self.function() {
            Function::Server => HttpAuthorization::Iam,
            _ => HttpAuthorization::None,
        }
    }

    /// What follows the stage's ARN in the ARN for which the function is invoked: `GET/connect-check`. Parameters of the
    /// path stand in it by their names.
    #[must_use]
    pub fn arn_suffix(self) -> String {
        self.key().replacen(' ', "", 1)
    }
}

impl HttpAuthorization {
    /// The authorization type as API Gateway names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Iam => "AWS_IAM",
        }
    }
}

/// A route with what stands in its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpTarget<'a> {
    /// [`HttpRoute::ConnectCheck`].
    ConnectCheck,
    /// [`HttpRoute::Ticket`].
    Ticket,
    /// [`HttpRoute::Publish`].
    Publish,
    /// [`HttpRoute::Channel`] of this one.
    Channel(&'a str),
    /// [`HttpRoute::History`] of this channel.
    History(&'a str),
    /// [`HttpRoute::Connections`] of this user.
    Connections(&'a str),
    /// [`HttpRoute::Kick`] of this user.
    Kick(&'a str),
    /// [`HttpRoute::Revoke`] of this user.
    Revoke(&'a str),
}

/// A request that the contract does not know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnknownTarget {
    /// There is no such route.
    #[error(
        "there is no route `{0}`: the Pulumi program makes the routes, so deploy program and function from the same commit"
    )]
    Route(String),
    /// The event has no such parameter.
    #[error("the event of `{route}` has no `{parameter}` in its `pathParameters`")]
    Parameter {
        /// The route's key.
        route: &'static str,
        /// The parameter's name.
        parameter: &'static str,
    },
}

impl<'a> HttpTarget<'a> {
    /// Reads what a function is told of a request: the key of its route, and the parameters of its path, which API Gateway
    /// hands over decoded.
    ///
    /// # Errors
    /// When program and function are not of one commit.
    pub fn read(
        route_key: &str,
        parameter: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, UnknownTarget> {
        let route = HttpRoute::from_key(route_key);
        let route = route.ok_or_else(|| UnknownTarget::Route(route_key.to_owned()))?;
        let named = |name: &'static str| {
            parameter(name).ok_or(UnknownTarget::Parameter {
                route: route.key(),
                parameter: name,
            })
        };
        Ok(match route {
            HttpRoute::ConnectCheck => Self::ConnectCheck,
            HttpRoute::Ticket => Self::Ticket,
            HttpRoute::Publish => Self::Publish,
            HttpRoute::Channel => Self::Channel(named("channel")?),
            HttpRoute::History => Self::History(named("channel")?),
            HttpRoute::Connections => Self::Connections(named("user")?),
            HttpRoute::Kick => Self::Kick(named("user")?),
            HttpRoute::Revoke => Self::Revoke(named("user")?),
        })
    }

    /// The route.
    #[must_use]
    pub const fn route(self) -> HttpRoute {
        match self {
            Self::ConnectCheck => HttpRoute::ConnectCheck,
            Self::Ticket => HttpRoute::Ticket,
            Self::Publish => HttpRoute::Publish,
            Self::Channel(_) => HttpRoute::Channel,
            Self::History(_) => HttpRoute::History,
            Self::Connections(_) => HttpRoute::Connections,
            Self::Kick(_) => HttpRoute::Kick,
            Self::Revoke(_) => HttpRoute::Revoke,
        }
    }

    /// The path as a client sends it, from its first slash on: what stands in it is percent-encoded, so that no user's id
    /// reaches another route.
    #[must_use]
    pub fn path(self) -> String {
        let (_, path) = self.route().parts();
        let Some((before, rest)) = path.split_once('{') else {
            return path.to_owned();
        };
        let after = rest.split_once('}').map_or("", |(_, after)| after);
        let value = match self {
            Self::ConnectCheck | Self::Ticket | Self::Publish => "",
            Self::Channel(value)
            | Self::History(value)
            | Self::Connections(value)
            | Self::Kick(value)
            | Self::Revoke(value) => value,
        };
        format!("{before}{}{after}", utf8_percent_encode(value, KEPT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_leads_back_to_its_route() {
        for route in HttpRoute::ALL {
            assert_eq!(HttpRoute::from_key(route.key()), Some(route));
        }
        assert_eq!(HttpRoute::from_key("GET /nothing"), None);
    }

    #[test]
    fn a_key_is_a_method_and_a_path() {
        for route in HttpRoute::ALL {
            let (method, path) = route.key().split_once(' ').unwrap();
            assert!(method.bytes().all(|byte| byte.is_ascii_uppercase()));
            assert!(path.starts_with('/'), "{path}");
            assert_eq!(route.method(), method);
            assert_eq!(route.arn_suffix(), format!("{method}{path}"));
        }
    }

    #[test]
    fn whatever_a_backend_may_do_needs_a_signature() {
        let open = HttpRoute::ALL
            .into_iter()
            .filter(|route| route.authorization() == HttpAuthorization::None);
        let open: Vec<_> = open.map(HttpRoute::key).collect();
        assert_eq!(open, ["GET /connect-check", "POST /ticket"]);
    }

    #[test]
    fn a_path_is_built_and_read_back_and_leads_to_no_other_route() {
        let user = "auth0|é/../x?y#z%2F";
        for (target, path) in [
            (HttpTarget::ConnectCheck, "/connect-check"),
            (HttpTarget::Ticket, "/ticket"),
            (HttpTarget::Publish, "/publications"),
            (
                HttpTarget::Channel("room:lobby-1.a_b@c"),
                "/channels/room%3Alobby-1.a_b%40c",
            ),
            (
                HttpTarget::History("room:lobby"),
                "/channels/room%3Alobby/history",
            ),
            (
                HttpTarget::Kick(user),
                "/users/auth0%7C%C3%A9%2F..%2Fx%3Fy%23z%252F/connections",
            ),
            (HttpTarget::Connections("a"), "/users/a/connections"),
            (HttpTarget::Revoke("a"), "/users/a/revocations"),
        ] {
            assert_eq!(target.path(), path);
            let value = match target {
                HttpTarget::Channel(value)
                | HttpTarget::History(value)
                | HttpTarget::Connections(value)
                | HttpTarget::Kick(value)
                | HttpTarget::Revoke(value) => Some(value),
                HttpTarget::ConnectCheck | HttpTarget::Ticket | HttpTarget::Publish => None,
            };
            let read = HttpTarget::read(target.route().key(), |_| value);
            assert_eq!(read, Ok(target));
        }
    }

    #[test]
    fn what_the_contract_does_not_know_is_named() {
        let unknown = HttpTarget::read("GET /nothing", |_| None).unwrap_err();
        assert!(unknown.to_string().contains("GET /nothing"), "{unknown}");
        let without = HttpTarget::read(HttpRoute::Kick.key(), |_| None).unwrap_err();
        assert!(without.to_string().contains("`user`"), "{without}");
    }
}
