//! The answers that do not depend on the function.

use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Bytes;
use serde::Serialize;

use super::Answer;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure<'a> {
    error_message: &'a str,
    error_type: &'a str,
}

/// 202 and `{"status":"OK"}`.
pub(super) fn accepted() -> Answer {
    json(
        StatusCode::ACCEPTED,
        Bytes::from_static(b"{\"status\":\"OK\"}\n"),
    )
}

pub(super) fn failure(status: StatusCode, error_type: &str, error_message: &str) -> Answer {
    let body = serde_json::to_vec(&Failure {
        error_message,
        error_type,
    })
    .unwrap_or_default();
    json(status, body.into())
}

/// 404: no such path.
pub(super) fn not_found(path: &str) -> Answer {
    failure(
        StatusCode::NOT_FOUND,
        "NotFound",
        &format!("the Runtime API has no {path}"),
    )
}

/// 405: the path has another method.
pub(super) fn not_allowed() -> Answer {
    failure(
        StatusCode::METHOD_NOT_ALLOWED,
        "MethodNotAllowed",
        "the path is asked for with another method",
    )
}

/// 400: the request id is not that of an invocation of this environment.
pub(super) fn invalid_request_id() -> Answer {
    failure(
        StatusCode::BAD_REQUEST,
        "InvalidRequestID",
        "Invalid request ID",
    )
}

/// 403: the call does not fit what the process is at.
pub(super) fn invalid_transition(what: &str) -> Answer {
    failure(StatusCode::FORBIDDEN, "InvalidStateTransition", what)
}

/// 413: the body is larger than it may be.
pub(super) fn too_large(limit: usize) -> Answer {
    let message = format!("Exceeded maximum allowed payload size ({limit} bytes).");
    failure(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestEntityTooLarge",
        &message,
    )
}

fn json(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, JSON);
    answer
}
