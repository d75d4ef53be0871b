//! The protocol `tidegate.v1`: JSON text frames, each at most [`MAX_FRAME_BYTES`] with its envelope.
//!
//! A frame from a client names its `action`, which is the route key; a frame to a client names its `type`. Frames of
//! the gateway itself (`message` and `connectionId`, no `type`) are not part of this protocol.

mod client;
mod server;

pub use client::{FrameError, PublishFrame, SubscribeFrame, UnsubscribeFrame, request_id};
pub use server::{ErrorCode, GoodbyeReason, ServerFrame};

/// The WebSocket sub-protocol. The only one that the handshake ever echoes.
pub const SUBPROTOCOL: &str = "tidegate.v1";
/// Precedes a token that is offered as a sub-protocol, since browsers can set no header.
pub const BEARER_PREFIX: &str = "bearer.";
/// The longest frame in either direction, envelope included, in bytes. API Gateway ends a connection whose frame is
/// longer (32 KB, `Amazon API Gateway quotas for WebSocket APIs`).
pub const MAX_FRAME_BYTES: usize = 32 * 1024;
/// The query parameter by which a handshake joins the channel `room:<value>`.
pub const ROOM_PARAMETER: &str = "room_id";
/// The namespace that [`ROOM_PARAMETER`] stands for.
pub const ROOM_NAMESPACE: &str = "room";
/// The longest id that a client may give a request, in bytes.
pub const MAX_REQUEST_ID_BYTES: usize = 64;
