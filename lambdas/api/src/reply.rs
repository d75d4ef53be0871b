//! Answers as JSON.

use serde_json::{Value, json};
use tidegate_lambda::Reply;
use tidegate_tokens::TokenError;

/// When to ask again where nobody says, in seconds.
const RETRY_AFTER_S: u64 = 1;

/// The answer is about one token at one time: nobody may keep it.
pub(crate) fn json_reply(status: u16, body: &Value) -> Reply {
    let reply = Reply {
        body: Some(body.to_string()),
        ..Reply::status(status)
    };
    reply
        .header("content-type", "application/json")
        .header("cache-control", "no-store")
}

/// There is no token, or one that is not accepted: 401, with why.
pub(crate) fn unauthorized(reason: &str) -> Reply {
    json_reply(401, &json!({ "code": "unauthorized", "reason": reason }))
}

/// It cannot be decided now: 503, with when to come back.
pub(crate) fn unavailable() -> Reply {
    let body = json!({ "code": "unavailable", "retryAfterMs": RETRY_AFTER_S * 1000 });
    json_reply(503, &body).header("retry-after", RETRY_AFTER_S.to_string())
}

/// What a client can do something about, each by its own name; all else is just not valid.
pub(crate) const fn reason(error: Option<&TokenError>) -> &'static str {
    match error {
        None => "missing",
        Some(TokenError::Expired) => "expired",
        Some(TokenError::NotYetValid) => "not_yet_valid",
        Some(TokenError::Issuer) => "wrong_issuer",
        Some(TokenError::Client) => "wrong_client",
        Some(TokenError::Use) => "not_an_access_token",
        Some(TokenError::Lifetime) => "lives_too_long",
        Some(_) => "invalid",
    }
}
