//! The routes of the HTTP API that stands beside the socket.

use crate::functions::Function;

/// One route of the HTTP API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HttpRoute {
    /// Tells why a handshake is refused, which a browser's `WebSocket` never shows. The same token and the same query
    /// get here, as a status and a body, what the authorizer decides about them.
    ConnectCheck,
}

/// Who may call a route, before any function is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HttpAuthorization {
    /// Everybody: the function decides by itself.
    None,
    /// Whoever signs the request for the account and may invoke the route (`execute-api:Invoke`): servers.
    Iam,
}

impl HttpRoute {
    /// Every route.
    pub const ALL: [Self; 1] = [Self::ConnectCheck];

    /// The route key: method and path.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::ConnectCheck => "GET /connect-check",
        }
    }

    /// The route with this key, if there is one.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.key() == key)
    }

    /// The name used in resource names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConnectCheck => "connect-check",
        }
    }

    /// The function that the route invokes.
    #[must_use]
    pub const fn function(self) -> Function {
        match self {
            Self::ConnectCheck => Function::Api,
        }
    }

    /// Who may call it.
    #[must_use]
    pub const fn authorization(self) -> HttpAuthorization {
        match self {
            Self::ConnectCheck => HttpAuthorization::None,
        }
    }

    /// What follows the stage's ARN in the ARN for which the function is invoked: `GET/connect-check`.
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
            assert_eq!(route.arn_suffix(), format!("{method}{path}"));
        }
    }
}
