//! Access control: who may connect.
//!
//! The authorizer of the handshake and the connection check of the HTTP API decide with this, so that whoever asks the
//! one why the other refused is told the truth.

mod ticket;

use thiserror::Error;
use tidegate_core::channel::Channel;
use tidegate_core::namespace::{Action, Namespaces};
use tidegate_core::protocol::ROOM_NAMESPACE;
use tidegate_core::rights::Rights;
use tidegate_core::store::{REVOCATION_S, StoreError, Tickets};
use tidegate_tokens::{Claims, KeysUnavailable, LONGEST_LIFE_S, TokenError, Verifier};

pub use ticket::{TICKET_BYTES, TICKET_S, TicketText};

// Else a token would be good again whose revocation is kept no longer.
const _: () = assert!(LONGEST_LIFE_S <= REVOCATION_S);

/// What somebody who wants to connect brings.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The access token, wherever it was.
    pub token: Option<&'a str>,
    /// The room that the query names.
    pub room: Option<&'a str>,
}

/// What was decided.
#[derive(Debug)]
pub enum Decision {
    /// Let it in, with these rights.
    Allow(Rights),
    /// The token is good, but its user may not do this.
    Deny {
        /// The user.
        user: String,
    },
    /// There is no token, or one that is not accepted.
    Unauthorized(Option<TokenError>),
    /// It cannot be decided now.
    Unavailable(Unavailable),
}

/// Who cannot be asked, so that nothing can be decided.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// The issuer of the tokens.
    #[error(transparent)]
    Keys(#[from] KeysUnavailable),
    /// Where tickets are kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Decides who may connect.
pub struct AccessControl {
    verifier: Verifier,
    namespaces: Namespaces,
}

impl AccessControl {
    /// Accepts what `verifier` does, for what `namespaces` allow.
    #[must_use]
    pub const fn new(verifier: Verifier, namespaces: Namespaces) -> Self {
        Self {
            verifier,
            namespaces,
        }
    }

    /// Decides one attempt at `now_ms` (epoch milliseconds).
    pub async fn decide(&self, attempt: Attempt<'_>, now_ms: u64) -> Decision {
        let Some(token) = attempt.token else {
            return Decision::Unauthorized(None);
        };
        let claims = match self.verifier.verify(token, now_ms).await {
            Ok(claims) => claims,
            Err(TokenError::Keys(error)) => return Decision::Unavailable(error.into()),
            Err(error) => return Decision::Unauthorized(Some(error)),
        };
        let Claims {
            sub: user,
            groups,
            iat: issued_at,
            exp: expires_at,
            ..
        } = claims;
        let rights = Rights {
            user,
            groups,
            issued_at,
            expires_at,
        };
        self.admit(rights, attempt.room)
    }

    /// Decides about somebody who brings a ticket in the place of a token, at `now_ms` (epoch milliseconds). The ticket is
    /// taken, whatever is decided: it never serves again.
    pub async fn decide_ticket(
        &self,
        ticket: &str,
        room: Option<&str>,
        tickets: &dyn Tickets,
        now_ms: u64,
    ) -> Decision {
        // What cannot be one is not asked for.
        let Some(digest) = TicketText::digest_of(ticket) else {
            return Decision::Unauthorized(None);
        };
        match tickets.take_ticket(&digest).await {
            Ok(Some(ticket)) if now_ms / 1_000 < ticket.valid_until => {
                if ticket.rights.expired(now_ms) {
                    return Decision::Unauthorized(Some(TokenError::Expired));
                }
                self.admit(ticket.rights, room)
            }
            Ok(_) => Decision::Unauthorized(None),
            Err(error) => Decision::Unavailable(error.into()),
        }
    }

    fn admit(&self, rights: Rights, room: Option<&str>) -> Decision {
        if !self.may_join(room, &rights) {
            return Decision::Deny { user: rights.user };
        }
        Decision::Allow(rights)
    }

    /// A room whose name is no name is left to `$connect`, which can say what is wrong with it.
    fn may_join(&self, room: Option<&str>, rights: &Rights) -> bool {
        match room.map(|name| Channel::new(ROOM_NAMESPACE, name)) {
            Some(Ok(channel)) => self
                .namespaces
                .check(Action::Subscribe, rights, &channel)
                .is_ok(),
            Some(Err(_)) | None => true,
        }
    }
}

/// The token of an `Authorization: Bearer …` header.
#[must_use]
pub fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then_some(token.trim())
}
