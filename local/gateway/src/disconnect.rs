//! `$disconnect`: runs for every connection that ends, and nobody waits for its answer.

use bytes::Bytes;
use tidegate_local_cloud::faults::{Fault, LATE_MS};
use tidegate_local_cloud::system::Integration;
use tracing::info;

use crate::close::End;
use crate::connection::Caller;
use crate::event::{Event, MultiTexts, RequestContext, Texts, request_time};
use crate::invoke;
use crate::meters::Meter;

const ROUTE: &str = "$disconnect";

/// Forgets a connection that never opened, and runs `$disconnect` for it.
pub(crate) async fn run(caller: Caller, end: &End) {
    caller.stage.connections.remove(&caller.id);
    run_shared(&caller, end).await;
}

/// Runs `$disconnect`, if there is such a route, and nothing goes wrong that was to go wrong.
pub(crate) async fn run_shared(caller: &Caller, end: &End) {
    let Caller { shared, .. } = caller;
    if shared.faults.strikes(Fault::DisconnectLost) {
        info!("fault: a $disconnect is lost");
        return;
    }
    if let Some(late_ms) = shared.faults.delay_ms(Fault::DisconnectLate, LATE_MS) {
        info!(late_ms, "fault: a $disconnect is late");
        let until_ms = shared.clock.now_ms().saturating_add(late_ms);
        tokio::select! {
            () = shared.clock.sleep_until(until_ms) => {}
            // The end of it all waits for nobody.
            () = shared.closing.cancelled() => {}
        }
    }
    let doubled = shared.faults.strikes(Fault::DisconnectDoubled);
    invoke_once(caller, end).await;
    if doubled {
        info!("fault: a $disconnect is doubled");
        invoke_once(caller, end).await;
    }
}

async fn invoke_once(caller: &Caller, end: &End) {
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
        let now_ms = shared.clock.now_ms();
        stage
            .meters
            .count(Meter::ExecutionErrors, Some(ROUTE), now_ms);
        return;
    };
    let called_ms = shared.clock.now_ms();
    let invoked =
        invoke::within(&shared.clock, function, ROUTE, event(caller, end), *timeout).await;
    let now_ms = shared.clock.now_ms();
    // The answer is ignored, as on AWS; what failed is in the log.
    match invoked {
        Ok(_ignored) => stage.meters.answered(ROUTE, called_ms, now_ms, 200),
        Err(_logged) => stage
            .meters
            .count(Meter::ExecutionErrors, Some(ROUTE), now_ms),
    }
}

fn event(caller: &Caller, end: &End) -> Bytes {
    let now_ms = caller.shared.clock.now_ms();
    let (request_id, time) = (caller.shared.fork_ids().next(), request_time(now_ms));
    let (code, reason) = end.disconnect();
    let empty = ["x-api-key", "X-Forwarded-For", "x-restapi"];
    let mut headers = Texts::from(empty.map(|name| (name.to_owned(), String::new())));
    headers.insert("Host".to_owned(), caller.domain_name.to_string());
    let multi: MultiTexts = headers
        .iter()
        .map(|(name, value)| (name.clone(), vec![value.clone()]))
        .collect();
    let context = RequestContext {
        disconnect_status_code: Some(code),
        disconnect_reason: Some(reason),
        ..caller.context(ROUTE, "DISCONNECT", &request_id, (now_ms, &time))
    };
    let event = Event {
        headers: Some(&headers),
        multi_value_headers: Some(&multi),
        stage_variables: caller.stage_variables(),
        ..Event::new(context)
    };
    event.to_payload()
}
