//! The HTTP API for clients: what stands beside the socket for those who cannot ask through it.

mod connect_check;
mod reply;
mod ticket;
mod wiring;

use tidegate_access::{AccessControl, TICKET_BYTES};
use tidegate_contract::http::HttpRoute;
use tidegate_core::store::{Revocations, Tickets};
use tidegate_lambda::{HttpEvent, Reply, Report};

/// Answers the routes of the HTTP API that are for clients.
pub struct Api {
    access: AccessControl,
    kept: Box<dyn Kept>,
    random: Random,
}

/// What the API asks of the registry.
pub trait Kept: Tickets + Revocations {}

impl<T: Tickets + Revocations> Kept for T {}

/// Where random bytes come from that nobody can foresee; none when the machine has none.
pub type Random = fn() -> Option<[u8; TICKET_BYTES]>;

impl Api {
    /// An API over these parts.
    #[must_use]
    pub fn new(access: AccessControl, kept: Box<dyn Kept>, random: Random) -> Self {
        Self {
            access,
            kept,
            random,
        }
    }

    /// Answers one request.
    pub async fn handle(&self, event: &HttpEvent, now_ms: u64) -> (Result<Reply, String>, Report) {
        let (reply, outcome) = match HttpRoute::from_key(&event.route_key) {
            Some(HttpRoute::ConnectCheck) => {
                let checked = self.check(event, now_ms).await;
                (Ok(checked.reply()), checked.outcome())
            }
            Some(HttpRoute::Ticket) => {
                let made = self.ticket(event, now_ms).await;
                let outcome = made.outcome();
                (made.reply(), outcome)
            }
            _ => {
                let problem = "the function has no such route: deploy program and function from the same commit";
                (Err(problem.to_owned()), "unknown_route")
            }
        };
        let report = Report {
            route: event.route_key.clone(),
            outcome,
            ..Report::default()
        };
        (reply, report)
    }
}
