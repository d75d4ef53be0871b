//! Who sent a frame, and whether they still may.

use tidegate_core::connection::{ConnectionId, Endpoint, Session, SessionKey};
use tidegate_core::delivery::say_goodbye;
use tidegate_core::protocol::{ErrorCode, GoodbyeReason};
use tidegate_core::rights::Rights;
use tidegate_lambda::WebSocketEvent;

use crate::Service;
use crate::failure::Failure;

/// The sender of a frame.
pub(crate) struct Caller {
    pub(crate) key: SessionKey,
    pub(crate) connection: ConnectionId,
    pub(crate) endpoint: Endpoint,
    pub(crate) rights: Rights,
}

impl Service {
    /// The caller with the rights of their newest token, which stand in the session and not in the event, whose
    /// authorizer's context is as old as the handshake.
    pub(crate) async fn caller(
        &self,
        event: &WebSocketEvent,
        now_ms: u64,
    ) -> Result<Caller, Failure> {
        let key = key_of(event)?;
        let session = self.registry.session(&key).await?;
        check(session, key, event, now_ms)
    }

    /// Tells the caller that their token has ended, and ends the connection.
    pub(crate) async fn put_out(&self, event: &WebSocketEvent) {
        let context = &event.request_context;
        let (endpoint, connection) = (&context.endpoint, &context.connection_id);
        say_goodbye(&*self.sender, endpoint, connection, GoodbyeReason::Expired).await;
    }
}

fn key_of(event: &WebSocketEvent) -> Result<SessionKey, Failure> {
    let authorized = event.request_context.authorizer.as_ref();
    let authorized = authorized
        .ok_or_else(|| Failure::Broken("the event has no authorizer context".to_owned()))?;
    Ok(authorized.key())
}

fn check(
    session: Option<Session>,
    key: SessionKey,
    event: &WebSocketEvent,
    now_ms: u64,
) -> Result<Caller, Failure> {
    let connection = event.request_context.connection_id.clone();
    let session = session.filter(|session| session.connections.contains_key(&connection));
    let Some(Session { rights, .. }) = session else {
        return Err(Failure::refused(
            ErrorCode::NotConnected,
            "this connection is not registered any more: connect again",
        ));
    };
    if rights.expired(now_ms) {
        return Err(Failure::Expired);
    }
    Ok(Caller {
        key,
        connection,
        endpoint: event.request_context.endpoint.clone(),
        rights,
    })
}
