//! The bus over HTTP: `POST /` with `X-Amz-Target: AWSEvents.<operation>`.

use std::convert::Infallible;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::error::EventsError;
use crate::events::Events;

const TARGET: &str = "x-amz-target";
const SERVICE: &str = "AWSEvents.";
/// Longer than any call that EventBridge takes, each character of which may be escaped in six.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;
/// How long to wait when no connection can be taken, which is when there are too many open files.
const ACCEPT_PAUSE_MS: u64 = 100;

type Answer = Response<Full<Bytes>>;

impl Events {
    /// Serves until `shutdown`, which ends what is still under way.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) {
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = shutdown.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    connections.spawn(self.clone().connection(stream));
                }
                Err(error) => {
                    warn!(%error, "the event bus cannot take a connection");
                    let clock = &self.shared.clock;
                    let until_ms = clock.now_ms().saturating_add(ACCEPT_PAUSE_MS);
                    clock.sleep_until(until_ms).await;
                }
            }
            while connections.try_join_next().is_some() {}
        }
    }

    async fn connection(self, stream: TcpStream) {
        // Without it, an answer of two packets waits for the client's acknowledgement of the first.
        let _only_slower = stream.set_nodelay(true);
        let service = service_fn(move |request| {
            let events = self.clone();
            async move { Ok::<_, Infallible>(events.answer(request).await) }
        });
        let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        if let Err(error) = served.await {
            debug!(%error, "a connection to the event bus ended");
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let answered = match self.operation(&request) {
            Ok(operation) => match body(request).await {
                Ok(body) => self.call(&operation, &body),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        let mut answer = match answered {
            Ok(output) => answer(StatusCode::OK, &output),
            Err(error) => {
                let body = json!({ "__type": error.code, "message": error.message });
                answer(error.status(), &body)
            }
        };
        if let Ok(id) = HeaderValue::from_str(&self.shared.uuid()) {
            answer.headers_mut().insert("x-amzn-requestid", id);
        }
        answer
    }

    fn operation(&self, request: &Request<Incoming>) -> Result<String, EventsError> {
        self.check_signature(request)?;
        let target = request.headers().get(TARGET);
        let target = target.and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.strip_prefix(SERVICE));
        match operation {
            Some(operation) if request.method() == Method::POST => Ok(operation.to_owned()),
            _ => Err(EventsError::not_emulated(
                "only POST with X-Amz-Target: AWSEvents.<operation> is taken, the AWS JSON 1.1 protocol; anything else",
            )),
        }
    }

    /// Callers must sign for this account, as on AWS; the signature itself is not recomputed, for whoever can read the
    /// key of a runtime on this machine can sign with it.
    fn check_signature(&self, request: &Request<Incoming>) -> Result<(), EventsError> {
        let authorization = request.headers().get(AUTHORIZATION);
        let authorization = authorization.and_then(|value| value.to_str().ok());
        let credential =
            authorization.and_then(|value| value.strip_prefix("AWS4-HMAC-SHA256 Credential="));
        let Some(credential) = credential else {
            return Err(EventsError::new(
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            ));
        };
        if credential.split('/').next() == Some(&self.shared.access_key_id) {
            return Ok(());
        }
        Err(EventsError::new(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ))
    }
}

async fn body(request: Request<Incoming>) -> Result<Bytes, EventsError> {
    let body = Limited::new(request.into_body(), MAX_BODY_BYTES);
    let body = body.collect().await.map_err(|_| {
        EventsError::new(
            "RequestEntityTooLargeException",
            "The request is not complete, or longer than any that can be right.",
        )
    })?;
    Ok(body.to_bytes())
}

fn answer(status: StatusCode, body: &Value) -> Answer {
    let mut answer = Response::new(Full::from(body.to_string()));
    *answer.status_mut() = status;
    let json = HeaderValue::from_static("application/x-amz-json-1.1");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}
