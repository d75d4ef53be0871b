//! The Runtime API of one environment, version 2018-06-01.
//!
//! One HTTP server per environment, as on Lambda: the connection says which process asks. The answers and their texts
//! are those of Lambda's own runtime interface emulator.

mod answer;
mod body;
mod failure;
mod faults;
mod next;
mod respond;

use std::convert::Infallible;
use std::sync::Arc;

use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use self::faults::Crash;
use crate::function::Shared;
use crate::logs::Output;
use crate::scheduler::{EnvironmentId, Start};
use crate::{FunctionSpec, RequestId};

type Answer = Response<Full<Bytes>>;

/// What the connections of one process share.
#[derive(Debug)]
pub(crate) struct Session {
    shared: Arc<Shared>,
    id: EnvironmentId,
    arn: HeaderValue,
    output: Arc<Output>,
    crash: Crash,
}

impl Session {
    pub(crate) fn new(shared: Arc<Shared>, start: &Start, output: Arc<Output>) -> Session {
        let FunctionSpec { arn, .. } = &*start.spec;
        let arn = HeaderValue::from_str(arn).unwrap_or_else(|_| HeaderValue::from_static(""));
        Session {
            shared,
            id: start.id,
            arn,
            output,
            crash: Crash::new(start),
        }
    }
}

/// Serves one connection of the process until one of both closes it.
pub(crate) async fn serve(stream: TcpStream, session: Arc<Session>) {
    // An answer is one write: waiting for more would only delay it.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let session = Arc::clone(&session);
        async move { Ok::<_, Infallible>(route(&session, request).await) }
    });
    let served = http1::Builder::new()
        .auto_date_header(false)
        .half_close(false)
        .keep_alive(true)
        // An event is small: copied behind its headers it costs less than as a second buffer of the write.
        .writev(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        // Processes end as they like; their supervisor knows.
        tracing::trace!(%error, "a Runtime API connection ended");
    }
}

async fn route(session: &Session, request: Request<Incoming>) -> Answer {
    const PREFIX: &str = "/2018-06-01/runtime/";
    let path = request.uri().path();
    let Some(rest) = path.strip_prefix(PREFIX) else {
        return elsewhere(path);
    };
    match rest.strip_prefix("invocation/") {
        Some("next") if request.method() == Method::GET => next::next(session).await,
        Some(rest) => match rest.split_once('/') {
            Some((id, "response")) if request.method() == Method::POST => {
                let id = RequestId::decode(id);
                respond::response(session, id, request).await
            }
            Some((id, "error")) if request.method() == Method::POST => {
                let id = RequestId::decode(id);
                respond::error(session, id, request).await
            }
            Some((_, "response" | "error")) => answer::not_allowed(),
            _ if rest == "next" => answer::not_allowed(),
            _ => answer::not_found(path),
        },
        None if rest == "init/error" => {
            if request.method() == Method::POST {
                respond::init_error(session, request).await
            } else {
                answer::not_allowed()
            }
        }
        None if rest.starts_with("restore/") => answer::failure(
            StatusCode::FORBIDDEN,
            "SnapStart.NotSupported",
            "SnapStart is not emulated",
        ),
        None => answer::not_found(path),
    }
}

/// The other APIs that Lambda has at the same address.
fn elsewhere(path: &str) -> Answer {
    match path.split('/').nth(2) {
        Some("extension") => answer::failure(
            StatusCode::FORBIDDEN,
            "Extension.NotSupported",
            "extensions are not emulated",
        ),
        Some("logs" | "telemetry") => answer::failure(
            StatusCode::FORBIDDEN,
            "Telemetry.NotSupported",
            "the Logs and Telemetry APIs are not emulated",
        ),
        _ => answer::not_found(path),
    }
}
