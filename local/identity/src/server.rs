//! The issuer over HTTP.
//!
//! | request | answer |
//! |---|---|
//! | `GET /{pool}/.well-known/jwks.json` | the public keys |
//! | `GET /{pool}/.well-known/openid-configuration` | issuer, place of the keys, and of what is below where there is any |
//! | `GET /{pool}/oauth2/authorize`, `GET` and `POST /{pool}/login` | a code for the app, once somebody has signed in |
//! | `POST /{pool}/oauth2/token`, `POST /{pool}/oauth2/revoke` | tokens for a code or a refresh token, and their end |
//! | `GET /{pool}/logout` | the browser's session ends |
//! | `POST /` with `X-Amz-Target` | the API for administrators |
//! | `POST /{pool}/local/token` | an access token; only here, never on AWS |
//!
//! As with Cognito, the pages and the OAuth endpoints are there only where the pool has a domain.

mod answers;

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, COOKIE, ORIGIN};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tidegate_local_cloud::system::UserPool;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use self::answers::{Answer, answer, failure, kept_nowhere, not_allowed, page, refused};
use crate::exchange::ExchangeError;
use crate::{Identity, IssueError, TokenRequest, admin};

/// More than the longest request that is right.
const MAX_BODY_BYTES: usize = 32 * 1024;
/// How long to wait when no connection can be taken, which is when there are too many open files.
const ACCEPT_PAUSE_MS: u64 = 100;
/// The browser's session, as Cognito names the cookie.
const SESSION_COOKIE: &str = "cognito";

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
                    let until_ms = self.clock.now_ms().saturating_add(ACCEPT_PAUSE_MS);
                    self.clock.sleep_until(until_ms).await;
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
        if path == "/" && request.headers().contains_key(admin::TARGET) {
            return self.admin(request).await;
        }
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
            "oauth2/authorize" | "oauth2/token" | "oauth2/revoke" | "login" | "logout" => {
                match self.pool(pool).filter(|pool| pool.domain.is_some()) {
                    Some(pool) => self.sign_in_service(request, &pool, rest).await,
                    None => failure(
                        StatusCode::NOT_FOUND,
                        "not_found",
                        &format!(
                            "there is no user pool `{pool}` with a domain, and without one it has no pages to sign in on: \
                             a UserPoolDomain gives it one"
                        ),
                    ),
                }
            }
            _ => failure(
                StatusCode::NOT_FOUND,
                "not_found",
                "there is nothing here: /{pool}/.well-known/openid-configuration says what there is, and beside it is \
                 /{pool}/local/token",
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
        let mut configuration = json!({
            "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
            "issuer": issuer,
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": [],
            "scopes_supported": ["openid"],
            "subject_types_supported": ["public"],
        });
        if self.pool(pool).is_some_and(|pool| pool.domain.is_some()) {
            for (name, place) in [
                ("authorization_endpoint", "oauth2/authorize"),
                ("token_endpoint", "oauth2/token"),
                ("revocation_endpoint", "oauth2/revoke"),
                ("end_session_endpoint", "logout"),
            ] {
                configuration[name] = json!(format!("{issuer}/{place}"));
            }
            configuration["response_types_supported"] = json!(["code"]);
            configuration["scopes_supported"] = json!(["openid", "email", "phone", "profile"]);
            configuration["grant_types_supported"] = json!(["authorization_code", "refresh_token"]);
            configuration["code_challenge_methods_supported"] = json!(["S256"]);
            configuration["token_endpoint_auth_methods_supported"] = json!(["none"]);
        }
        configuration
    }

    async fn sign_in_service(
        &self,
        request: Request<Incoming>,
        pool: &UserPool,
        place: &str,
    ) -> Answer {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let session = cookie(request.headers());
        match (place, request.method().clone()) {
            ("oauth2/authorize", Method::GET) => {
                page(self.authorize(pool, &query, session.as_deref()), &pool.id)
            }
            ("login", Method::GET) => page(self.sign_in_page(pool, &query), &pool.id),
            ("logout", Method::GET) => {
                page(self.logout(pool, &query, session.as_deref()), &pool.id)
            }
            ("login", Method::POST) => self.signed_in_page(request, pool, &query).await,
            ("oauth2/token" | "oauth2/revoke", Method::POST) => {
                self.exchanged(request, pool, place).await
            }
            ("login", _) => not_allowed("GET, POST"),
            ("oauth2/token" | "oauth2/revoke", _) => not_allowed("POST"),
            _ => not_allowed("GET"),
        }
    }

    async fn signed_in_page(
        &self,
        request: Request<Incoming>,
        pool: &UserPool,
        query: &str,
    ) -> Answer {
        // No password keeps another page from filling in the form, so it must be our own that did.
        let origin = request.headers().get(ORIGIN);
        if origin.is_some_and(|origin| origin.as_bytes() != self.base_url.as_bytes()) {
            return failure(
                StatusCode::FORBIDDEN,
                "origin",
                "another page sent this form: sign in on the page of the user pool itself",
            );
        }
        match body(request).await {
            Ok(form) => page(self.sign_in(pool, query, &form), &pool.id),
            Err(answer) => answer,
        }
    }

    async fn exchanged(&self, request: Request<Incoming>, pool: &UserPool, place: &str) -> Answer {
        let form = match body(request).await {
            Ok(form) => form,
            Err(answer) => return answer,
        };
        let done = if place == "oauth2/revoke" {
            self.revoke(pool, &form).map(|()| None)
        } else {
            self.exchange(pool, &form).map(|tokens| Some(json!(tokens)))
        };
        let mut answer = match done {
            Ok(Some(tokens)) => answer(StatusCode::OK, &tokens),
            Ok(None) => Answer::default(),
            Err(ExchangeError::Server) => answer(
                StatusCode::INTERNAL_SERVER_ERROR,
                &json!({"error": ExchangeError::Server.to_string()}),
            ),
            Err(error) => answer(
                StatusCode::BAD_REQUEST,
                &json!({"error": error.to_string()}),
            ),
        };
        // Any page may ask, as with Cognito: without the code and its verifier there is nothing to be had.
        let any = HeaderValue::from_static("*");
        answer
            .headers_mut()
            .insert(ACCESS_CONTROL_ALLOW_ORIGIN, any);
        kept_nowhere(answer)
    }

    async fn admin(&self, request: Request<Incoming>) -> Answer {
        if request.method() != Method::POST {
            return not_allowed("POST");
        }
        if request.headers().contains_key(ORIGIN) {
            return failure(
                StatusCode::FORBIDDEN,
                "origin",
                "web pages do not administer users",
            );
        }
        let headers = request.headers().clone();
        let body = match body(request).await {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        kept_nowhere(answers::admin(self.administer(&headers, &body)))
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
        let body = match body(request).await {
            Ok(body) => body,
            Err(answer) => return answer,
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
            Ok(issued) => kept_nowhere(answer(StatusCode::OK, &json!(issued))),
            Err(error) => refused(&error),
        }
    }
}

async fn body(request: Request<Incoming>) -> Result<Bytes, Answer> {
    match Limited::new(request.into_body(), MAX_BODY_BYTES)
        .collect()
        .await
    {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(failure(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            &format!("the body may have at most {MAX_BODY_BYTES} bytes"),
        )),
        Err(_) => Err(failure(
            StatusCode::BAD_REQUEST,
            "bad_request",
            "the body is not complete",
        )),
    }
}

/// The session of the browser.
fn cookie(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter();
    let mut cookies = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    cookies.find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == SESSION_COOKIE).then(|| value.to_owned())
    })
}
