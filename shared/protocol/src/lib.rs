//! The protocol `tidegate.v1`: JSON text frames, each at most [`MAX_FRAME_BYTES`] with its envelope.
//!
//! A frame from a client names its `action`, which is the route key; a frame to a client names its `type`. Frames of
//! the gateway itself ([`GatewayFrame`]: `message` and `connectionId`, no `type`) are a different envelope.
//!
//! Both sides are made of these types, and so are the JSON Schemas and the AsyncAPI document. Fields that a reader does
//! not know are ignored, so that either side may be older than the other.

pub mod channel;
mod client;
mod gateway;
mod position;
mod server;
mod text;

pub use channel::Channel;
pub use client::{
    Bound, ClientFrame, FrameError, Heads as HeadsFrame, History as HistoryFrame,
    Presence as PresenceFrame, Publish as PublishFrame, Refresh as RefreshFrame,
    Subscribe as SubscribeFrame, Unsubscribe as UnsubscribeFrame, request_id,
};
pub use gateway::GatewayFrame;
pub use position::Position;
pub use server::{
    Ack, Error, ErrorCode, Goodbye, GoodbyeReason, HeadList, HistoryPage, Incoming, Member,
    PresenceChange, PresenceEvent, PresenceList, Publication, Refreshed, ServerFrame, Subscribed,
    UnreadableFrame, Unsubscribed,
};
pub use text::{IdempotencyKey, InvalidText, RequestId, SessionId};

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
/// The query parameter by which a handshake names the client's session: a [`SessionId`] that stays the same over reconnects
/// and hand-overs. Without it, each connection is a session of its own.
pub const SESSION_PARAMETER: &str = "session";
/// The query parameter by which a handshake brings a one-time ticket instead of a token.
pub const TICKET_PARAMETER: &str = "ticket";
/// The longest id that a client may give a request, in bytes.
pub const MAX_REQUEST_ID_BYTES: usize = 64;
/// How many channels one `heads` frame may ask for.
pub const MAX_HEADS: usize = 100;
/// How many publications one `history` frame may ask for.
pub const MAX_HISTORY_LIMIT: u32 = 100;
/// How many publications a `history` frame gets that does not say.
pub const DEFAULT_HISTORY_LIMIT: u32 = 50;
