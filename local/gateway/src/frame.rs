//! One frame: its route, its integration, and what goes back.

use std::sync::Arc;

use bytes::Bytes;
use tidegate_local_cloud::system::{Integration, Route};
use tidegate_local_cloud::template::Template;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::warn;

use crate::connection::Caller;
use crate::event::{Event, RequestContext, request_time};
use crate::invoke::{self, Failed};
use crate::meters::Meter;

/// The texts of error frames.
const FORBIDDEN: &str = "Forbidden";
const INTERNAL: &str = "Internal server error";
const TIMED_OUT: &str = "Endpoint request timed out";
const THROTTLED: &str = "Too Many Requests";

/// Handles a frame: what goes back to the client, if anything does.
pub(crate) async fn handle(
    caller: Arc<Caller>,
    text: Utf8Bytes,
    request_id: String,
    message_id: String,
) -> Option<Utf8Bytes> {
    let now_ms = caller.shared.clock.now_ms();
    let frame = Frame {
        caller: &caller,
        text: &text,
        request_id: &request_id,
        message_id: &message_id,
        now_ms,
    };
    let answer = match frame.answer().await {
        Ok(answer) => answer.map(Utf8Bytes::from),
        Err(problem) => Some(frame.error(problem).into()),
    };
    if answer.is_some() {
        frame.count(Meter::Messages, None);
    }
    answer
}

struct Frame<'a> {
    caller: &'a Caller,
    text: &'a str,
    request_id: &'a str,
    message_id: &'a str,
    now_ms: u64,
}

impl Frame<'_> {
    async fn answer(&self) -> Result<Option<String>, &'static str> {
        let Caller { shared, stage, .. } = self.caller;
        let admitted = shared.requests.take(self.now_ms);
        let route = self.route();
        let key = route.map(|route| route.key.as_str());
        self.count(Meter::Messages, key);
        let admitted = admitted && key.is_none_or(|route_key| stage.admits(route_key, self.now_ms));
        let Some(route) = route.filter(|_| admitted) else {
            self.count(Meter::ClientErrors, key);
            return Err(if admitted { FORBIDDEN } else { THROTTLED });
        };
        self.integrate(route).await.inspect_err(|_problem| {
            self.count(Meter::ExecutionErrors, key);
        })
    }

    async fn integrate(&self, route: &Route) -> Result<Option<String>, &'static str> {
        let Caller { shared, stage, .. } = self.caller;
        match route.integration.as_ref().ok_or(INTERNAL)? {
            Integration::Mock {
                status: 200..=299,
                response,
            } => {
                let response = response.as_ref().filter(|_| route.two_way);
                Ok(response.map(|template| self.render(template, &route.key)))
            }
            Integration::Mock { .. } => Err(INTERNAL),
            Integration::Function {
                name,
                timeout,
                permitted,
            } => {
                let Some(function) = shared.functions.get(name).filter(|_| *permitted) else {
                    invoke::not_permitted(&route.key, name);
                    return Err(INTERNAL);
                };
                let payload = self.event(&route.key);
                let called_ms = shared.clock.now_ms();
                let invoked =
                    invoke::within(&shared.clock, function, &route.key, payload, *timeout).await;
                let answer = invoked.map_err(|failed| {
                    if matches!(failed, Failed::TimedOut) {
                        TIMED_OUT
                    } else {
                        INTERNAL
                    }
                })?;
                let answer =
                    invoke::proxy_answer(&route.key, &answer).map_err(|_malformed| INTERNAL)?;
                let now_ms = shared.clock.now_ms();
                let status = answer.status_code;
                stage.meters.answered(&route.key, called_ms, now_ms, status);
                let body = answer.body.filter(|body| route.two_way && !body.is_empty());
                let most = shared.limits.message_bytes;
                if let Some(body) = body.as_ref().filter(|body| body.len() as u64 > most) {
                    warn!(
                        route = route.key,
                        "the function's answer is {} bytes long, of at most {most}",
                        body.len()
                    );
                    return Err(INTERNAL);
                }
                Ok(body.map(String::from))
            }
        }
    }

    fn count(&self, meter: Meter, route: Option<&str>) {
        self.caller.stage.meters.count(meter, route, self.now_ms);
    }

    /// The route that the frame selects. A key that begins with `$` is never selected by a frame: `$connect` is not
    /// for clients to call.
    fn route(&self) -> Option<&Route> {
        let deployment = &self.caller.stage.stage.deployment;
        let selected = deployment
            .selection
            .select(self.text)
            .filter(|key| !key.starts_with('$'));
        let selected = selected.and_then(|key| deployment.routes.get(&*key));
        selected.or_else(|| deployment.routes.get("$default"))
    }

    fn event(&self, route_key: &str) -> Bytes {
        let time = request_time(self.now_ms);
        let at = (self.now_ms, time.as_str());
        let context = self
            .caller
            .context(route_key, "MESSAGE", self.request_id, at);
        let context = RequestContext {
            message_id: Some(self.message_id),
            ..context
        };
        let event = Event {
            stage_variables: self.caller.stage_variables(),
            body: Some(self.text),
            ..Event::new(context)
        };
        event.to_payload()
    }

    fn render(&self, template: &Template, route_key: &str) -> String {
        let Caller {
            shared,
            stage,
            id,
            handle,
            domain_name,
            ..
        } = self.caller;
        template.render(|variable| match variable {
            "connectionId" => id.to_string(),
            "requestId" => self.request_id.to_owned(),
            "messageId" => self.message_id.to_owned(),
            "requestTimeEpoch" => self.now_ms.to_string(),
            "connectedAt" => handle.connected_at_ms.to_string(),
            "routeKey" => route_key.to_owned(),
            "stage" => stage.stage.name.clone(),
            "apiId" => shared.api_id.clone(),
            "domainName" => domain_name.to_string(),
            // Templates with any other are refused when they are registered.
            _ => String::new(),
        })
    }

    /// An error frame as AWS writes it, blank after the first colon included.
    fn error(&self, problem: &str) -> String {
        let id = &self.caller.id;
        format!(
            r#"{{"message": "{problem}", "connectionId":"{id}", "requestId":"{}"}}"#,
            self.request_id
        )
    }
}
