//! `GET /connect-check`: why a handshake is refused.
//!
//! A browser's `WebSocket` shows no status of a handshake that failed. So a client that failed twice asks here, with the
//! same token (in `Authorization`) and the same query, and is told what the authorizer decides about them.

use serde_json::{Value, json};
use tidegate_access::{AccessControl, Attempt, Decision, bearer};
use tidegate_core::channel::{Channel, ChannelError};
use tidegate_core::protocol::{ROOM_NAMESPACE, ROOM_PARAMETER};
use tidegate_lambda::{HttpEvent, Reply};
use tidegate_tokens::TokenError;

/// When to ask again while the issuer's keys cannot be had, in seconds.
const RETRY_AFTER_S: u64 = 1;

/// What a handshake would be answered.
pub(crate) enum Checked {
    /// It would be let in.
    Welcome,
    /// It has no token, or one that is not accepted: 401.
    Unauthorized(&'static str),
    /// Its user may not do this: 403.
    Denied,
    /// `$connect` would refuse the room: 400.
    Room(ChannelError),
    /// It cannot be decided now: 500 in the handshake, 503 here.
    Unavailable,
}

/// Decides as the authorizer would, and then as `$connect` would about the room's name.
pub(crate) async fn check(access: &AccessControl, event: &HttpEvent, now_ms: u64) -> Checked {
    let room = event.query(ROOM_PARAMETER);
    let attempt = Attempt {
        token: event.header("authorization").and_then(bearer),
        room: room.as_deref(),
    };
    match access.decide(attempt, now_ms).await {
        Decision::Allow(_) => match room.map(|name| Channel::new(ROOM_NAMESPACE, &name)) {
            Some(Err(error)) => Checked::Room(error),
            Some(Ok(_)) | None => Checked::Welcome,
        },
        Decision::Deny { .. } => Checked::Denied,
        Decision::Unauthorized(error) => Checked::Unauthorized(reason(error.as_ref())),
        Decision::Unavailable(_) => Checked::Unavailable,
    }
}

/// What a client can do something about, each by its own name; all else is just not valid.
const fn reason(error: Option<&TokenError>) -> &'static str {
    match error {
        None => "missing",
        Some(TokenError::Expired) => "expired",
        Some(TokenError::NotYetValid) => "not_yet_valid",
        Some(TokenError::Issuer) => "wrong_issuer",
        Some(TokenError::Client) => "wrong_client",
        Some(TokenError::Use) => "not_an_access_token",
        Some(_) => "invalid",
    }
}

impl Checked {
    /// The outcome for the log line: the words of the authorizer and of `$connect`.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::Welcome => "ok",
            Self::Unauthorized(_) => "unauthorized",
            Self::Denied => "denied",
            Self::Room(_) => "bad_room",
            Self::Unavailable => "unavailable",
        }
    }

    /// The answer.
    pub(crate) fn reply(&self) -> Reply {
        let code = self.outcome();
        match self {
            Self::Welcome => json_reply(200, &json!({ "ok": true })),
            Self::Unauthorized(reason) => {
                json_reply(401, &json!({ "code": code, "reason": reason }))
            }
            Self::Denied => json_reply(403, &json!({ "code": code })),
            Self::Room(error) => {
                json_reply(400, &json!({ "code": code, "message": error.to_string() }))
            }
            Self::Unavailable => {
                let body = json!({ "code": code, "retryAfterMs": RETRY_AFTER_S * 1000 });
                json_reply(503, &body).header("retry-after", RETRY_AFTER_S.to_string())
            }
        }
    }
}

/// The answer is about one token at one time: nobody may keep it.
fn json_reply(status: u16, body: &Value) -> Reply {
    let reply = Reply {
        body: Some(body.to_string()),
        ..Reply::status(status)
    };
    reply
        .header("content-type", "application/json")
        .header("cache-control", "no-store")
}
