//! For the tests of routes: a desk over a store and a sender in memory, as strict as the real ones.

use std::time::Duration;

use serde_json::Value;
use tidegate_core::connection::NewConnection;
use tidegate_core::memory::{MemorySender, MemoryStore};
use tidegate_core::rights::Rights;
use tidegate_core::store::{OpenError, Sessions};
use tidegate_lambda::{Moment, Reply, Report, WebSocketEvent};

use crate::{Desk, Handler};

/// How long a function has for a frame, in milliseconds.
const TIME_MS: u64 = 15_000;

/// A stack with one route.
pub struct Stack<H> {
    /// Where the sessions are.
    pub store: MemoryStore,
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
        let (store, sender) = (MemoryStore::default(), MemorySender::default());
        Self {
            desk: Desk::new(Box::new(store.clone()), Box::new(sender.clone())),
            store,
            sender,
            handler,
        }
    }

    /// Connects whoever sent this event, with these groups and a token that ends then (epoch seconds).
    ///
    /// # Errors
    /// When the event has no authorizer's context, which each of a socket has, or the store does not take it.
    pub async fn connect(
        &self,
        event: &WebSocketEvent,
        groups: &[&str],
        expires_at: u64,
    ) -> Result<(), OpenError> {
        let context = &event.request_context;
        let Some(authorized) = &context.authorizer else {
            return Err(OpenError::Gone);
        };
        let key = authorized.key();
        let groups = groups.iter().map(|&group| group.to_owned());
        let connection = NewConnection {
            rights: Rights {
                user: key.user.clone(),
                groups: groups.collect(),
                issued_at: 0,
                expires_at,
            },
            key,
            connection: context.connection_id.clone(),
            endpoint: context.endpoint.clone(),
            joins: None,
        };
        self.store.open(&connection, false, 0).await?;
        Ok(())
    }

    /// Has the route take a frame at this time, in epoch milliseconds.
    pub async fn take(&self, event: &WebSocketEvent, now_ms: u64) -> Answered {
        let moment = Moment {
            now_ms,
            deadline_ms: now_ms + TIME_MS,
            jitter: 1.0,
            trace: None,
            new_id: &|now_ms| format!("id-{now_ms}"),
            uptime: &|| Duration::ZERO,
            clock: &|| now_ms,
        };
        let (reply, report) = self.desk.take(&self.handler, event, moment).await;
        Answered { reply, report }
    }
}
