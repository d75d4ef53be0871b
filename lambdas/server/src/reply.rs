//! Answers as JSON.

use serde::Serialize;
use tidegate_lambda::Reply;
use tidegate_server_api::ApiError;

/// A body with this status. It is about one moment: nobody may keep it.
pub(crate) fn json<T: Serialize>(status: u16, body: &T) -> Result<Reply, String> {
    let body = serde_json::to_string(body).map_err(|error| error.to_string())?;
    let reply = Reply {
        body: Some(body),
        ..Reply::status(status)
    };
    Ok(reply
        .header("content-type", "application/json")
        .header("cache-control", "no-store"))
}

/// The answer that says what went wrong.
pub(crate) fn error(error: &ApiError) -> Result<Reply, String> {
    let reply = json(error.code.status(), error)?;
    Ok(match error.retry_after_ms {
        // The header has whole seconds: never before what the body says.
        Some(after) => reply.header("retry-after", after.div_ceil(1_000).max(1).to_string()),
        None => reply,
    })
}
