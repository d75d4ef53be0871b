//! The management API: `POST`, `GET` and `DELETE /{stage}/@connections/{id}`.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use serde_json::json;
use tidegate_local_cloud::faults::Fault;
use tokio::sync::mpsc::error::TrySendError;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::connections::Handle;
use crate::event::iso_time;
use crate::gateway::{ServedStage, Shared};
use crate::http_service::{Answer, empty, json as json_answer, message};
use crate::meters::Meter;
use crate::signature;

/// Answers one call.
pub(crate) async fn serve(
    shared: &Shared,
    stage: &ServedStage,
    connection: &str,
    request: Request<Incoming>,
) -> Answer {
    if let Err(problem) = signature::check(request.headers(), &shared.access_key_id) {
        return message(StatusCode::FORBIDDEN, problem);
    }
    if !shared.requests.take(shared.clock.now_ms()) {
        return failed(
            StatusCode::TOO_MANY_REQUESTS,
            "LimitExceededException",
            "Rate exceeded",
        );
    }
    let id = percent_decode_str(connection).decode_utf8_lossy();
    let Some(handle) = stage.connections.get(&id) else {
        return gone();
    };
    match *request.method() {
        Method::POST if shared.faults.strikes(Fault::PostGone) => gone(),
        Method::POST if shared.faults.strikes(Fault::PostThrottled) => failed(
            StatusCode::TOO_MANY_REQUESTS,
            "LimitExceededException",
            "Rate exceeded",
        ),
        Method::POST => {
            let answer = post(shared, &handle, request).await;
            if answer.status() == StatusCode::OK {
                let now_ms = shared.clock.now_ms();
                stage.meters.count(Meter::Messages, None, now_ms);
            }
            answer
        }
        Method::GET => describe(&handle),
        Method::DELETE => delete(stage, &id),
        _ => message(StatusCode::FORBIDDEN, "Missing Authentication Token"),
    }
}

async fn post(shared: &Shared, handle: &Handle, request: Request<Incoming>) -> Answer {
    let most = usize::try_from(shared.limits.post_bytes).unwrap_or(usize::MAX);
    let body = match Limited::new(request.into_body(), most).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return failed(
                StatusCode::PAYLOAD_TOO_LARGE,
                "PayloadTooLargeException",
                "Payload too large",
            );
        }
        Err(_) => return message(StatusCode::BAD_REQUEST, "Bad Request"),
    };
    let Ok(text) = Utf8Bytes::try_from(Bytes::clone(&body)) else {
        // AWS sends text frames only; what it makes of bytes that are no text is not documented.
        return message(
            StatusCode::BAD_REQUEST,
            "the body must be UTF-8: WebSocket APIs send text frames",
        );
    };
    match handle.frames.try_send(text) {
        Ok(()) => empty(StatusCode::OK),
        Err(TrySendError::Full(_)) => failed(
            StatusCode::TOO_MANY_REQUESTS,
            "LimitExceededException",
            "The client's buffer is full",
        ),
        Err(TrySendError::Closed(_)) => gone(),
    }
}

fn describe(handle: &Handle) -> Answer {
    let body = json!({
        "connectedAt": iso_time(handle.connected_at_ms),
        "identity": { "sourceIp": handle.source_ip, "userAgent": handle.user_agent },
        "lastActiveAt": iso_time(handle.last_active_ms()),
    });
    json_answer(StatusCode::OK, body.to_string())
}

/// The connection is gone for every later call, however long its client takes to hear of it.
fn delete(stage: &ServedStage, id: &str) -> Answer {
    let Some(handle) = stage.connections.remove(id) else {
        return gone();
    };
    handle.deleted.notify_one();
    empty(StatusCode::NO_CONTENT)
}

fn gone() -> Answer {
    failed(StatusCode::GONE, "GoneException", "Gone")
}

fn failed(status: StatusCode, error_type: &'static str, text: &str) -> Answer {
    let mut answer = message(status, text);
    answer
        .headers_mut()
        .insert("x-amzn-errortype", HeaderValue::from_static(error_type));
    answer
}
