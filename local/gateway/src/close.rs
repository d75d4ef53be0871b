//! Why a connection ends, what the client sees of it, and what `$disconnect` is told.

use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// The end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The client sent a close frame, perhaps with a code.
    ByClient(Option<(u16, String)>),
    /// The client is gone without one.
    Lost,
    /// A frame was longer than it may be.
    TooLarge,
    /// A frame was binary.
    Binary,
    /// A frame broke the WebSocket protocol, or was no UTF-8.
    Protocol,
    /// There was no message for too long.
    Idle,
    /// It has lived as long as a connection may.
    Lifetime,
    /// `DELETE /@connections/{id}`.
    Deleted,
    /// The gateway itself stops.
    Shutdown,
}

impl End {
    /// The close frame that the gateway sends; none when the client closed, or is gone.
    pub(crate) fn frame(&self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::ByClient(_) | Self::Lost => return None,
            Self::TooLarge => (CloseCode::Size, ""),
            Self::Binary => (CloseCode::Unsupported, ""),
            Self::Protocol => (CloseCode::Protocol, ""),
            Self::Idle | Self::Lifetime | Self::Shutdown => (CloseCode::Away, "Going away"),
            Self::Deleted => (CloseCode::Normal, "Connection Closed Normally"),
        };
        Some(CloseFrame {
            code,
            reason: Utf8Bytes::from_static(reason),
        })
    }

    /// The status code and the reason of the `$disconnect` event, as they were seen on AWS where they were seen.
    pub(crate) fn disconnect(&self) -> (u16, &str) {
        match self {
            Self::ByClient(None) => (1005, "Client-side close frame status not set"),
            Self::ByClient(Some((code, reason))) => (*code, reason),
            Self::Lost => (1006, "Connection Closed Abnormally"),
            Self::TooLarge => (1009, ""),
            Self::Binary => (1003, ""),
            Self::Protocol => (1002, ""),
            Self::Idle | Self::Lifetime | Self::Shutdown => (1001, "Going away"),
            Self::Deleted => (1000, "Connection Closed Normally"),
        }
    }
}
