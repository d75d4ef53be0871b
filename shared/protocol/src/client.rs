//! Frames from a client.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::channel::Channel;
use crate::position::Position;
use crate::text::{IdempotencyKey, RequestId};
use crate::{DEFAULT_HISTORY_LIMIT, MAX_HEADS, MAX_HISTORY_LIMIT};

/// Asks to receive what is published in a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "subscribe")]
pub struct Subscribe {
    /// Echoed by the reply.
    pub id: RequestId,
    /// The channel.
    pub channel: Channel,
    /// The newest place that the client has seen: everything after it is recovered, or said to be lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Position>,
}

/// Asks to receive no more of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "unsubscribe")]
pub struct Unsubscribe {
    /// Echoed by the reply.
    pub id: RequestId,
    /// The channel.
    pub channel: Channel,
}

/// Publishes in a channel.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "publish")]
pub struct Publish {
    /// Echoed by the reply.
    pub id: RequestId,
    /// The channel.
    pub channel: Channel,
    /// Any JSON value, handed on as it was written.
    #[schemars(with = "serde_json::Value")]
    pub data: Box<RawValue>,
    /// Sent again with the same key, the publication is acked and not made a second time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<IdempotencyKey>,
}

/// Asks who is in a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "presence")]
pub struct Presence {
    /// Echoed by the reply.
    pub id: RequestId,
    /// The channel.
    pub channel: Channel,
    /// Where to go on: the `cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Asks for what was published in a channel: after a place (oldest first), before a place (newest first), or the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "history")]
pub struct History {
    /// Echoed by the reply.
    pub id: RequestId,
    /// The channel.
    pub channel: Channel,
    /// What follows this place, oldest first. Not together with `before`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Position>,
    /// What precedes this place, newest first. Not together with `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Position>,
    /// How many at most: 1 to 100; 50 where it is not said. Fewer come when they fill the frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<u32>,
}

/// Brings a new token, which from now on says what the session may do and until when.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "refresh")]
pub struct Refresh {
    /// Echoed by the reply.
    pub id: RequestId,
    /// The access token, of the same user.
    pub token: String,
}

/// Shows no token.
impl std::fmt::Debug for Refresh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refresh")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Asks for the newest places of channels: by them a client finds that it lost a *last* publication, which leaves no gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "heads")]
pub struct Heads {
    /// Echoed by the reply.
    pub id: RequestId,
    /// The channels: 1 to 100.
    #[schemars(length(min = 1, max = 100))]
    pub channels: Vec<Channel>,
}

/// One frame from a client.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "action", rename_all = "camelCase")]
pub enum ClientFrame {
    /// Keeps the connection: the gateway answers it by itself.
    Ping,
    /// Asks to receive what is published in a channel.
    Subscribe(Subscribe),
    /// Asks to receive no more of a channel.
    Unsubscribe(Unsubscribe),
    /// Publishes in a channel.
    Publish(Publish),
    /// Asks who is in a channel.
    Presence(Presence),
    /// Asks for what was published in a channel.
    History(History),
    /// Brings a new token.
    Refresh(Refresh),
    /// Asks for the newest places of channels.
    Heads(Heads),
}

impl ClientFrame {
    /// The frame as text.
    ///
    /// # Errors
    /// None that this crate knows of: every frame is made of texts, numbers and JSON that was already read.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// Why a frame cannot be understood.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FrameError {
    /// It is no JSON, or not of the frame's shape.
    #[error("the frame is not valid: {problem}")]
    Shape {
        /// What the JSON parser says, with the place.
        problem: String,
    },
    /// It asks for history in both directions.
    #[error("`after` and `before` cannot be asked for together")]
    BothWays,
    /// It asks for too little or too much history.
    #[error("`limit` must be 1 to {MAX_HISTORY_LIMIT}")]
    Limit,
    /// It asks for the heads of no channels, or of too many.
    #[error("`channels` must name 1 to {MAX_HEADS} channels")]
    Channels,
}

/// From where and which way history is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// What follows a place, oldest first.
    After(Position),
    /// What precedes a place, newest first.
    Before(Position),
    /// The newest first.
    Newest,
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, FrameError> {
    serde_json::from_str(text).map_err(|error| FrameError::Shape {
        problem: error.to_string(),
    })
}

macro_rules! parsed {
    ($($name:ident),*) => {
        $(impl $name {
            /// Reads the frame `text`.
            ///
            /// # Errors
            /// Says what is wrong with it.
            pub fn parse(text: &str) -> Result<Self, FrameError> {
                parse(text)
            }
        })*
    };
}

parsed!(Subscribe, Unsubscribe, Publish, Presence, Refresh);

impl History {
    /// Reads the frame `text`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        let frame: Self = parse(text)?;
        if frame.after.is_some() && frame.before.is_some() {
            return Err(FrameError::BothWays);
        }
        match frame.limit {
            None | Some(1..=MAX_HISTORY_LIMIT) => Ok(frame),
            Some(_) => Err(FrameError::Limit),
        }
    }

    /// From where and which way.
    #[must_use]
    pub fn bound(&self) -> Bound {
        match (self.after, self.before) {
            (Some(after), _) => Bound::After(after),
            (None, Some(before)) => Bound::Before(before),
            (None, None) => Bound::Newest,
        }
    }

    /// How many at most.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_HISTORY_LIMIT) as usize
    }
}

impl Heads {
    /// Reads the frame `text`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        let frame: Self = parse(text)?;
        if (1..=MAX_HEADS).contains(&frame.channels.len()) {
            Ok(frame)
        } else {
            Err(FrameError::Channels)
        }
    }
}

/// The `id` of a frame that may be wrong otherwise, so that its error can still echo it.
#[must_use]
pub fn request_id(text: &str) -> Option<RequestId> {
    #[derive(Deserialize)]
    struct Id {
        id: RequestId,
    }
    let Id { id } = serde_json::from_str(text).ok()?;
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publish_frame_keeps_its_data_as_it_was_written() {
        let text = r#"{"action":"publish","id":"1","channel":"room:a","data":{"n":1.10}}"#;
        let frame = Publish::parse(text).unwrap();
        assert_eq!(frame.data.get(), r#"{"n":1.10}"#);
        assert_eq!(ClientFrame::Publish(frame).to_json().unwrap(), text);
    }

    #[test]
    fn a_wrong_frame_says_what_is_wrong() {
        let cases = [
            ("", "EOF"),
            ("[]", "invalid"),
            (r#"{"id":"1"}"#, "missing field `channel`"),
            (
                r#"{"id":1,"channel":"room:a"}"#,
                "invalid type: integer `1`, expected a string",
            ),
            (r#"{"id":"","channel":"room:a"}"#, "`id` must be"),
            (r#"{"id":"1","channel":"lobby"}"#, "there is no `:`"),
            (
                r#"{"id":"1","channel":"room:a","since":{"epoch":1}}"#,
                "missing field `offset`",
            ),
            (
                r#"{"id":"1","channel":"room:a","since":{"epoch":-1,"offset":0}}"#,
                "expected u64",
            ),
        ];
        for (text, expected) in cases {
            let error = Subscribe::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        let no_data = Publish::parse(r#"{"id":"1","channel":"room:a"}"#)
            .unwrap_err()
            .to_string();
        assert!(no_data.contains("missing field `data`"), "{no_data}");
    }

    #[test]
    fn history_goes_one_way_and_not_too_far() {
        let history = |rest: &str| {
            History::parse(&format!(
                r#"{{"action":"history","id":"1","channel":"room:a"{rest}}}"#
            ))
        };
        let after = Position {
            epoch: 5,
            offset: 7,
        };
        assert_eq!(
            history(r#","after":{"epoch":5,"offset":7}"#)
                .unwrap()
                .bound(),
            Bound::After(after)
        );
        assert_eq!(history("").unwrap().bound(), Bound::Newest);
        assert_eq!(history("").unwrap().limit(), 50);
        let both = r#","after":{"epoch":5,"offset":7},"before":{"epoch":5,"offset":9}"#;
        assert!(matches!(history(both), Err(FrameError::BothWays)));
        for limit in [r#","limit":0"#, r#","limit":101"#] {
            assert!(matches!(history(limit), Err(FrameError::Limit)));
        }
    }

    #[test]
    fn heads_are_asked_for_some_channels_at_a_time() {
        let many = |count: usize| {
            let channels: Vec<_> = (0..count).map(|number| format!("room:{number}")).collect();
            Heads::parse(&serde_json::json!({"id": "1", "channels": channels}).to_string())
        };
        assert!(many(100).is_ok());
        assert!(matches!(many(0), Err(FrameError::Channels)));
        assert!(matches!(many(101), Err(FrameError::Channels)));
    }

    #[test]
    fn the_id_of_a_wrong_frame_is_found_where_it_has_one() {
        let id = request_id(r#"{"id":"7","channel":3}"#);
        assert_eq!(id.as_ref().map(RequestId::as_str), Some("7"));
        assert_eq!(request_id(r#"{"id":7}"#), None);
        assert_eq!(request_id("hello"), None);
    }

    #[test]
    fn a_token_is_not_shown() {
        let refresh = Refresh::parse(r#"{"id":"1","token":"secret"}"#).unwrap();
        assert!(!format!("{refresh:?}").contains("secret"));
    }
}
