//! `$connect`: registers a connection, and joins the room that the handshake names.
//!
//! Its status is what the client gets as the answer of the handshake, before any socket is open.

mod wiring;

use tidegate_core::broker::ConnectError;
use tidegate_core::channel::Channel;
use tidegate_core::connection::NewConnection;
use tidegate_core::protocol::{
    ROOM_NAMESPACE, ROOM_PARAMETER, SESSION_PARAMETER, SUBPROTOCOL, SessionId,
};
use tidegate_lambda::{Backend, Handshake, Moment, Reply, Report, WebSocketEvent};

pub use wiring::from_environment;

const PROTOCOL_HEADER: &str = "Sec-WebSocket-Protocol";

/// Answers one `$connect`.
pub async fn handle(
    backend: &Backend,
    event: &WebSocketEvent,
    moment: Moment<'_>,
) -> (Result<Reply, String>, Report) {
    let (reply, outcome, end) = match connect(backend, event, &moment).await {
        Ok(reply) => (Ok(reply), "ok", Handshake::Accepted),
        Err(refused) => {
            let (outcome, end) = (refused.outcome(), refused.end());
            let reply = match refused {
                Refused::NoAuthorizer(problem) => Err(problem),
                refused => Ok(Reply::status(refused.status())),
            };
            (reply, outcome, end)
        }
    };
    let context = &event.request_context;
    let report = Report {
        route: context.route_key.clone(),
        connection: context.connection_id.to_string(),
        session: context
            .authorizer
            .as_ref()
            .map(|authorized| authorized.key().session),
        outcome,
        ..Report::default()
    };
    (reply, report.handshake(end))
}

enum Refused {
    NoAuthorizer(String),
    Protocol,
    Room,
    Session,
    Connect(ConnectError),
}

impl Refused {
    const fn status(&self) -> u16 {
        match self {
            Self::NoAuthorizer(_) => 500,
            Self::Protocol | Self::Room | Self::Session => 400,
            Self::Connect(ConnectError::Gone) => 410,
            Self::Connect(ConnectError::Revoked) => 401,
            Self::Connect(ConnectError::Forbidden(_)) => 403,
            Self::Connect(ConnectError::TooManyConnections) => 429,
            Self::Connect(_) => 503,
        }
    }

    const fn outcome(&self) -> &'static str {
        match self {
            Self::NoAuthorizer(_) => "no_authorizer",
            Self::Protocol => "unknown_protocol",
            Self::Room => "bad_room",
            Self::Session => "bad_session",
            Self::Connect(ConnectError::Gone) => "gone",
            Self::Connect(ConnectError::Revoked) => "revoked",
            Self::Connect(ConnectError::Forbidden(_)) => "forbidden",
            Self::Connect(ConnectError::TooManyConnections) => "too_many_connections",
            Self::Connect(_) => "unavailable",
        }
    }

    /// What is wrong with the handshake is its client's; what is wrong with us is not.
    const fn end(&self) -> Handshake {
        match self {
            Self::NoAuthorizer(_) | Self::Connect(ConnectError::Store(_)) => Handshake::Failed,
            _ => Handshake::Refused(self.outcome()),
        }
    }
}

async fn connect(
    backend: &Backend,
    event: &WebSocketEvent,
    moment: &Moment<'_>,
) -> Result<Reply, Refused> {
    let protocol = chosen_protocol(event)?;
    let context = &event.request_context;
    let authorized = context.authorizer.as_ref().ok_or_else(|| {
        Refused::NoAuthorizer(
            "the event has no authorizer context: $connect must have the authorizer".to_owned(),
        )
    })?;
    // The authorizer made no session of one that is none.
    if let Some(session) = event.query(SESSION_PARAMETER) {
        SessionId::new(session).map_err(|_not_a_session| Refused::Session)?;
    }
    let room = event
        .query(ROOM_PARAMETER)
        .map(|name| Channel::new(ROOM_NAMESPACE, name))
        .transpose()
        .map_err(|_not_a_channel| Refused::Room)?;
    let broker = backend.broker(moment);
    let joins = match room {
        Some(room) => {
            let join = broker.join_of(room, &context.connection_id).await;
            Some(join.map_err(|error| Refused::Connect(error.into()))?)
        }
        None => None,
    };
    let connection = NewConnection {
        key: authorized.key(),
        connection: context.connection_id.clone(),
        endpoint: context.endpoint.clone(),
        rights: authorized
            .rights()
            .map_err(|error| Refused::NoAuthorizer(error.to_string()))?,
        joins,
    };
    broker
        .connect(&connection)
        .await
        .map_err(Refused::Connect)?;
    let reply = Reply::silent();
    Ok(match protocol {
        Some(protocol) => reply.header(PROTOCOL_HEADER, protocol),
        None => reply,
    })
}

/// A client that offers protocols and gets none back gives up by itself, without a reason that anybody sees; so one
/// that does not offer ours is told. One that offers none at all (`wscat` with a header) needs none.
fn chosen_protocol(event: &WebSocketEvent) -> Result<Option<&'static str>, Refused> {
    let mut offered = event.headers.list(PROTOCOL_HEADER).peekable();
    if offered.peek().is_none() {
        return Ok(None);
    }
    if offered.any(|protocol| protocol == SUBPROTOCOL) {
        Ok(Some(SUBPROTOCOL))
    } else {
        Err(Refused::Protocol)
    }
}
