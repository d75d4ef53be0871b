//! The queues over HTTP: `POST /` with `X-Amz-Target: AmazonSQS.<operation>`.

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

use crate::error::SqsError;
use crate::queues::Queues;

const TARGET: &str = "x-amz-target";
const SERVICE: &str = "AmazonSQS.";
/// Longer than any call that SQS takes: a mebibyte of messages, each character of which may be escaped in six.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;
/// How long to wait when no connection can be taken, which is when there are too many open files.
const ACCEPT_PAUSE_MS: u64 = 100;

type Answer = Response<Full<Bytes>>;

impl Queues {
    /// Serves until `shutdown`, which ends what is still under way: calls that wait for messages among it.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) {
        let mut connections = JoinSet::new();
        connections.spawn(self.clone().move_messages());
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
                    warn!(%error, "the queues cannot take a connection");
                    let until_ms = self.now_ms().saturating_add(ACCEPT_PAUSE_MS);
                    self.shared.clock.sleep_until(until_ms).await;
                }
            }
            while connections.try_join_next().is_some() {}
        }
    }

    async fn connection(self, stream: TcpStream) {
        // Without it, an answer of two packets waits for the client's acknowledgement of the first.
        let _only_slower = stream.set_nodelay(true);
        let service = service_fn(move |request| {
            let queues = self.clone();
            async move { Ok::<_, Infallible>(queues.answer(request).await) }
        });
        let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        if let Err(error) = served.await {
            debug!(%error, "a connection to the queues ended");
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let request_id = self.state().ids.uuid();
        let answered = match self.operation(&request) {
            Ok(operation) => match body(request).await {
                Ok(body) => self.call(&operation, &body).await,
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        let mut answer = match answered {
            Ok(output) => answer(StatusCode::OK, &output),
            Err(error) => refusal(&error),
        };
        if let Ok(id) = HeaderValue::from_str(&request_id) {
            answer.headers_mut().insert("x-amzn-requestid", id);
        }
        answer
    }

    fn operation(&self, request: &Request<Incoming>) -> Result<String, SqsError> {
        self.check_signature(request)?;
        let target = request.headers().get(TARGET);
        let target = target.and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.strip_prefix(SERVICE));
        match operation {
            Some(operation) if request.method() == Method::POST => Ok(operation.to_owned()),
            _ => Err(SqsError::not_emulated(
                "only POST with X-Amz-Target: AmazonSQS.<operation> is taken, the AWS JSON 1.0 protocol that SDKs speak \
                 since 2024; the query protocol of before",
            )),
        }
    }

    /// Callers must sign for this account, as on AWS; the signature itself is not recomputed, for whoever can read the
    /// key of a runtime on this machine can sign with it.
    fn check_signature(&self, request: &Request<Incoming>) -> Result<(), SqsError> {
        let authorization = request.headers().get(AUTHORIZATION);
        let authorization = authorization.and_then(|value| value.to_str().ok());
        let credential =
            authorization.and_then(|value| value.strip_prefix("AWS4-HMAC-SHA256 Credential="));
        let Some(credential) = credential else {
            return Err(SqsError::new(
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            ));
        };
        if credential.split('/').next() == Some(&self.shared.access_key_id) {
            return Ok(());
        }
        Err(SqsError::new(
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        ))
    }
}

async fn body(request: Request<Incoming>) -> Result<Bytes, SqsError> {
    let body = Limited::new(request.into_body(), MAX_BODY_BYTES);
    let body = body.collect().await.map_err(|_| {
        SqsError::new(
            "InvalidParameterValue",
            "The request is not complete, or longer than any that can be right.",
        )
    })?;
    Ok(body.to_bytes())
}

fn refusal(error: &SqsError) -> Answer {
    let body = json!({ "__type": error.kind(), "message": error.message });
    let mut answer = answer(error.status(), &body);
    if let Ok(code) = HeaderValue::from_str(&error.query_code()) {
        answer.headers_mut().insert("x-amzn-query-error", code);
    }
    answer
}

fn answer(status: StatusCode, body: &Value) -> Answer {
    let mut answer = Response::new(Full::from(body.to_string()));
    *answer.status_mut() = status;
    let json = HeaderValue::from_static("application/x-amz-json-1.0");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}
