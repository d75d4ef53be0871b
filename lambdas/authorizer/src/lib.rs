//! The authorizer: decides in the handshake who may connect.
//!
//! A missing, wrong or expired token is answered with exactly `Unauthorized`, which API Gateway turns into 401; a valid
//! one that is not allowed with a Deny, which becomes 403. Never is a socket accepted that closes later for either.
//! Where CloudFront stands before the socket, whoever goes around it is answered with `Unauthorized` too.

mod origin;
mod wiring;

use tidegate_access::{AccessControl, Attempt, Decision, bearer};
use tidegate_core::connection::SessionKey;
use tidegate_core::protocol::{
    BEARER_PREFIX, ROOM_PARAMETER, SESSION_PARAMETER, SessionId, TICKET_PARAMETER,
};
use tidegate_core::rights::Rights;
use tidegate_core::store::Tickets;
use tidegate_lambda::{
    AuthorizerContext, AuthorizerRequest, AuthorizerResponse, Handshake, Report,
};

pub use origin::Origin;

/// The error text that API Gateway takes for 401. Anything else would be 500.
pub const UNAUTHORIZED: &str = "Unauthorized";

/// Decides who may connect.
pub struct Authorizer {
    origin: Origin,
    access: AccessControl,
    tickets: Box<dyn Tickets>,
}

impl Authorizer {
    /// An authorizer over these parts.
    #[must_use]
    pub fn new(origin: Origin, access: AccessControl, tickets: Box<dyn Tickets>) -> Self {
        Self {
            origin,
            access,
            tickets,
        }
    }

    /// Answers one handshake.
    pub async fn handle(
        &self,
        request: &AuthorizerRequest,
        now_ms: u64,
    ) -> (Result<AuthorizerResponse, String>, Report) {
        if !self.origin.accepts(&request.headers) {
            return refused(request, "origin");
        }
        let decision = self.decide(request, now_ms).await;
        let report = report(request, &decision);
        let answer = match decision {
            Decision::Allow(rights) => {
                let context = AuthorizerContext::new(&key_of(request, &rights), &rights);
                Ok(AuthorizerResponse::allow(request, context))
            }
            Decision::Deny { user } => Ok(AuthorizerResponse::deny(request, &user)),
            Decision::Unauthorized(_) => Err(UNAUTHORIZED.to_owned()),
            Decision::Unavailable(error) => Err(error.to_string()),
        };
        (answer, report)
    }

    /// Decides one handshake. A ticket is decided by alone, and spent, whatever else there is: it was in a URL, and there it
    /// must be of no use any more.
    pub async fn decide(&self, request: &AuthorizerRequest, now_ms: u64) -> Decision {
        let room = request.query(ROOM_PARAMETER);
        if let Some(ticket) = request.query(TICKET_PARAMETER) {
            let tickets = &*self.tickets;
            return self
                .access
                .decide_ticket(ticket, room, tickets, now_ms)
                .await;
        }
        let attempt = Attempt {
            token: token(request),
            room,
        };
        self.access.decide(attempt, now_ms).await
    }
}

/// A handshake that is let in is counted by `$connect`, which ends it. A bad token is a refusal and never a failure, however
/// many there are: nobody is woken by somebody else's tokens.
fn report(request: &AuthorizerRequest, decision: &Decision) -> Report {
    let (outcome, end) = match decision {
        Decision::Allow(rights) => {
            let session = Some(key_of(request, rights).session);
            return Report {
                session,
                ..named(request, "ok")
            };
        }
        Decision::Deny { .. } => ("denied", Handshake::Refused("denied")),
        Decision::Unauthorized(_) => ("unauthorized", Handshake::Refused("unauthorized")),
        Decision::Unavailable(_) => ("unavailable", Handshake::Failed),
    };
    named(request, outcome).handshake(end)
}

/// It went around CloudFront.
fn refused(
    request: &AuthorizerRequest,
    reason: &'static str,
) -> (Result<AuthorizerResponse, String>, Report) {
    let report = named(request, reason).handshake(Handshake::Refused(reason));
    (Err(UNAUTHORIZED.to_owned()), report)
}

fn named(request: &AuthorizerRequest, outcome: &'static str) -> Report {
    Report {
        route: "authorizer".to_owned(),
        connection: request.connection_id().to_string(),
        outcome,
        ..Report::default()
    }
}

/// A session is the client's own: it stays the same over reconnects. One that is not valid is left to `$connect`, which can
/// say so; without one, each connection is a session of its own.
fn key_of(request: &AuthorizerRequest, rights: &Rights) -> SessionKey {
    let named = request.query(SESSION_PARAMETER);
    let session = named.and_then(|session| SessionId::new(session).ok());
    SessionKey {
        user: rights.user.clone(),
        session: session.map_or_else(|| request.connection_id().to_string(), String::from),
    }
}

/// The token: as a sub-protocol, since a browser can set no header, or in the `Authorization` header.
fn token(request: &AuthorizerRequest) -> Option<&str> {
    let offered = request
        .headers
        .list("Sec-WebSocket-Protocol")
        .find_map(|offer| offer.strip_prefix(BEARER_PREFIX));
    offered.or_else(|| bearer(request.headers.get("Authorization")?))
}
