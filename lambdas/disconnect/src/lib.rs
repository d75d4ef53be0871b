//! `$disconnect`: marks a connection gone and removes its subscriptions.
//!
//! API Gateway sends it at best once, perhaps late, perhaps before `$connect` has answered, and ignores the answer.

use tidegate_core::registry::Registry;
use tidegate_lambda::{Reply, Report, WebSocketEvent};

/// Answers one `$disconnect`.
pub async fn handle(
    registry: &dyn Registry,
    event: &WebSocketEvent,
    now_ms: u64,
) -> (Result<Reply, String>, Report) {
    let context = &event.request_context;
    let (reply, outcome) = match &context.authorizer {
        // Without an authorizer's context nothing was ever registered.
        None => (Ok(Reply::silent()), "unregistered"),
        Some(authorized) => match registry
            .disconnect(&authorized.key(), &context.connection_id, now_ms)
            .await
        {
            Ok(_channels) => (Ok(Reply::silent()), "ok"),
            Err(error) => (Err(error.to_string()), "unavailable"),
        },
    };
    let report = Report {
        route: context.route_key.clone(),
        connection: context.connection_id.to_string(),
        outcome,
        ..Report::default()
    };
    (reply, report)
}
