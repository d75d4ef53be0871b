//! For the tests of routes: a desk over a registry and a sender in memory, as strict as the real ones.

use std::time::Duration;

use serde_json::Value;
use tidegate_core::connection::NewConnection;
use tidegate_core::memory::{MemoryRegistry, MemorySender};
use tidegate_core::registry::{ConnectError, Registry};
use tidegate_core::rights::Rights;
use tidegate_lambda::{Reply, Report, WebSocketEvent};

use crate::{Desk, Handler, Moment};

/// A stack with one route.
pub struct Stack<H> {
    /// Where the sessions are.
    pub registry: MemoryRegistry,
    /// What was pushed, and who was put out.
    pub sender: MemorySender,
    handler: H,
    desk: Desk,
}

/// What a route did with one frame.
#[derive(Debug)]
pub struct Answered {
    /// What the gateway was answered, or the error that the function ended with.
    pub reply: Result<Reply, String>,
    /// What the log line says.
    pub report: Report,
}

impl Answered {
    /// The frame that the client gets; null where it gets none.
    #[must_use]
    pub fn frame(&self) -> Value {
        let body = self.reply.as_ref().ok().and_then(|it| it.body.as_deref());
        let frame = body.and_then(|body| serde_json::from_str(body).ok());
        frame.unwrap_or_default()
    }
}

impl<H: Handler> Stack<H> {
    /// A stack in which nobody is connected.
    pub fn new(handler: H) -> Self {
        let (registry, sender) = (MemoryRegistry::default(), MemorySender::default());
        Self {
            desk: Desk::new(Box::new(registry.clone()), Box::new(sender.clone())),
            registry,
            sender,
            handler,
        }
    }

    /// Connects whoever sent this event, with these groups and a token that ends then (epoch seconds).
    ///
    /// # Errors
    /// When the event has no authorizer's context, which each of a socket has, or the registry does not take it.
    pub async fn connect(
        &self,
        event: &WebSocketEvent,
        groups: &[&str],
        expires_at: u64,
    ) -> Result<(), ConnectError> {
        let context = &event.request_context;
        let Some(authorized) = &context.authorizer else {
            return Err(ConnectError::Gone);
        };
        let key = authorized.key();
        let groups = groups.iter().map(|&group| group.to_owned());
        let connection = NewConnection {
            rights: Rights {
                user: key.user.clone(),
                groups: groups.collect(),
                expires_at,
            },
            key,
            connection: context.connection_id.clone(),
            endpoint: context.endpoint.clone(),
            channel: None,
        };
        self.registry.connect(&connection, 0).await
    }

    /// Has the route take a frame at this time, in epoch milliseconds.
    pub async fn take(&self, event: &WebSocketEvent, now_ms: u64) -> Answered {
        let moment = Moment {
            now_ms,
            new_id: |now_ms| format!("id-{now_ms}"),
            uptime: || Duration::ZERO,
        };
        let (reply, report) = self.desk.take(&self.handler, event, moment).await;
        Answered { reply, report }
    }
}
