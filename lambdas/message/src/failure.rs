//! Why a frame was not done, in terms of what its sender is told.

use tidegate_core::namespace::Forbidden;
use tidegate_core::protocol::{ErrorCode, FrameError};
use tidegate_core::registry::{RegistryError, SubscribeError};

pub(crate) enum Failure {
    /// The sender gets an error frame.
    Refused { code: ErrorCode, message: String },
    /// The sender's token has ended: it is said goodbye to.
    Expired,
    /// The function itself is broken: it fails, and the gateway says so.
    Broken(String),
}

impl Failure {
    pub(crate) fn refused(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Refused {
            code,
            message: message.into(),
        }
    }

    /// What the invocation's log line says.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::Refused { code, .. } => code.as_str(),
            Self::Expired => "expired",
            Self::Broken(_) => "broken",
        }
    }
}

impl From<FrameError> for Failure {
    fn from(error: FrameError) -> Self {
        Self::refused(ErrorCode::BadFrame, error.to_string())
    }
}

impl From<Forbidden> for Failure {
    fn from(error: Forbidden) -> Self {
        Self::refused(ErrorCode::Forbidden, error.to_string())
    }
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Corrupt { .. } => Self::Broken(error.to_string()),
            _ => Self::refused(ErrorCode::Unavailable, "try again"),
        }
    }
}

impl From<SubscribeError> for Failure {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::Registry(error) => error.into(),
            SubscribeError::TooMany => {
                Self::refused(ErrorCode::TooManySubscriptions, error.to_string())
            }
            _ => Self::refused(ErrorCode::NotConnected, error.to_string()),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(error.to_string())
    }
}
