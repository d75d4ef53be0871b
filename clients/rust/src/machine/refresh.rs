//! The token of a live connection: asked for early, and sent in a `refresh` frame.

use tidegate_protocol::{ClientFrame, RefreshFrame, Refreshed};

use super::input::AccessToken;
use super::output::{Cause, CloseReason, DropReason, Output};
use super::requests::Asked;
use super::{Machine, Phase};

/// When the application has no token, it is asked again after this at least,
const ASK_AGAIN_MS: u64 = 1_000;
/// and this at most.
const ASK_AGAIN_WITHIN_MS: u64 = 60_000;

impl Machine {
    pub(super) fn ask_for_token(&mut self) {
        let reason = self.tokens.reason();
        let deadline = self.now + self.config.token_timeout_ms;
        if self.tokens.ask(deadline) {
            self.out.push(Output::WantToken { reason });
        }
    }

    pub(super) fn token_brought(&mut self, token: AccessToken, expires_at_ms: Option<u64>) {
        if self.is_closed() {
            return;
        }
        let unit = self.random.unit();
        self.tokens.bring(token, expires_at_ms, self.now, unit);
        match self.phase {
            Phase::AwaitingToken if self.tokens.usable(self.now).is_some() => self.begin(),
            // It has ended already: asking at once would only bring it again.
            Phase::AwaitingToken => self.token_failed(false),
            // A handshake that is under way brings the one before: this one follows as soon as it has succeeded.
            Phase::Online | Phase::Connecting => self.tokens.send_at(Some(self.now)),
            _ => {}
        }
    }

    pub(super) fn token_failed(&mut self, permanent: bool) {
        if self.phase != Phase::AwaitingToken {
            let most = (self.tokens.left(self.now) / 4).min(ASK_AGAIN_WITHIN_MS);
            let not_before = self.now + ASK_AGAIN_MS + self.draw(most);
            self.tokens.fail(permanent, not_before);
            return;
        }
        self.tokens.fail(permanent, 0);
        if !permanent {
            self.come_back(Cause::NoToken, false);
        } else if self.tokens.was_unauthorized() {
            self.stop(CloseReason::Unauthorized);
        } else {
            self.stop(CloseReason::NoToken);
        }
    }

    /// Asks for the next token and sends it, when it is time.
    pub(super) fn refresh(&mut self) {
        if self.tokens.is_late(self.now) {
            self.token_failed(false);
        }
        if self.phase != Phase::Online {
            return;
        }
        if self.tokens.renew_at().is_some_and(|at| at <= self.now) {
            self.ask_for_token();
        }
        if self.tokens.is_to_send(self.now) {
            self.tokens.send_at(None);
            self.send_token();
        }
    }

    fn send_token(&mut self) {
        let socket = self.primary.as_ref().map(|link| link.socket);
        let (Some(socket), Some(token)) = (socket, self.tokens.current().cloned()) else {
            return;
        };
        self.ask(socket, Asked::Refresh, |id| {
            ClientFrame::Refresh(RefreshFrame {
                id,
                token: token.reveal().to_owned(),
            })
        });
    }

    pub(super) fn refreshed(&mut self, reply: Refreshed) {
        self.tokens
            .refreshed(reply.expires_at.saturating_mul(1_000));
        for channel in reply.dropped {
            self.drop_channel(channel, DropReason::NoLongerAllowed);
        }
    }

    /// The live connection does not take the token. It keeps the rights of the one before until that ends.
    pub(super) fn refresh_refused(&mut self) {
        if self.tokens.refused() {
            self.ask_for_token();
        }
    }
}
