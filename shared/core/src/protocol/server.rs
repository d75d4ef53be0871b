//! Frames to a client.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::channel::Channel;

/// One frame to a client.
#[derive(Debug, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum ServerFrame<'a> {
    /// The client now receives what is published in the channel.
    Subscribed {
        /// The id of the request.
        id: &'a str,
        /// The channel.
        channel: &'a Channel,
    },
    /// The client receives no more of the channel.
    Unsubscribed {
        /// The id of the request.
        id: &'a str,
        /// The channel.
        channel: &'a Channel,
    },
    /// A publication was taken and sent to those who are there.
    Ack {
        /// The id of the request.
        id: &'a str,
        /// The id that the publication has everywhere.
        publication_id: &'a str,
    },
    /// Something was published in a channel.
    Publication {
        /// The channel.
        channel: &'a Channel,
        /// The id of the publication. Delivery is at least once where it is retried: a client drops doubles by it.
        publication_id: &'a str,
        /// The user who published.
        user: &'a str,
        /// When it was published, in epoch milliseconds.
        at: u64,
        /// What was published.
        data: &'a RawValue,
    },
    /// Something could not be done.
    Error {
        /// The id of the request, where it had one.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        /// What kind of error; stable.
        code: ErrorCode,
        /// For people: what was wrong and what to do.
        message: &'a str,
        /// When it may be tried again, in milliseconds from now; absent where trying again is of no use.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
        /// Whether the connection is of no more use.
        fatal: bool,
    },
    /// The last frame before the server ends the connection: API Gateway lets no close code be chosen.
    Goodbye {
        /// Why.
        reason: GoodbyeReason,
    },
}

/// The kinds of errors. Clients branch on these, never on the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The frame is not valid.
    BadFrame,
    /// There is no such action.
    UnknownAction,
    /// The user may not do this in the channel, or there is no such channel.
    Forbidden,
    /// The publication would not fit into a frame with its envelope.
    TooLarge,
    /// The session has joined as many channels as it may.
    TooManySubscriptions,
    /// The connection is not registered any more: connect again.
    NotConnected,
    /// Something behind the service does not answer: try again.
    Unavailable,
}

impl ErrorCode {
    /// The code as it stands in the frame.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadFrame => "bad_frame",
            Self::UnknownAction => "unknown_action",
            Self::Forbidden => "forbidden",
            Self::TooLarge => "too_large",
            Self::TooManySubscriptions => "too_many_subscriptions",
            Self::NotConnected => "not_connected",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Why the server ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum GoodbyeReason {
    /// The token has ended: connect again with a new one.
    Expired,
}

impl ServerFrame<'_> {
    /// The frame as text.
    ///
    /// # Errors
    /// None that this crate knows of: every frame is made of texts, numbers and JSON that was already read.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(frame: &ServerFrame<'_>) -> String {
        frame.to_json().unwrap()
    }

    #[test]
    fn frames_are_written_as_documented() {
        let channel: Channel = "room:lobby".parse().unwrap();
        let data = RawValue::from_string(r#"{"n": 1.10}"#.to_owned()).unwrap();
        let frame = ServerFrame::Publication {
            channel: &channel,
            publication_id: "p1",
            user: "alice",
            at: 5,
            data: &data,
        };
        assert_eq!(
            json(&frame),
            r#"{"type":"publication","channel":"room:lobby","publicationId":"p1","user":"alice","at":5,"data":{"n": 1.10}}"#
        );
        let frame = ServerFrame::Error {
            id: None,
            code: ErrorCode::UnknownAction,
            message: "no",
            retry_after_ms: None,
            fatal: false,
        };
        assert_eq!(
            json(&frame),
            r#"{"type":"error","code":"unknown_action","message":"no","fatal":false}"#
        );
        assert_eq!(
            json(&ServerFrame::Goodbye {
                reason: GoodbyeReason::Expired
            }),
            r#"{"type":"goodbye","reason":"expired"}"#
        );
    }

    #[test]
    fn a_code_is_written_as_it_names_itself() {
        for code in [
            ErrorCode::BadFrame,
            ErrorCode::TooManySubscriptions,
            ErrorCode::NotConnected,
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
