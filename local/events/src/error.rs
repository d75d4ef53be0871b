//! Errors as EventBridge writes them.

use http::StatusCode;
use thiserror::Error;

/// Why a call was refused: the code by which clients branch, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{code}: {message}")]
pub struct EventsError {
    /// The code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
}

impl EventsError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn not_emulated(what: &str) -> Self {
        let message = format!("{what}: the local runtime does not emulate it");
        Self::new("UnknownOperationException", message)
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self.code {
            "RequestEntityTooLargeException" => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}
