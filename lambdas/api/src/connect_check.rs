//! `GET /connect-check`: why a handshake is refused.
//!
//! A browser's `WebSocket` shows no status of a handshake that failed. So a client that failed twice asks here, with the
//! same token (in `Authorization`) and the same query, and is told what the authorizer decides about them, and whether the
//! token was revoked. A ticket is not looked at: whoever looked would have spent it. Nor is how many connections the user
//! has: that passes, and so does the client's next try.

use serde_json::json;
use tidegate_access::{Attempt, Decision, bearer};
use tidegate_core::channel::{Channel, ChannelError};
use tidegate_core::protocol::{
    InvalidText, ROOM_NAMESPACE, ROOM_PARAMETER, SESSION_PARAMETER, SessionId,
};
use tidegate_core::rights::Rights;
use tidegate_lambda::{HttpEvent, Reply};

use crate::Api;
use crate::reply::{self, json_reply};

/// What a handshake would be answered.
pub(crate) enum Checked {
    /// It would be let in.
    Welcome,
    /// It has no token, or one that is not accepted: 401.
    Unauthorized(&'static str),
    /// Its user may not do this: 403.
    Denied,
    /// `$connect` would refuse the session: 400.
    Session(InvalidText),
    /// `$connect` would refuse the room: 400.
    Room(ChannelError),
    /// It cannot be decided now: 500 in the handshake, 503 here.
    Unavailable,
}

impl Api {
    /// Decides as the authorizer would, and then as `$connect` would about the names of the session and of the room, and
    /// about the age of the token.
    pub(crate) async fn check(&self, event: &HttpEvent, now_ms: u64) -> Checked {
        let room = event.query(ROOM_PARAMETER);
        let attempt = Attempt {
            token: event.header("authorization").and_then(bearer),
            room: room.as_deref(),
        };
        match self.access.decide(attempt, now_ms).await {
            Decision::Allow(rights) => match names(event, room.as_deref()) {
                Checked::Welcome => self.revoked(&rights).await,
                refused => refused,
            },
            Decision::Deny { .. } => Checked::Denied,
            Decision::Unauthorized(error) => Checked::Unauthorized(reply::reason(error.as_ref())),
            Decision::Unavailable(_) => Checked::Unavailable,
        }
    }

    async fn revoked(&self, rights: &Rights) -> Checked {
        match self.kept.revoked_before(&rights.user).await {
            Ok(Some(before)) if rights.issued_at < before => Checked::Unauthorized("revoked"),
            Ok(_) => Checked::Welcome,
            Err(_) => Checked::Unavailable,
        }
    }
}

fn names(event: &HttpEvent, room: Option<&str>) -> Checked {
    if let Some(Err(error)) = event.query(SESSION_PARAMETER).map(SessionId::new) {
        return Checked::Session(error);
    }
    match room.map(|name| Channel::new(ROOM_NAMESPACE, name)) {
        Some(Err(error)) => Checked::Room(error),
        Some(Ok(_)) | None => Checked::Welcome,
    }
}

impl Checked {
    /// The outcome for the log line: the words of the authorizer and of `$connect`.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::Welcome => "ok",
            Self::Unauthorized(_) => "unauthorized",
            Self::Denied => "denied",
            Self::Session(_) => "bad_session",
            Self::Room(_) => "bad_room",
            Self::Unavailable => "unavailable",
        }
    }

    /// The answer.
    pub(crate) fn reply(&self) -> Reply {
        let code = self.outcome();
        let bad = |message: String| json_reply(400, &json!({ "code": code, "message": message }));
        match self {
            Self::Welcome => json_reply(200, &json!({ "ok": true })),
            Self::Unauthorized(reason) => reply::unauthorized(reason),
            Self::Denied => json_reply(403, &json!({ "code": code })),
            Self::Session(error) => bad(error.to_string()),
            Self::Room(error) => bad(error.to_string()),
            Self::Unavailable => reply::unavailable(),
        }
    }
}
