//! What an integration answers.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use tidegate_core::protocol::{ErrorCode, ServerFrame};

/// The answer of a proxy integration. On a two-way route the body is sent to the client as it is; on `$connect` the
/// status and headers are the handshake's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// The status; only `$connect` shows it to anybody.
    pub status_code: u16,
    /// Headers of the handshake.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<&'static str, String>,
    /// The frame to send back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Reply {
    /// No frame.
    #[must_use]
    pub const fn silent() -> Self {
        Self::status(200)
    }

    /// Only a status.
    #[must_use]
    pub const fn status(status_code: u16) -> Self {
        Self {
            status_code,
            headers: BTreeMap::new(),
            body: None,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.insert(name, value.into());
        self
    }

    /// One frame.
    ///
    /// # Errors
    /// When the frame cannot be written, which no frame is known to do.
    pub fn frame(frame: &ServerFrame<'_>) -> Result<Self, serde_json::Error> {
        Ok(Self {
            body: Some(frame.to_json()?),
            ..Self::silent()
        })
    }

    /// An error frame that leaves the connection as it is.
    ///
    /// # Errors
    /// As [`frame`](Self::frame).
    pub fn error(
        id: Option<&str>,
        code: ErrorCode,
        message: &str,
    ) -> Result<Self, serde_json::Error> {
        let fatal = matches!(code, ErrorCode::NotConnected);
        Self::frame(&ServerFrame::Error {
            id,
            code,
            message,
            retry_after_ms: None,
            fatal,
        })
    }

    /// An error frame that says when to try again.
    ///
    /// # Errors
    /// As [`frame`](Self::frame).
    pub fn unavailable(
        id: Option<&str>,
        message: &str,
        retry_after: Duration,
    ) -> Result<Self, serde_json::Error> {
        Self::frame(&ServerFrame::Error {
            id,
            code: ErrorCode::Unavailable,
            message,
            retry_after_ms: Some(u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX)),
            fatal: false,
        })
    }
}
