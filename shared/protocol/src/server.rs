//! Frames to a client.

mod error;
mod goodbye;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::channel::Channel;
use crate::gateway::GatewayFrame;
use crate::position::Position;
use crate::text::RequestId;

pub use self::error::{Error, ErrorCode};
pub use self::goodbye::{Goodbye, GoodbyeReason};

/// The client now receives what is published in the channel.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Subscribed {
    /// The id of the request; none where the handshake itself named the room.
    pub id: RequestId,
    /// The channel.
    pub channel: Channel,
    /// The newest place; only in channels with history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// Whether everything since the request's `since` is here: true, and it is in `publications`; false, and it cannot be
    /// had, so that the client must load its state anew. Absent without a `since`, and where `page` is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered: Option<bool>,
    /// What was missed does not fit in this frame: read it by `history` frames after `since` until `position`, hold back
    /// meanwhile what arrives, and only then take the subscription for recovered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub page: bool,
    /// What was missed, oldest first. In channels that keep the latest value, and without a `since`: that value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub publications: Vec<Publication>,
    /// After a mass drop, the window over which clients spread their return, in milliseconds.
    #[serde(default)]
    pub reconnect_window_ms: u64,
    /// The server's time, in epoch milliseconds; 0 where a server does not say.
    #[serde(default)]
    pub server_time_ms: u64,
}

/// The client receives no more of the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unsubscribed {
    /// The id of the request.
    pub id: RequestId,
    /// The channel.
    pub channel: Channel,
}

/// A publication was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ack {
    /// The id of the request.
    pub id: RequestId,
    /// The id that the publication has everywhere.
    pub publication_id: String,
    /// Its place; only in channels with history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// It was taken before: a publication with this key is there already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
}

/// Something was published in a channel.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Publication {
    /// The channel.
    pub channel: Channel,
    /// The id that the publication has everywhere. It may arrive twice: a client drops doubles by it.
    pub publication_id: String,
    /// The user who published; absent where the server's side did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// When it was published, in epoch milliseconds.
    pub at: u64,
    /// What was published.
    #[schemars(with = "serde_json::Value")]
    pub data: Box<RawValue>,
    /// Its place; only in channels with history, and only there is an order promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

/// Who is in a channel: a session of a user, over however many connections.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The user.
    pub user: String,
    /// The session of that user.
    pub session: String,
}

/// The reply to `presence`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PresenceList {
    /// The id of the request.
    pub id: RequestId,
    /// The channel.
    pub channel: Channel,
    /// How many are there: sessions, not connections. Only on the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Who is there; absent where the namespace only counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<Member>>,
    /// There are more: ask again with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PresenceEvent {
    /// Came.
    Join,
    /// Went.
    Leave,
}

/// Somebody came to a channel or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PresenceChange {
    /// The channel.
    pub channel: Channel,
    /// What happened.
    pub event: PresenceEvent,
    /// The user.
    pub user: String,
    /// The session of that user.
    pub session: String,
    /// When, in epoch milliseconds.
    pub at: u64,
}

/// The reply to `history`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPage {
    /// The id of the request.
    pub id: RequestId,
    /// The channel.
    pub channel: Channel,
    /// In the order that was asked for.
    pub publications: Vec<Publication>,
    /// The newest place of the channel.
    pub position: Position,
    /// Whether there is nothing more that way; else go on from the last publication's place.
    pub complete: bool,
    /// Something between the place that was asked for and the first publication here is not kept any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gap: bool,
}

/// The new token holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refreshed {
    /// The id of the request.
    pub id: RequestId,
    /// When the rights end, in epoch seconds.
    pub expires_at: u64,
    /// Channels that the new token does not allow any more: the client receives no more of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Channel>,
}

/// The newest places of channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeadList {
    /// The id of the request.
    pub id: RequestId,
    /// Of each channel that has a history and that the client receives; the others are left out.
    pub heads: BTreeMap<Channel, Position>,
}

/// One frame to a client.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
#[non_exhaustive]
pub enum ServerFrame {
    /// The gateway's answer to a ping.
    Pong,
    /// The client now receives what is published in the channel.
    Subscribed(Subscribed),
    /// The client receives no more of the channel.
    Unsubscribed(Unsubscribed),
    /// A publication was taken.
    Ack(Ack),
    /// Something was published in a channel.
    Publication(Publication),
    /// Who is in a channel.
    Presence(PresenceList),
    /// Somebody came to a channel or went.
    PresenceChange(PresenceChange),
    /// What was published in a channel.
    History(HistoryPage),
    /// The new token holds.
    Refreshed(Refreshed),
    /// The newest places of channels.
    Heads(HeadList),
    /// Something could not be done.
    Error(Error),
    /// The last frame before the server ends the connection.
    Goodbye(Goodbye),
}

/// What arrives at a client.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Incoming {
    /// A frame of this protocol.
    Frame(Box<ServerFrame>),
    /// A frame of this protocol with a type that this version does not know: to be ignored.
    Unknown {
        /// Its type.
        kind: String,
    },
    /// A frame of API Gateway itself.
    Gateway(GatewayFrame),
}

/// What arrived is no frame.
#[derive(Debug, Error)]
#[error(
    "the server sent what is no frame of {}: {problem}",
    crate::SUBPROTOCOL
)]
pub struct UnreadableFrame {
    /// What the JSON parser says.
    problem: String,
}

impl From<serde_json::Error> for UnreadableFrame {
    fn from(error: serde_json::Error) -> Self {
        Self {
            problem: error.to_string(),
        }
    }
}

impl ServerFrame {
    /// The frame as text.
    ///
    /// # Errors
    /// None that this crate knows of: every frame is made of texts, numbers and JSON that was already read.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl Incoming {
    /// Reads a frame, in two steps: JSON that is to be handed on as it was written cannot be read behind a tag.
    ///
    /// # Errors
    /// When it is neither a frame of this protocol nor one of the gateway's.
    pub fn parse(text: &str) -> Result<Self, UnreadableFrame> {
        #[derive(Deserialize)]
        struct Kind<'a> {
            #[serde(borrow, rename = "type")]
            kind: Option<std::borrow::Cow<'a, str>>,
        }
        let Kind { kind } = serde_json::from_str(text)?;
        let Some(kind) = kind else {
            return Ok(Self::Gateway(serde_json::from_str(text)?));
        };
        let frame = match kind.as_ref() {
            "pong" => ServerFrame::Pong,
            "subscribed" => ServerFrame::Subscribed(serde_json::from_str(text)?),
            "unsubscribed" => ServerFrame::Unsubscribed(serde_json::from_str(text)?),
            "ack" => ServerFrame::Ack(serde_json::from_str(text)?),
            "publication" => ServerFrame::Publication(serde_json::from_str(text)?),
            "presence" => ServerFrame::Presence(serde_json::from_str(text)?),
            "presenceChange" => ServerFrame::PresenceChange(serde_json::from_str(text)?),
            "history" => ServerFrame::History(serde_json::from_str(text)?),
            "refreshed" => ServerFrame::Refreshed(serde_json::from_str(text)?),
            "heads" => ServerFrame::Heads(serde_json::from_str(text)?),
            "error" => ServerFrame::Error(serde_json::from_str(text)?),
            "goodbye" => ServerFrame::Goodbye(serde_json::from_str(text)?),
            other => {
                return Ok(Self::Unknown {
                    kind: other.to_owned(),
                });
            }
        };
        Ok(Self::Frame(Box::new(frame)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both_ways(text: &str) -> ServerFrame {
        let Incoming::Frame(frame) = Incoming::parse(text).unwrap() else {
            panic!("{text}")
        };
        assert_eq!(frame.to_json().unwrap(), text);
        *frame
    }

    #[test]
    fn frames_are_written_as_documented_and_read_back() {
        both_ways(
            r#"{"type":"publication","channel":"room:lobby","publicationId":"p1","user":"alice","at":5,"data":{"n": 1.10},"position":{"epoch":3,"offset":4}}"#,
        );
        both_ways(r#"{"type":"error","code":"unknown_action","message":"no","fatal":false}"#);
        both_ways(r#"{"type":"goodbye","reason":"expired","reconnect":true}"#);
        both_ways(r#"{"type":"pong"}"#);
        both_ways(
            r#"{"type":"subscribed","id":"1","channel":"room:a","position":{"epoch":3,"offset":4},"recovered":false,"reconnectWindowMs":1,"serverTimeMs":2}"#,
        );
        both_ways(r#"{"type":"heads","id":"1","heads":{"room:a":{"epoch":1,"offset":2}}}"#);
    }

    #[test]
    fn a_code_is_written_as_it_names_itself() {
        for code in [
            ErrorCode::BadFrame,
            ErrorCode::TooManySubscriptions,
            ErrorCode::NotConnected,
            ErrorCode::RateLimited,
            ErrorCode::Busy,
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }

    #[test]
    fn what_is_newer_than_this_version_is_known_as_such() {
        let unknown = Incoming::parse(r#"{"type":"weather","x":1}"#).unwrap();
        assert!(matches!(unknown, Incoming::Unknown { kind } if kind == "weather"));
        let ServerFrame::Error(error) =
            both_ways_but_code(r#"{"type":"error","code":"new","message":"m","fatal":true}"#)
        else {
            panic!()
        };
        assert_eq!(error.code, ErrorCode::Unknown);
    }

    fn both_ways_but_code(text: &str) -> ServerFrame {
        match Incoming::parse(text).unwrap() {
            Incoming::Frame(frame) => *frame,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn frames_of_the_gateway_are_told_apart() {
        let text = r#"{"message": "Internal server error", "connectionId":"a=", "requestId":"b="}"#;
        let Incoming::Gateway(frame) = Incoming::parse(text).unwrap() else {
            panic!()
        };
        assert_eq!(frame.connection_id, "a=");
        assert!(Incoming::parse("hello").is_err());
        assert!(Incoming::parse("{}").is_err());
    }
}
