//! What an integration answers.

use std::collections::BTreeMap;

use serde::Serialize;
use tidegate_core::protocol::{Error, ErrorCode, RequestId, ServerFrame};

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
    pub fn frame(frame: &ServerFrame) -> Result<Self, serde_json::Error> {
        Ok(Self {
            body: Some(frame.to_json()?),
            ..Self::silent()
        })
    }

    /// An error frame that leaves the connection as it is; with `retry_after_ms` it says when to try again.
    ///
    /// # Errors
    /// As [`frame`](Self::frame).
    pub fn error(
        id: Option<RequestId>,
        code: ErrorCode,
        message: impl Into<String>,
        retry_after_ms: Option<u64>,
    ) -> Result<Self, serde_json::Error> {
        Self::frame(&ServerFrame::Error(Error {
            id,
            code,
            message: message.into(),
            retry_after_ms,
            fatal: code.is_fatal(),
        }))
    }
}
