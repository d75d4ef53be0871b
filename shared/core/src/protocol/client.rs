//! Frames from a client.

use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

use super::MAX_REQUEST_ID_BYTES;
use crate::channel::{Channel, ChannelError};

/// Asks to receive what is published in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribeFrame {
    /// Echoed by the reply.
    pub id: String,
    /// The channel.
    pub channel: Channel,
}

/// Asks to receive no more of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsubscribeFrame {
    /// Echoed by the reply.
    pub id: String,
    /// The channel.
    pub channel: Channel,
}

/// Publishes in a channel.
#[derive(Debug, Clone)]
pub struct PublishFrame<'a> {
    /// Echoed by the reply.
    pub id: String,
    /// The channel.
    pub channel: Channel,
    /// Any JSON value, handed on as it was written.
    pub data: &'a RawValue,
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
    /// Its `id` is empty or too long.
    #[error("`id` must be a text of 1 to {MAX_REQUEST_ID_BYTES} bytes")]
    Id,
    /// Its channel is not a channel name.
    #[error(transparent)]
    Channel(#[from] ChannelError),
}

#[derive(Deserialize)]
#[serde(rename = "frame")]
struct ChannelRequest<'a> {
    id: String,
    #[serde(borrow)]
    channel: std::borrow::Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename = "frame")]
struct PublishRequest<'a> {
    id: String,
    #[serde(borrow)]
    channel: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    data: &'a RawValue,
}

fn shape(error: &serde_json::Error) -> FrameError {
    FrameError::Shape {
        problem: error.to_string(),
    }
}

fn checked(id: String, channel: &str) -> Result<(String, Channel), FrameError> {
    if id.is_empty() || id.len() > MAX_REQUEST_ID_BYTES {
        return Err(FrameError::Id);
    }
    Ok((id, channel.parse()?))
}

impl SubscribeFrame {
    /// Reads the frame `text`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        let request: ChannelRequest<'_> =
            serde_json::from_str(text).map_err(|error| shape(&error))?;
        let (id, channel) = checked(request.id, &request.channel)?;
        Ok(Self { id, channel })
    }
}

impl UnsubscribeFrame {
    /// Reads the frame `text`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        let SubscribeFrame { id, channel } = SubscribeFrame::parse(text)?;
        Ok(Self { id, channel })
    }
}

impl<'a> PublishFrame<'a> {
    /// Reads the frame `text`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &'a str) -> Result<Self, FrameError> {
        let request: PublishRequest<'a> =
            serde_json::from_str(text).map_err(|error| shape(&error))?;
        let (id, channel) = checked(request.id, &request.channel)?;
        Ok(Self {
            id,
            channel,
            data: request.data,
        })
    }
}

/// The `id` of a frame that may be wrong otherwise, so that its error can still echo it.
#[must_use]
pub fn request_id(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Id {
        id: String,
    }
    let Id { id } = serde_json::from_str(text).ok()?;
    (!id.is_empty() && id.len() <= MAX_REQUEST_ID_BYTES).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publish_frame_keeps_its_data_as_it_was_written() {
        let frame = PublishFrame::parse(
            r#"{"action":"publish","id":"1","channel":"room:a","data":{"n":1.10}}"#,
        );
        assert_eq!(frame.unwrap().data.get(), r#"{"n":1.10}"#);
    }

    #[test]
    fn a_wrong_frame_says_what_is_wrong() {
        let cases = [
            ("", "EOF"),
            ("[]", "expected struct"),
            (r#"{"id":"1"}"#, "missing field `channel`"),
            (
                r#"{"id":1,"channel":"room:a"}"#,
                "invalid type: integer `1`, expected a string",
            ),
            (r#"{"id":"","channel":"room:a"}"#, "`id` must be"),
            (r#"{"id":"1","channel":"lobby"}"#, "there is no `:`"),
        ];
        for (text, expected) in cases {
            let error = SubscribeFrame::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        let no_data = PublishFrame::parse(r#"{"id":"1","channel":"room:a"}"#)
            .unwrap_err()
            .to_string();
        assert!(no_data.contains("missing field `data`"), "{no_data}");
    }

    #[test]
    fn the_id_of_a_wrong_frame_is_found_where_it_has_one() {
        assert_eq!(
            request_id(r#"{"id":"7","channel":3}"#).as_deref(),
            Some("7")
        );
        assert_eq!(request_id(r#"{"id":7}"#), None);
        assert_eq!(request_id("hello"), None);
    }
}
