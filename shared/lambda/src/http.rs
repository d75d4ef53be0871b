//! The proxy events of an HTTP API, payload format 2.0.
//!
//! Only what is used is read, and what AWS leaves out when there is none of it is optional.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;

/// What API Gateway sends to the integration of a route of an HTTP API. Its `Debug` shows neither token nor payload.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpEvent {
    /// The key of the route that was taken.
    pub route_key: String,
    /// The query as it was sent. The parameters that API Gateway reads out of it are not told apart from values with
    /// commas in them.
    #[serde(default)]
    pub raw_query_string: String,
    #[serde(default)]
    headers: Option<HashMap<String, String>>,
    /// What stands in the path where the route key has a parameter, decoded; absent when it has none.
    #[serde(default)]
    path_parameters: Option<HashMap<String, String>>,
    /// The body; absent when there is none.
    #[serde(default)]
    pub body: Option<String>,
    /// Whether the body is base64, which it is for what is no text.
    #[serde(default)]
    pub is_base64_encoded: bool,
}

impl HttpEvent {
    /// A header; several of one name are one, apart by commas.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter().flatten();
        headers
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    /// A parameter of the path.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<&str> {
        self.path_parameters.as_ref()?.get(name).map(String::as_str)
    }

    /// The last value of a parameter of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.raw_query_string.as_bytes())
            .filter(|(key, _)| key == name)
            .last()
            .map(|(_, value)| value.into_owned())
    }
}

impl fmt::Debug for HttpEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpEvent")
            .field("route_key", &self.route_key)
            .field("body_bytes", &self.body.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}
