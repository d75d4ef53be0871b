//! `POST /ticket`: a one-time ticket for a token.
//!
//! A client that can set neither header nor sub-protocol has only the URL to bring something in, and a token must never be
//! there. What it brings instead is of use once, and for half a minute.

use serde_json::json;
use tidegate_access::{Attempt, Decision, TICKET_S, TicketText, bearer};
use tidegate_core::store::Ticket;
use tidegate_lambda::{HttpEvent, Reply};

use crate::{Api, reply};

/// What became of the wish for a ticket.
pub(crate) enum Made {
    /// It has this one, for so many seconds.
    Ticket(TicketText, u64),
    /// There is no token, or one that is not accepted.
    Unauthorized(&'static str),
    /// It cannot be said now.
    Unavailable,
    /// The function itself is broken.
    Broken(&'static str),
}

impl Api {
    /// A ticket with the rights of the request's token. Whether these were revoked is for `$connect` to see, which has to in
    /// any case: it may be done while the ticket is under way.
    pub(crate) async fn ticket(&self, event: &HttpEvent, now_ms: u64) -> Made {
        let attempt = Attempt {
            token: event.header("authorization").and_then(bearer),
            room: None,
        };
        let rights = match self.access.decide(attempt, now_ms).await {
            Decision::Allow(rights) => rights,
            // Without a room there is nothing to deny.
            Decision::Deny { .. } => return Made::Broken("a token was denied for no room"),
            Decision::Unauthorized(error) => {
                return Made::Unauthorized(reply::reason(error.as_ref()));
            }
            Decision::Unavailable(_) => return Made::Unavailable,
        };
        let Some(random) = (self.random)() else {
            return Made::Broken("the machine has no random bytes");
        };
        let text = TicketText::new(random);
        let now = now_ms / 1_000;
        let valid_until = rights.expires_at.min(now + TICKET_S);
        let ticket = Ticket {
            rights,
            valid_until,
        };
        match self.kept.put_ticket(&text.digest(), &ticket).await {
            Ok(()) => Made::Ticket(text, valid_until.saturating_sub(now)),
            Err(_) => Made::Unavailable,
        }
    }
}

impl Made {
    /// For the log line.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::Ticket(..) => "ok",
            Self::Unauthorized(_) => "unauthorized",
            Self::Unavailable => "unavailable",
            Self::Broken(_) => "broken",
        }
    }

    /// The answer.
    pub(crate) fn reply(self) -> Result<Reply, String> {
        match self {
            Self::Ticket(text, valid_s) => {
                let body = json!({ "ticket": text.as_str(), "expiresInMs": valid_s * 1_000 });
                Ok(reply::json_reply(201, &body))
            }
            Self::Unauthorized(reason) => Ok(reply::unauthorized(reason)),
            Self::Unavailable => Ok(reply::unavailable()),
            Self::Broken(problem) => Err(problem.to_owned()),
        }
    }
}
