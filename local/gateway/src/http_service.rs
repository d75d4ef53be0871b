//! What an HTTP request to the gateway is: a handshake, a call of the management API, or neither.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::gateway::Shared;
use crate::{handshake, management};

pub(crate) type Answer = Response<Full<Bytes>>;

/// Answers one request.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Answer {
    let path = request.uri().path();
    let (stage, rest) = path[1.min(path.len())..]
        .split_once('/')
        .unwrap_or((&path[1.min(path.len())..], ""));
    let Some(stage) = shared.stages.get(stage).cloned() else {
        return message(StatusCode::FORBIDDEN, "Forbidden");
    };
    if let Some(connection) = rest.strip_prefix("@connections/") {
        let connection = connection.to_owned();
        return management::serve(&shared, &stage, &connection, request).await;
    }
    if !rest.is_empty() {
        return message(StatusCode::FORBIDDEN, "Forbidden");
    }
    handshake::serve(shared, stage, peer, request).await
}

/// A status with API Gateway's usual body.
pub(crate) fn message(status: StatusCode, text: &str) -> Answer {
    json(status, serde_json::json!({ "message": text }).to_string())
}

pub(crate) fn json(status: StatusCode, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    answer
}

pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = status;
    answer
}
