//! Who sent a frame, and whether they still may.

use tidegate_core::connection::{ConnectionId, Endpoint, Session, SessionKey};
use tidegate_core::delivery::say_goodbye;
use tidegate_core::downstream::retry_after;
use tidegate_core::protocol::{ErrorCode, GoodbyeReason};
use tidegate_core::rights::Rights;
use tidegate_core::sender::Sender;
use tidegate_core::store::{Sessions, StoreError};
use tidegate_lambda::WebSocketEvent;

use crate::refusal::Refusal;

/// The sender of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Their user, and the session that the connection belongs to.
    pub key: SessionKey,
    /// The connection.
    pub connection: ConnectionId,
    /// The API that serves it.
    pub endpoint: Endpoint,
    /// What their newest token allows.
    pub rights: Rights,
}

impl Caller {
    /// The subject of their token.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.key.user
    }

    /// Whether their newest token names this group.
    #[must_use]
    pub fn is_in(&self, group: &str) -> bool {
        self.rights.groups.contains(group)
    }
}

/// Why a frame has no caller.
#[derive(Debug)]
pub(crate) enum NoCaller {
    /// They are told so.
    Refused(Refusal),
    /// Their token has ended: they are said goodbye to.
    Expired,
    /// The function itself is broken: it fails, and the gateway says so.
    Broken(String),
}

/// Looks up who sent a frame.
pub(crate) async fn caller(
    sessions: &dyn Sessions,
    event: &WebSocketEvent,
    now_ms: u64,
) -> Result<Caller, NoCaller> {
    let context = &event.request_context;
    let authorized = context
        .authorizer
        .as_ref()
        .ok_or_else(|| NoCaller::Broken("the event has no authorizer context".to_owned()))?;
    let key = authorized.key();
    let session = sessions.session(&key).await?;
    let session = session.filter(|it| it.connections.contains_key(&context.connection_id));
    let Some(Session { rights, .. }) = session else {
        return Err(NoCaller::Refused(Refusal::of_the_protocol(
            ErrorCode::NotConnected,
            "this connection is not registered any more: connect again",
        )));
    };
    if rights.expired(now_ms) {
        return Err(NoCaller::Expired);
    }
    Ok(Caller {
        key,
        connection: context.connection_id.clone(),
        endpoint: context.endpoint.clone(),
        rights,
    })
}

impl From<StoreError> for NoCaller {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt { .. } => Self::Broken(error.to_string()),
            error => Self::Refused(Refusal::unavailable_for(retry_after(&error))),
        }
    }
}

/// Tells somebody that their token has ended, and ends the connection. What there is of it goes with its `$disconnect`.
pub(crate) async fn put_out(sender: &dyn Sender, event: &WebSocketEvent) {
    let context = &event.request_context;
    let (endpoint, connection) = (&context.endpoint, &context.connection_id);
    say_goodbye(sender, endpoint, connection, GoodbyeReason::Expired).await;
}
