//! The function, as a process that is asked by the Runtime API.

use std::sync::Arc;

use anyhow::{Result, anyhow, ensure};
use serde_json::json;
use tidegate_aws::Meter;
use tidegate_core::memory::{MemorySender, MemoryStore};
use tidegate_lambda::{Backend, Edge, Invoked, Moment, WebSocketEvent, serve_invoked};
use tidegate_message::Service;

use crate::{CONNECTIONS, DEADLINE_MS, backend, new_connection, proxy_event, service};

/// Serves as a function, until nobody asks any more.
///
/// # Errors
/// When it cannot start.
pub fn serve() -> Result<()> {
    let (store, sender) = (MemoryStore::default(), MemorySender::default());
    let connecting = backend(store.clone(), sender.clone(), Box::new(Edge), 0)?;
    let service = service(backend(store, sender, Box::new(Edge), 0)?);
    let event_loop = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    event_loop.block_on(register(&connecting, &service))?;
    drop(event_loop);
    let service = Arc::new(service);
    serve_invoked(&Meter::default(), move |event: WebSocketEvent, invoked| {
        let service = Arc::clone(&service);
        async move { service.handle(&event, Moment::of(&invoked)).await }
    })
    .map_err(|error| anyhow!("{error}"))
}

/// Every connection is there, and subscribed to channels of its own.
async fn register(connecting: &Backend, service: &Service) -> Result<()> {
    for number in 0..CONNECTIONS {
        let invoked = Invoked {
            trace: None,
            deadline_ms: Edge::now_ms() + DEADLINE_MS,
        };
        let moment = Moment::of(&invoked);
        let (connection, user) = (format!("c-{number}"), format!("u-{number}"));
        let session = format!("session-{number}");
        let new = new_connection(&connection, &user, &session, moment.now_ms);
        let broker = connecting.broker(&moment);
        broker.connect(&new).await?;
        for namespace in ["room", "chat"] {
            let frame = json!({"action": "subscribe", "id": "1", "channel": format!("{namespace}:{number}")});
            let event = proxy_event(&connection, &user, &session, &frame);
            let event: WebSocketEvent = serde_json::from_value(event)?;
            let (reply, _) = service.handle(&event, moment).await;
            let reply = reply.map_err(|problem| anyhow!(problem))?;
            let body = reply.body.unwrap_or_default();
            ensure!(
                body.contains(r#""subscribed""#),
                "instead of `subscribed` came {body}"
            );
        }
    }
    Ok(())
}
