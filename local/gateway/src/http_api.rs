//! The data plane of an HTTP API: each request takes its most specific route, and the route's function answers it.

mod cors;
mod event;
mod reply;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use tidegate_local_cloud::route_key::Match;
use tidegate_local_cloud::system::{HttpApi, HttpIntegration, HttpRoute, HttpStage, Throttle};
use tidegate_local_functions::InvokeError;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::gateway::Shared;
use crate::http_service::{Answer, message};
use crate::invoke::{self, Failed};
use crate::listen;
use crate::signature;
use crate::throttle::Bucket;

const REQUEST_ID: HeaderName = HeaderName::from_static("apigw-requestid");

/// An HTTP API that is served. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HttpGateway {
    served: Arc<Served>,
}

#[derive(Debug)]
struct Served {
    shared: Arc<Shared>,
    api: HttpApi,
    stage: Option<ServedStage>,
    /// Requests that are being answered.
    tasks: TaskTracker,
    closing: CancellationToken,
}

#[derive(Debug)]
struct ServedStage {
    stage: HttpStage,
    default_bucket: Bucket,
    route_buckets: HashMap<String, Bucket>,
}

/// A request on its way to its function.
struct Call<'a> {
    id: &'a str,
    peer: SocketAddr,
    now_ms: u64,
    head: &'a Parts,
}

impl HttpGateway {
    pub(crate) fn new(shared: Arc<Shared>, mut api: HttpApi) -> Self {
        let now_ms = shared.clock.now_ms();
        let bucket =
            |(key, throttle): (&String, &Throttle)| (key.clone(), Bucket::full(*throttle, now_ms));
        let stage = api.stage.take().map(|stage| ServedStage {
            default_bucket: Bucket::full(stage.throttle, now_ms),
            route_buckets: stage.route_throttles.iter().map(bucket).collect(),
            stage,
        });
        Self {
            served: Arc::new(Served {
                shared,
                api,
                stage,
                tasks: TaskTracker::new(),
                closing: CancellationToken::new(),
            }),
        }
    }

    /// Serves until `shutdown` is cancelled; then answers what it has taken, and returns.
    pub async fn serve(&self, listener: TcpListener, shutdown: CancellationToken) {
        let served = Arc::clone(&self.served);
        listen::accept(
            &self.served.shared,
            listener,
            &shutdown,
            move |peer, request| {
                let served = Arc::clone(&served);
                async move { served.answer(peer, request).await }
            },
        )
        .await;
        self.served.closing.cancel();
        self.served.tasks.close();
        self.served.tasks.wait().await;
    }
}

impl ServedStage {
    /// The route that takes a request.
    fn route(&self, head: &Parts) -> Option<(Match, &HttpRoute)> {
        let routes = self.stage.routes.iter().filter_map(|route| {
            let matched = route.key.takes(head.method.as_str(), head.uri.path())?;
            Some((matched, route))
        });
        routes.min_by(|(one, _), (other, _)| one.cmp(other))
    }

    fn admits(&self, route_key: &str, now_ms: u64) -> bool {
        self.route_buckets
            .get(route_key)
            .unwrap_or(&self.default_bucket)
            .take(now_ms)
    }
}

impl Served {
    async fn answer(&self, peer: SocketAddr, request: Request<Incoming>) -> Answer {
        let _tracked = self.tasks.token();
        let id = self.shared.fork_ids().next();
        let (head, body) = request.into_parts();
        let call = Call {
            id: &id,
            peer,
            now_ms: self.shared.clock.now_ms(),
            head: &head,
        };
        let mut answer = self
            .respond(&call, body)
            .await
            .unwrap_or_else(|refused| refused);
        if let Some(cors) = &self.api.cors {
            cors::apply(cors, &head.headers, answer.headers_mut());
        }
        if let Ok(id) = HeaderValue::from_str(&id) {
            answer.headers_mut().insert(REQUEST_ID, id);
        }
        answer
    }

    /// Everything that must be right before a function is invoked, in the order in which API Gateway looks.
    async fn respond(&self, call: &Call<'_>, body: Incoming) -> Result<Answer, Answer> {
        if self.closing.is_cancelled() {
            return Err(message(
                StatusCode::SERVICE_UNAVAILABLE,
                "Service Unavailable",
            ));
        }
        if head_bytes(call.head) > self.shared.limits.header_bytes {
            return Err(message(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "Request Header Fields Too Large",
            ));
        }
        let not_found = || message(StatusCode::NOT_FOUND, "Not Found");
        let stage = self.stage.as_ref().ok_or_else(not_found)?;
        let too_many = || message(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
        if !self.shared.requests.take(call.now_ms) {
            return Err(too_many());
        }
        let found = stage.route(call.head);
        if let Some(cors) = &self.api.cors
            && cors::is_preflight(call.head)
            // An authorized route that takes every method takes preflights too, which bear no credentials: on AWS as
            // here, such an API needs a public `OPTIONS` route beside it.
            && !found.as_ref().is_some_and(|(_, route)| route.iam)
        {
            return Ok(cors::preflight(cors, &call.head.headers));
        }
        let (matched, route) = found.ok_or_else(not_found)?;
        if !stage.admits(route.key.as_str(), call.now_ms) {
            return Err(too_many());
        }
        let caller = match route.iam {
            true => {
                let key = &self.shared.access_key_id;
                signature::check(&call.head.headers, key)
                    .map_err(|_| message(StatusCode::FORBIDDEN, "Forbidden"))?;
                Some(event::Caller::of_account(key, &self.api.account))
            }
            false => None,
        };
        let broken = || message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
        let integration = route.integration.as_ref().ok_or_else(broken)?;
        let body = self.body(body).await?;
        let request = event::Request {
            api: &self.api,
            stage: &stage.stage,
            route_key: route.key.as_str(),
            parameters: matched.parameters,
            caller,
            body,
        };
        let payload = request.into_payload(call, &self.shared);
        self.invoke(route.key.as_str(), integration, payload).await
    }

    async fn body(&self, body: Incoming) -> Result<Bytes, Answer> {
        let most = usize::try_from(self.shared.limits.http_body_bytes).unwrap_or(usize::MAX);
        let collected = tokio::select! {
            collected = Limited::new(body, most).collect() => collected,
            // A client that does not send on must not keep the runtime from ending.
            () = self.closing.cancelled() => {
                return Err(message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"));
            }
        };
        match collected {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => {
                Err(message(StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long"))
            }
            Err(_) => Err(message(StatusCode::BAD_REQUEST, "Bad Request")),
        }
    }

    async fn invoke(
        &self,
        route: &str,
        integration: &HttpIntegration,
        payload: Bytes,
    ) -> Result<Answer, Answer> {
        let broken = || message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
        let unavailable = || message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable");
        let HttpIntegration {
            function: name,
            timeout,
            permitted,
        } = integration;
        let function = self.shared.functions.get(name).filter(|_| *permitted);
        let Some(function) = function else {
            invoke::not_permitted(route, name);
            return Err(broken());
        };
        let timeout = (*timeout).min(self.shared.limits.http_integration_timeout());
        let answer = invoke::within(&self.shared.clock, function, route, payload, timeout)
            .await
            .map_err(|failed| match failed {
                Failed::TimedOut | Failed::Function(InvokeError::Throttled { .. }) => unavailable(),
                _ => broken(),
            })?;
        let mut answer = reply::read(&answer).map_err(|problem| {
            tracing::warn!(route, "the function's answer is no answer: {problem}");
            broken()
        })?;
        if self.api.cors.is_some() {
            cors::strip(answer.headers_mut());
        }
        Ok(answer)
    }
}

fn head_bytes(head: &Parts) -> u64 {
    let line = head.method.as_str().len()
        + head
            .uri
            .path_and_query()
            .map_or(0, |path| path.as_str().len());
    let headers: usize = head
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    u64::try_from(line + headers).unwrap_or(u64::MAX)
}
