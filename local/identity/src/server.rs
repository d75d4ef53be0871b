//! The issuer over HTTP.
//!
//! | request | answer |
//! |---|---|
//! | `GET /{pool}/.well-known/jwks.json` | the public keys |
//! | `GET /{pool}/.well-known/openid-configuration` | issuer and place of the keys |
//! | `POST /{pool}/local/token` | an access token; only here, never on AWS |

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ORIGIN};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::{Identity, IssueError, TokenRequest};

/// More than the longest request that is right.
const MAX_BODY_BYTES: usize = 32 * 1024;
/// How long to wait when no connection can be taken, which is when there are too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

type Answer = Response<Full<Bytes>>;

impl Identity {
    /// Serves until `shutdown`, which ends what is still under way: every answer takes a few milliseconds at most.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let mut connections = JoinSet::new();
        tokio::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    connections.spawn(Arc::clone(&self).connection(stream));
                }
                Err(error) => {
                    tracing::warn!(%error, "the local issuer cannot take a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
            while connections.try_join_next().is_some() {}
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream) {
        let service = service_fn(move |request| {
            let identity = Arc::clone(&self);
            async move { Ok::<_, Infallible>(identity.answer(request).await) }
        });
        let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        if let Err(error) = served.await {
            tracing::debug!(%error, "a connection to the local issuer ended");
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().to_owned();
        let (pool, rest) = path
            .trim_start_matches('/')
            .split_once('/')
            .unwrap_or_default();
        match rest {
            ".well-known/jwks.json" => self.read(&request, pool, || json!(self.key.public())),
            ".well-known/openid-configuration" => {
                self.read(&request, pool, || self.configuration(pool))
            }
            "local/token" => self.token(request, pool).await,
            _ => failure(
                StatusCode::NOT_FOUND,
                "not_found",
                "there is nothing here: /{pool}/.well-known/jwks.json, \
                 /{pool}/.well-known/openid-configuration and /{pool}/local/token are what there is",
            ),
        }
    }

    fn read(
        &self,
        request: &Request<Incoming>,
        pool: &str,
        document: impl FnOnce() -> Value,
    ) -> Answer {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return not_allowed("GET, HEAD");
        }
        match self.pool(pool) {
            Some(_) => answer(StatusCode::OK, &document()),
            None => refused(&IssueError::Pool(pool.to_owned())),
        }
    }

    /// What OpenID Connect Discovery 1.0 asks for, without endpoints that are not here.
    fn configuration(&self, pool: &str) -> Value {
        let issuer = self.issuer(pool);
        json!({
            "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
            "issuer": issuer,
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": [],
            "scopes_supported": ["openid"],
            "subject_types_supported": ["public"],
        })
    }

    async fn token(&self, request: Request<Incoming>, pool: &str) -> Answer {
        if request.method() != Method::POST {
            return not_allowed("POST");
        }
        // Browsers set it on every POST, whatever its page asks for and even for a page of no origin.
        if request.headers().contains_key(ORIGIN) {
            return failure(
                StatusCode::FORBIDDEN,
                "origin",
                "tokens are not given to web pages: any page open in a browser on this machine could ask for one. \
                 Get the token outside, and give it to the page",
            );
        }
        let body = match Limited::new(request.into_body(), MAX_BODY_BYTES)
            .collect()
            .await
        {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return failure(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "too_large",
                    &format!("the body may have at most {MAX_BODY_BYTES} bytes"),
                );
            }
            Err(_) => {
                return failure(
                    StatusCode::BAD_REQUEST,
                    "bad_request",
                    "the body is not complete",
                );
            }
        };
        let request: TokenRequest = match serde_json::from_slice(&body) {
            Ok(request) => request,
            Err(error) => {
                let problem = format!(
                    "the body must be like {{\"user\": \"alice\", \"groups\": [\"team:red\"]}}: {error}"
                );
                return failure(StatusCode::BAD_REQUEST, "bad_request", &problem);
            }
        };
        match self.issue(pool, &request) {
            Ok(issued) => {
                let mut answer = answer(StatusCode::OK, &json!(issued));
                let headers = answer.headers_mut();
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
                answer
            }
            Err(error) => refused(&error),
        }
    }
}

fn refused(error: &IssueError) -> Answer {
    let (status, code) = match error {
        IssueError::Pool(_) => (StatusCode::NOT_FOUND, "unknown_pool"),
        IssueError::Client { .. } | IssueError::WhichClient { .. } => {
            (StatusCode::BAD_REQUEST, "unknown_client")
        }
        IssueError::User => (StatusCode::BAD_REQUEST, "bad_user"),
        IssueError::Groups => (StatusCode::BAD_REQUEST, "bad_groups"),
        IssueError::ExpiresIn => (StatusCode::BAD_REQUEST, "bad_expiry"),
        IssueError::Signing => (StatusCode::INTERNAL_SERVER_ERROR, "signing"),
    };
    failure(status, code, &error.to_string())
}

fn not_allowed(allowed: &'static str) -> Answer {
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

fn failure(status: StatusCode, code: &str, message: &str) -> Answer {
    answer(status, &json!({"error": code, "message": message}))
}

fn answer(status: StatusCode, document: &Value) -> Answer {
    let mut answer = Response::new(Full::from(document.to_string()));
    *answer.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}
