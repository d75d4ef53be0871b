//! The handshake: authorizer, then `$connect`, then, and only then, the upgrade.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use serde_json::value::RawValue;
use tidegate_local_cloud::system::Integration;
use tidegate_local_functions::InvokeError;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::authorize::authorize;
use crate::close::End;
use crate::connection::{Caller, Connection};
use crate::connections::Handle;
use crate::disconnect;
use crate::event::{Event, Identity, MultiTexts, RequestContext, Texts, request_time};
use crate::gateway::{ServedStage, Shared};
use crate::http_service::{Answer, empty, message};
use crate::ids::{Ids, trace_header};
use crate::invoke::{self, Failed};
use crate::meters::Meter;

const PROTOCOL: &str = "Sec-WebSocket-Protocol";
const CONNECT: &str = "$connect";

/// A handshake as the authorizer and `$connect` see it.
pub(crate) struct Handshake {
    shared: Arc<Shared>,
    stage: Arc<ServedStage>,
    connection_id: Arc<str>,
    connected_at: u64,
    source_ip: String,
    user_agent: Option<String>,
    domain_name: String,
    headers: Texts,
    multi_headers: MultiTexts,
    query: Option<(Texts, MultiTexts)>,
    request_id: String,
    ids: Ids,
}

/// Answers one handshake.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    stage: Arc<ServedStage>,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Answer {
    if let Some(refused) = refusal(&shared, &request) {
        return refused;
    }
    // Held until the handshake itself is tracked: the gateway does not end between this look and that.
    let _tracked = shared.tasks.token();
    if shared.closing.is_cancelled() {
        return message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable");
    }
    let now_ms = shared.clock.now_ms();
    let admitted = shared.connects.take(now_ms)
        && shared.requests.take(now_ms)
        && stage.admits(CONNECT, now_ms);
    if !admitted {
        stage
            .meters
            .count(Meter::ClientErrors, Some(CONNECT), now_ms);
        return message(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
    }
    let upgrade = hyper::upgrade::on(&mut request);
    let handshake = Handshake::new(Arc::clone(&shared), stage, peer, &request, now_ms);
    let accept = request
        .headers()
        .get(header::SEC_WEBSOCKET_KEY)
        .map(|key| derive_accept_key(key.as_bytes()));
    let (answer, answered) = oneshot::channel();
    // On its own: a client that breaks off does not stop `$connect` half-way, and `$disconnect` follows it.
    shared
        .tasks
        .spawn(handshake.run(accept.unwrap_or_default(), upgrade, answer));
    answered
        .await
        .unwrap_or_else(|_| message(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"))
}

/// What must be right before anything is invoked.
fn refusal(shared: &Shared, request: &Request<Incoming>) -> Option<Answer> {
    let headers = request.headers();
    let has = |name: header::HeaderName, token: &str| {
        let values = headers.get_all(name);
        values
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|value| value.trim().eq_ignore_ascii_case(token))
    };
    if !has(header::UPGRADE, "websocket") || !has(header::CONNECTION, "upgrade") {
        let mut answer = message(StatusCode::UPGRADE_REQUIRED, "Upgrade Required");
        answer
            .headers_mut()
            .insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        return Some(answer);
    }
    let right = *request.method() == Method::GET
        && has(header::SEC_WEBSOCKET_VERSION, "13")
        && headers.contains_key(header::SEC_WEBSOCKET_KEY);
    if !right {
        return Some(message(StatusCode::BAD_REQUEST, "Bad Request"));
    }
    let url_bytes = request
        .uri()
        .path_and_query()
        .map_or(0, |path| path.as_str().len()) as u64;
    if url_bytes > shared.limits.url_bytes {
        return Some(message(StatusCode::URI_TOO_LONG, "URI Too Long"));
    }
    let header_bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if header_bytes as u64 > shared.limits.header_bytes {
        return Some(message(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "Request Header Fields Too Large",
        ));
    }
    None
}

impl Handshake {
    fn new(
        shared: Arc<Shared>,
        stage: Arc<ServedStage>,
        peer: SocketAddr,
        request: &Request<Incoming>,
        now_ms: u64,
    ) -> Self {
        let mut ids = shared.fork_ids();
        let text = |name| {
            request
                .headers()
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
                .map(str::to_owned)
        };
        let source_ip = peer.ip().to_string();
        let (headers, multi_headers) = event_headers(
            request.headers(),
            &source_ip,
            peer.port(),
            &ids.next(),
            now_ms,
        );
        Self {
            connection_id: ids.next().into(),
            connected_at: now_ms,
            source_ip,
            user_agent: text(header::USER_AGENT),
            domain_name: text(header::HOST).unwrap_or_default(),
            headers,
            multi_headers,
            query: request
                .uri()
                .query()
                .filter(|query| !query.is_empty())
                .map(event_query),
            request_id: ids.next(),
            ids,
            shared,
            stage,
        }
    }

    /// A header's last value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// A parameter's last value.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.as_ref()?.0.get(name).map(String::as_str)
    }

    /// The ARN for which the authorizer is asked.
    pub(crate) fn method_arn(&self) -> String {
        format!("{}/$connect", self.stage.stage.execution_arn)
    }

    /// What the authorizer is asked.
    pub(crate) fn authorizer_event(&self, method_arn: &str) -> Bytes {
        self.event(Some(method_arn), None)
    }

    fn event(&self, method_arn: Option<&str>, authorizer: Option<&RawValue>) -> Bytes {
        let variables = &self.stage.stage.variables;
        let event = Event {
            kind: method_arn.map(|_| "REQUEST"),
            method_arn,
            headers: Some(&self.headers),
            multi_value_headers: Some(&self.multi_headers),
            query_string_parameters: self.query.as_ref().map(|(single, _)| single),
            multi_value_query_string_parameters: self.query.as_ref().map(|(_, multi)| multi),
            stage_variables: (!variables.is_empty()).then_some(variables),
            request_context: RequestContext {
                route_key: "$connect",
                disconnect_status_code: None,
                message_id: None,
                event_type: "CONNECT",
                extended_request_id: &self.request_id,
                request_time: &request_time(self.connected_at),
                message_direction: "IN",
                disconnect_reason: None,
                stage: &self.stage.stage.name,
                connected_at: self.connected_at,
                request_time_epoch: self.connected_at,
                identity: Identity {
                    source_ip: &self.source_ip,
                    user_agent: self.user_agent.as_deref(),
                },
                request_id: &self.request_id,
                domain_name: &self.domain_name,
                connection_id: &self.connection_id,
                api_id: &self.shared.api_id,
                authorizer,
            },
            body: None,
            is_base64_encoded: false,
        };
        event.to_payload()
    }

    async fn run(self, accept: String, upgrade: OnUpgrade, answer: oneshot::Sender<Answer>) {
        let (authorizer, protocol) = match self.decide().await {
            Ok(decided) => decided,
            Err(refused) => {
                // A client that is gone needs no answer.
                let _gone = answer.send(refused);
                return;
            }
        };
        let connection = self.open(authorizer);
        let upgraded = match answer.send(switching(&accept, protocol.as_deref())) {
            Ok(()) => upgrade.await.ok(),
            Err(_) => None,
        };
        match upgraded {
            Some(upgraded) => connection.run(upgraded).await,
            None => disconnect::run(connection.into_caller(), &End::Lost).await,
        }
    }

    /// Asks the authorizer, then `$connect`: the caller's context, and the sub-protocol to echo.
    async fn decide(&self) -> Result<(Option<Box<RawValue>>, Option<String>), Answer> {
        let Some(route) = self.stage.stage.deployment.routes.get(CONNECT) else {
            return Ok((None, None));
        };
        let authorizer = match &route.authorizer {
            Some(authorizer) => Some(authorize(&self.shared, authorizer, self).await.map_err(
                |refused| {
                    self.count(if refused.status.is_client_error() {
                        Meter::ClientErrors
                    } else {
                        Meter::ExecutionErrors
                    });
                    message(refused.status, refused.message)
                },
            )?),
            None => None,
        };
        let protocol = match &route.integration {
            Some(integration) => {
                self.count(Meter::Connects);
                self.connect(integration, authorizer.as_deref()).await?
            }
            None => None,
        };
        Ok((authorizer, protocol))
    }

    async fn connect(
        &self,
        integration: &Integration,
        authorizer: Option<&RawValue>,
    ) -> Result<Option<String>, Answer> {
        let (name, timeout, permitted) = match integration {
            Integration::Mock {
                status: 200..=299, ..
            } => return Ok(None),
            Integration::Mock { status, .. } => return Err(status_only(*status)),
            Integration::Function {
                name,
                timeout,
                permitted,
            } => (name, *timeout, *permitted),
        };
        let Some(function) = self.shared.functions.get(name).filter(|_| permitted) else {
            invoke::not_permitted(CONNECT, name);
            self.count(Meter::ExecutionErrors);
            return Err(message(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Internal server error",
            ));
        };
        let payload = self.event(None, authorizer);
        let clock = &self.shared.clock;
        let called_ms = clock.now_ms();
        let invoked = invoke::within(clock, function, CONNECT, payload, timeout).await;
        let answer = invoked.map_err(|failed| self.failed(&failed))?;
        let answer =
            invoke::proxy_answer(CONNECT, &answer).map_err(|failed| self.failed(&failed))?;
        let status = answer.status_code;
        self.stage
            .meters
            .answered(CONNECT, called_ms, clock.now_ms(), status);
        if !(200..300).contains(&answer.status_code) {
            return Err(status_only(answer.status_code));
        }
        let headers = answer.headers.unwrap_or_default();
        let protocol = headers
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(PROTOCOL));
        Ok(protocol.map(|(_, value)| value.into_owned()))
    }

    /// What a client is told when `$connect` gave no answer.
    fn failed(&self, failed: &Failed) -> Answer {
        self.count(Meter::ExecutionErrors);
        match failed {
            Failed::TimedOut => message(StatusCode::GATEWAY_TIMEOUT, "Endpoint request timed out"),
            Failed::Function(InvokeError::Throttled { .. }) => {
                message(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests")
            }
            _ => message(StatusCode::BAD_GATEWAY, "Internal server error"),
        }
    }

    fn count(&self, meter: Meter) {
        let now_ms = self.shared.clock.now_ms();
        self.stage.meters.count(meter, Some(CONNECT), now_ms);
    }

    /// Makes the connection known before the client can know of it, so that nobody who has seen it is told that it is
    /// gone.
    fn open(self, authorizer: Option<Box<RawValue>>) -> Connection {
        let buffer = usize::try_from(self.shared.limits.client_buffer_frames)
            .unwrap_or(usize::MAX)
            .max(1);
        let (sender, frames) = mpsc::channel(buffer);
        let handle = Arc::new(Handle {
            frames: sender,
            deleted: Notify::new(),
            connected_at_ms: self.connected_at,
            last_active_ms: AtomicU64::new(self.connected_at),
            source_ip: self.source_ip.into(),
            user_agent: self.user_agent.map(Into::into),
        });
        self.stage
            .connections
            .insert(Arc::clone(&self.connection_id), Arc::clone(&handle));
        let caller = Caller {
            shared: self.shared,
            stage: self.stage,
            id: self.connection_id,
            handle,
            domain_name: self.domain_name.into(),
            authorizer,
        };
        Connection::new(caller, frames, self.ids)
    }
}

fn status_only(status: u16) -> Answer {
    // A status that is none is what the function got wrong.
    empty(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY))
}

fn switching(accept: &str, protocol: Option<&str>) -> Answer {
    let mut answer = empty(StatusCode::SWITCHING_PROTOCOLS);
    let headers = answer.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    if let Ok(accept) = HeaderValue::from_str(accept) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    if let Some(protocol) = protocol.and_then(|protocol| HeaderValue::from_str(protocol).ok()) {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    answer
}

/// The headers as events have them, with those that API Gateway adds. Their case is the usual one: what the client
/// wrote is not known here, and on AWS it is left as it was, so handlers must not depend on it.
fn event_headers(
    headers: &HeaderMap,
    source_ip: &str,
    port: u16,
    trace: &str,
    now_ms: u64,
) -> (Texts, MultiTexts) {
    let mut multi = MultiTexts::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        multi
            .entry(usual_case(name.as_str()))
            .or_default()
            .push(value);
    }
    forwarded_for(&mut multi, source_ip);
    multi.insert("X-Forwarded-Port".to_owned(), vec![port.to_string()]);
    multi.insert("X-Forwarded-Proto".to_owned(), vec!["http".to_owned()]);
    multi.insert(
        "X-Amzn-Trace-Id".to_owned(),
        vec![trace_header(trace, now_ms)],
    );
    (last_of_each(&multi), multi)
}

/// The addresses that a request came through so far, and then the one that it comes from: only this last one is known to
/// be true.
fn forwarded_for(multi: &mut MultiTexts, source_ip: &str) {
    let came_through = multi.entry("X-Forwarded-For".to_owned()).or_default();
    came_through.push(source_ip.to_owned());
    let line = came_through.join(", ");
    *came_through = vec![line];
}

fn usual_case(name: &str) -> String {
    let word = |word: &str| match word {
        "websocket" => "WebSocket".to_owned(),
        _ => {
            let mut characters = word.chars();
            let first = characters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(characters).collect()
        }
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

fn event_query(query: &str) -> (Texts, MultiTexts) {
    let mut multi = MultiTexts::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        multi
            .entry(name.into_owned())
            .or_default()
            .push(value.into_owned());
    }
    (last_of_each(&multi), multi)
}

fn last_of_each(multi: &MultiTexts) -> Texts {
    multi
        .iter()
        .filter_map(|(name, values)| Some((name.clone(), values.last()?.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_get_their_usual_case() {
        assert_eq!(
            usual_case("sec-websocket-protocol"),
            "Sec-WebSocket-Protocol"
        );
        assert_eq!(usual_case("authorization"), "Authorization");
    }

    #[test]
    fn the_last_of_several_values_is_the_single_one() {
        let (single, multi) = event_query("a=1&a=2&b=%20x");
        assert_eq!((single["a"].as_str(), single["b"].as_str()), ("2", " x"));
        assert_eq!(multi["a"], ["1", "2"]);
    }
}
