//! The proxy events of a WebSocket API.
//!
//! Only what is used is read, and everything that AWS has been seen to leave out is optional: `connectedAt` and the
//! query are not always there, and messages bear neither headers nor query.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use tidegate_core::connection::{ConnectionId, Endpoint};

use crate::authorizer::AuthorizerContext;

/// What API Gateway sends to the integration of a route. Its `Debug` shows neither token nor payload.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebSocketEvent {
    /// Where it came from.
    pub request_context: WebSocketContext,
    /// The headers of the handshake; only `$connect` has them all.
    #[serde(default, rename = "multiValueHeaders")]
    pub headers: Headers,
    /// The query of the handshake; only `$connect` has it.
    #[serde(default, rename = "multiValueQueryStringParameters")]
    query: Option<HashMap<String, Vec<String>>>,
    /// The frame; only message routes have it.
    pub body: Option<String>,
    /// Whether the body is base64, which it is for binary frames only.
    #[serde(default)]
    pub is_base64_encoded: bool,
}

impl WebSocketEvent {
    /// The last value of a parameter of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        last(self.query.as_ref(), name)
    }
}

impl fmt::Debug for WebSocketEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketEvent")
            .field("request_context", &self.request_context)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}

/// The part of an event that is the same for all routes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebSocketContext {
    /// The key of the route that was taken.
    pub route_key: String,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The API that serves it.
    #[serde(rename = "apiId")]
    pub endpoint: Endpoint,
    /// What the authorizer said in the handshake.
    pub authorizer: Option<AuthorizerContext>,
    /// The close code, in `$disconnect` only.
    pub disconnect_status_code: Option<i64>,
}

/// The headers of a handshake. Names are compared without case: API Gateway leaves them as the client wrote them. The
/// token is among the values, so `Debug` shows names only.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Headers {
    values: Option<HashMap<String, Vec<String>>>,
}

impl Headers {
    /// All values of a header, those of one line apart by commas included, without blanks around them.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self
            .values
            .iter()
            .flatten()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name));
        lines
            .flat_map(|(_, lines)| lines)
            .flat_map(|line| line.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }

    /// All lines of a header exactly as they came, empty ones included, under whichever spellings of its name.
    pub fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values
            .iter()
            .flatten()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .flat_map(|(_, lines)| lines)
            .map(String::as_str)
    }

    /// The last line of a header.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let values = self.values.as_ref()?;
        let (_, lines) = values
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        lines.last().map(|line| line.trim())
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.values.iter().flat_map(HashMap::keys))
            .finish()
    }
}

pub(crate) fn last<'a>(
    values: Option<&'a HashMap<String, Vec<String>>>,
    name: &str,
) -> Option<&'a str> {
    values?.get(name)?.last().map(String::as_str)
}
