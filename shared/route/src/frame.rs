//! The frames of a route of one's own: what it reads of a request, and what it answers.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tidegate_core::protocol::{ErrorCode, MAX_FRAME_BYTES, RequestId};
use tidegate_lambda::{Reply, WebSocketEvent};

use crate::refusal::Refusal;

/// A request, taken apart.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Echoed by the reply. Only a route that replies must have one.
    pub(crate) id: Option<RequestId>,
    /// All else but the `action`.
    fields: Map<String, Value>,
}

impl Frame {
    pub(crate) fn read(event: &WebSocketEvent) -> Result<Self, Refusal> {
        if event.is_base64_encoded {
            return Err(bad("a frame must be text"));
        }
        let text = event.body.as_deref().unwrap_or_default();
        // The gateway has found the action in it already, so that it is an object is known: but not from where.
        let parsed = serde_json::from_str::<Map<String, Value>>(text);
        let mut fields = parsed.map_err(|error| bad(format!("the frame is not valid: {error}")))?;
        fields.remove("action");
        let id = match fields.remove("id") {
            None => None,
            // What is no text is as little an id as one that is empty.
            Some(id) => Some(RequestId::new(id.as_str().unwrap_or_default())),
        };
        let id = id.transpose().map_err(|error| bad(error.to_string()))?;
        Ok(Self { id, fields })
    }

    /// The id, where the route replies and so must have one.
    pub(crate) fn check_id(&self, two_way: bool) -> Result<(), Refusal> {
        if two_way && self.id.is_none() {
            return Err(bad(
                "the frame has no `id`: the reply could not be told from others",
            ));
        }
        Ok(())
    }

    pub(crate) fn request<R: DeserializeOwned>(self) -> Result<R, Refusal> {
        serde_json::from_value(Value::Object(self.fields))
            .map_err(|error| bad(format!("the frame is not valid: {error}")))
    }
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::of_the_protocol(ErrorCode::BadFrame, message)
}

#[derive(Serialize)]
struct ReplyFrame<'a, R> {
    #[serde(rename = "type")]
    kind: &'a str,
    id: Option<&'a RequestId>,
    #[serde(flatten)]
    reply: &'a R,
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "error", rename_all = "camelCase")]
struct ErrorFrame<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RequestId>,
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    fatal: bool,
}

/// Why there is no reply: it cannot be written, or would be longer than a frame may be.
#[derive(Debug)]
pub(crate) enum NoReply {
    Broken(String),
    TooLarge(Refusal),
}

/// The reply as a frame of the type `key`.
pub(crate) fn reply<R: Serialize>(
    key: &str,
    id: Option<&RequestId>,
    reply: &R,
) -> Result<Reply, NoReply> {
    let frame = ReplyFrame {
        kind: key,
        id,
        reply,
    };
    let text = serde_json::to_string(&frame)
        .map_err(|error| NoReply::Broken(format!("the reply cannot be a frame: {error}")))?;
    if text.len() > MAX_FRAME_BYTES {
        let problem = format!(
            "the reply is {} bytes long, of at most {MAX_FRAME_BYTES}: ask for less",
            text.len()
        );
        let refusal = Refusal::of_the_protocol(ErrorCode::TooLarge, problem);
        return Err(NoReply::TooLarge(refusal));
    }
    Ok(with(text))
}

/// A refusal as a frame.
pub(crate) fn error(id: Option<&RequestId>, refusal: &Refusal) -> Result<Reply, String> {
    let frame = ErrorFrame {
        id,
        code: refusal.code,
        message: &refusal.message,
        retry_after_ms: refusal.retry_after_ms,
        fatal: refusal.fatal,
    };
    let text = serde_json::to_string(&frame).map_err(|error| error.to_string())?;
    Ok(with(text))
}

fn with(body: String) -> Reply {
    Reply {
        body: Some(body),
        ..Reply::silent()
    }
}
