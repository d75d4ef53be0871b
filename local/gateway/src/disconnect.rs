//! `$disconnect`: runs for every connection that ends, and nobody waits for its answer.

use bytes::Bytes;
use tidegate_local_cloud::system::Integration;

use crate::close::End;
use crate::connection::Caller;
use crate::event::{Event, Identity, MultiTexts, RequestContext, Texts, request_time};
use crate::invoke;

const ROUTE: &str = "$disconnect";

/// Forgets a connection that never opened, and runs `$disconnect` for it.
pub(crate) async fn run(caller: Caller, end: &End) {
    caller.stage.connections.remove(&caller.id);
    run_shared(&caller, end).await;
}

/// Runs `$disconnect`, if there is such a route.
pub(crate) async fn run_shared(caller: &Caller, end: &End) {
    let Caller { shared, stage, .. } = caller;
    let integration = stage
        .stage
        .deployment
        .routes
        .get(ROUTE)
        .and_then(|route| route.integration.as_ref());
    let Some(Integration::Function {
        name,
        timeout,
        permitted,
    }) = integration
    else {
        return;
    };
    let Some(function) = shared.functions.get(name).filter(|_| *permitted) else {
        invoke::not_permitted(ROUTE, name);
        return;
    };
    // The answer is ignored, as on AWS; what failed is in the log.
    let _ignored =
        invoke::within(&shared.clock, function, ROUTE, event(caller, end), *timeout).await;
}

fn event(caller: &Caller, end: &End) -> Bytes {
    let Caller {
        shared,
        stage,
        id,
        handle,
        domain_name,
        authorizer,
    } = caller;
    let now_ms = shared.clock.now_ms();
    let request_id = shared.fork_ids().next();
    let (code, reason) = end.disconnect();
    let headers =
        ["x-api-key", "X-Forwarded-For", "x-restapi"].map(|name| (name.to_owned(), String::new()));
    let mut headers = Texts::from(headers);
    headers.insert("Host".to_owned(), domain_name.to_string());
    let multi: MultiTexts = headers
        .iter()
        .map(|(name, value)| (name.clone(), vec![value.clone()]))
        .collect();
    let event = Event {
        kind: None,
        method_arn: None,
        headers: Some(&headers),
        multi_value_headers: Some(&multi),
        query_string_parameters: None,
        multi_value_query_string_parameters: None,
        stage_variables: (!stage.stage.variables.is_empty()).then_some(&stage.stage.variables),
        request_context: RequestContext {
            route_key: ROUTE,
            disconnect_status_code: Some(code),
            message_id: None,
            event_type: "DISCONNECT",
            extended_request_id: &request_id,
            request_time: &request_time(now_ms),
            message_direction: "IN",
            disconnect_reason: Some(reason),
            stage: &stage.stage.name,
            connected_at: handle.connected_at_ms,
            request_time_epoch: now_ms,
            identity: Identity {
                source_ip: &handle.source_ip,
                user_agent: handle.user_agent.as_deref(),
            },
            request_id: &request_id,
            domain_name,
            connection_id: id,
            api_id: &shared.api_id,
            authorizer: authorizer.as_deref(),
        },
        body: None,
        is_base64_encoded: false,
    };
    serde_json::to_vec(&event).unwrap_or_default().into()
}
