//! Answers over HTTP.

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, SET_COOKIE,
};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use super::SESSION_COOKIE;
use crate::IssueError;
use crate::admin::AdminError;
use crate::authorization::{self, SessionChange};
use crate::grants::SESSION_S;

pub(super) type Answer = Response<Full<Bytes>>;

/// Nothing is loaded, nothing is run, and no other page shows this one in itself.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// What a browser is answered that signs in to the pool with the id `pool`.
pub(super) fn page(what: authorization::Answer, pool: &str) -> Answer {
    let answer = match what {
        authorization::Answer::Wrong(html) => shown(StatusCode::BAD_REQUEST, html),
        authorization::Answer::Page(html) => shown(StatusCode::OK, html),
        authorization::Answer::Go { location, session } => elsewhere(&location, &session, pool),
        authorization::Answer::Failed => failed(),
    };
    kept_nowhere(answer)
}

fn failed() -> Answer {
    failure(
        StatusCode::INTERNAL_SERVER_ERROR,
        "server_error",
        "the answer could not be made",
    )
}

fn shown(status: StatusCode, html: String) -> Answer {
    let mut answer = Response::new(Full::from(html));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(CONTENT_TYPE, html);
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    answer
}

fn elsewhere(location: &str, session: &SessionChange, pool: &str) -> Answer {
    let cookie = match session {
        SessionChange::None => None,
        SessionChange::Start(id) => Some((id.as_str(), SESSION_S)),
        SessionChange::End => Some(("", 0)),
    };
    let cookie = cookie.map(|(id, seconds)| {
        format!("{SESSION_COOKIE}={id}; Path=/{pool}; Max-Age={seconds}; HttpOnly; SameSite=Lax")
    });
    let Ok(location) = HeaderValue::try_from(location) else {
        return failed();
    };
    let mut answer = Answer::default();
    *answer.status_mut() = StatusCode::FOUND;
    let headers = answer.headers_mut();
    headers.insert(LOCATION, location);
    if let Some(Ok(cookie)) = cookie.map(HeaderValue::try_from) {
        headers.insert(SET_COOKIE, cookie);
    }
    answer
}

/// What administrators are answered.
pub(super) fn admin(done: Result<Value, AdminError>) -> Answer {
    let mut answer = match done {
        Ok(document) => answer(StatusCode::OK, &document),
        Err(AdminError { name, message }) => {
            let document = json!({"__type": name, "message": message});
            let mut answer = answer(StatusCode::BAD_REQUEST, &document);
            let name = HeaderValue::from_static(name);
            answer.headers_mut().insert(ERROR_TYPE, name);
            answer
        }
    };
    let json = HeaderValue::from_static("application/x-amz-json-1.1");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}

/// The answer, which neither browser nor proxy may keep.
pub(super) fn kept_nowhere(mut answer: Answer) -> Answer {
    let no_store = HeaderValue::from_static("no-store");
    answer.headers_mut().insert(CACHE_CONTROL, no_store);
    answer
}

pub(super) fn refused(error: &IssueError) -> Answer {
    let (status, code) = match error {
        IssueError::Pool(_) => (StatusCode::NOT_FOUND, "unknown_pool"),
        IssueError::Client { .. } | IssueError::WhichClient { .. } => {
            (StatusCode::BAD_REQUEST, "unknown_client")
        }
        IssueError::User => (StatusCode::BAD_REQUEST, "bad_user"),
        IssueError::Groups => (StatusCode::BAD_REQUEST, "bad_groups"),
        IssueError::Disabled(_) => (StatusCode::FORBIDDEN, "disabled"),
        IssueError::ExpiresIn => (StatusCode::BAD_REQUEST, "bad_expiry"),
        IssueError::Signing => (StatusCode::INTERNAL_SERVER_ERROR, "signing"),
    };
    failure(status, code, &error.to_string())
}

pub(super) fn not_allowed(allowed: &'static str) -> Answer {
    let message = format!("this takes {allowed} only");
    let mut answer = failure(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        &message,
    );
    let headers = answer.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}

pub(super) fn failure(status: StatusCode, code: &str, message: &str) -> Answer {
    answer(status, &json!({"error": code, "message": message}))
}

pub(super) fn answer(status: StatusCode, document: &Value) -> Answer {
    let mut answer = Response::new(Full::from(document.to_string()));
    *answer.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}
