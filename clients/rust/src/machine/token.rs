//! The token: when it ends, and when the next one is wanted.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::input::AccessToken;
use super::output::TokenReason;

/// A token that ends within this is not worth connecting with.
const MARGIN_MS: u64 = 5_000;
/// The next token is wanted at a random part of the life that is left: from this
const EARLIEST: f64 = 0.75;
/// to this much more.
const SPREAD: f64 = 0.15;
/// A token is not wanted sooner than this after the one before, however short they live.
const SOONEST_MS: u64 = 1_000;
/// How many new tokens a live connection may refuse before it is left to end with the one that it has.
const MOST_REFUSALS: u32 = 2;

/// The token that there is, and what is asked of the application.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    current: Option<Current>,
    /// Whether there ever was one.
    had_one: bool,
    asked: Option<Asked>,
    /// Not to be asked again before this.
    not_before: u64,
    /// How many tokens in a row a handshake refused.
    unauthorized: u32,
    /// How many tokens in a row the live connection refused.
    refused: u32,
    /// The application said that it will have no other.
    given_up: bool,
    /// The current one has to be sent to the live connection at this time.
    send_at: Option<u64>,
    /// How far the server's clock is ahead of ours.
    ahead_ms: i64,
}

#[derive(Debug)]
struct Current {
    token: AccessToken,
    since: u64,
    expires_at: Option<u64>,
    fraction: f64,
}

#[derive(Debug)]
struct Asked {
    deadline: u64,
}

impl Tokens {
    /// A token that can be connected with.
    pub(super) fn usable(&self, now: u64) -> Option<&AccessToken> {
        let current = self.current.as_ref()?;
        let ends_soon = current
            .expires_at
            .is_some_and(|at| at <= self.server_time(now).saturating_add(MARGIN_MS));
        (!ends_soon).then_some(&current.token)
    }

    pub(super) fn current(&self) -> Option<&AccessToken> {
        self.current.as_ref().map(|current| &current.token)
    }

    /// Why the next one is wanted.
    pub(super) fn reason(&self) -> TokenReason {
        if self.unauthorized > 0 || self.refused > 0 {
            TokenReason::Rejected
        } else if self.had_one {
            TokenReason::Expiring
        } else {
            TokenReason::First
        }
    }

    /// The application is asked. Whether it was not asked already.
    pub(super) fn ask(&mut self, deadline: u64) -> bool {
        let new = self.asked.is_none();
        self.asked.get_or_insert(Asked { deadline });
        new
    }

    /// The application brought one. `unit` says when the next one is wanted, within the time that there is.
    pub(super) fn bring(
        &mut self,
        token: AccessToken,
        expires_at: Option<u64>,
        now: u64,
        unit: f64,
    ) {
        let expires_at = expires_at.or_else(|| expiry_of(token.reveal()));
        self.asked = None;
        self.not_before = 0;
        self.given_up = false;
        self.had_one = true;
        self.current = Some(Current {
            token,
            since: now,
            expires_at,
            fraction: EARLIEST + SPREAD * unit,
        });
    }

    /// The application brought none, or did not answer.
    pub(super) fn fail(&mut self, permanent: bool, not_before: u64) {
        self.asked = None;
        self.given_up = permanent;
        self.not_before = not_before;
    }

    /// A handshake refused it. Whether another one is worth a try.
    pub(super) fn unauthorized(&mut self) -> bool {
        self.unauthorized += 1;
        self.forget();
        self.unauthorized < 2
    }

    pub(super) fn was_unauthorized(&self) -> bool {
        self.unauthorized > 0
    }

    /// A handshake took it.
    pub(super) fn accepted(&mut self) {
        self.unauthorized = 0;
        self.refused = 0;
    }

    /// The live connection refused it. Whether another one is worth a try.
    pub(super) fn refused(&mut self) -> bool {
        self.refused += 1;
        self.send_at = None;
        self.given_up = self.refused >= MOST_REFUSALS;
        !self.given_up
    }

    /// The live connection took it, until then (epoch milliseconds of the server).
    pub(super) fn refreshed(&mut self, expires_at: u64) {
        self.refused = 0;
        if let Some(current) = &mut self.current {
            current.expires_at = Some(expires_at);
        }
    }

    pub(super) fn forget(&mut self) {
        self.current = None;
        self.send_at = None;
    }

    /// It is to be sent to the live connection.
    pub(super) fn send_at(&mut self, at: Option<u64>) {
        self.send_at = at;
    }

    pub(super) fn is_to_send(&self, now: u64) -> bool {
        self.send_at.is_some_and(|at| at <= now)
    }

    /// What the server's clock says, learned from its frames.
    pub(super) fn learn_time(&mut self, server: u64, now: u64) {
        let ahead = i128::from(server) - i128::from(now);
        self.ahead_ms = i64::try_from(ahead).unwrap_or(0);
    }

    fn server_time(&self, now: u64) -> u64 {
        now.saturating_add_signed(self.ahead_ms)
    }

    pub(super) fn is_late(&self, now: u64) -> bool {
        self.asked
            .as_ref()
            .is_some_and(|asked| asked.deadline <= now)
    }

    /// When the next one is wanted on a live connection.
    pub(super) fn renew_at(&self) -> Option<u64> {
        if self.asked.is_some() || self.given_up || self.send_at.is_some() {
            return None;
        }
        let current = self.current.as_ref()?;
        let life = current
            .expires_at?
            .saturating_sub(self.server_time(current.since));
        let at = current.since + part(life, current.fraction).max(SOONEST_MS);
        Some(at.max(self.not_before))
    }

    /// How long the token still holds.
    pub(super) fn left(&self, now: u64) -> u64 {
        let expires_at = self.current.as_ref().and_then(|current| current.expires_at);
        expires_at.map_or(0, |at| at.saturating_sub(self.server_time(now)))
    }

    pub(super) fn wake_at(&self, online: bool) -> u64 {
        let asked = self.asked.as_ref().map(|asked| asked.deadline);
        let online = online.then(|| self.renew_at().into_iter().chain(self.send_at));
        let times = asked.into_iter().chain(online.into_iter().flatten());
        times.min().unwrap_or(u64::MAX)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a life is far below 2^53 ms, and the part is between 0 and 1"
)]
fn part(life: u64, fraction: f64) -> u64 {
    (life as f64 * fraction) as u64
}

/// When a JWT ends, in epoch milliseconds, by its own word. It is the server that verifies it.
fn expiry_of(token: &str) -> Option<u64> {
    #[derive(Deserialize)]
    struct Claims {
        exp: u64,
    }
    let payload = token.split('.').nth(1)?;
    let payload = BASE64_URL_SAFE_NO_PAD
        .decode(payload.trim_end_matches('='))
        .ok()?;
    let Claims { exp } = serde_json::from_slice(&payload).ok()?;
    exp.checked_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> String {
        format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn the_expiry_of_a_jwt_is_read_and_what_is_none_has_none() {
        assert_eq!(expiry_of(&jwt(r#"{"exp":900}"#)), Some(900_000));
        for token in [
            "opaque",
            "a.b.c",
            "a.!.c",
            &jwt("{}"),
            &jwt(r#"{"exp":-1}"#),
        ] {
            assert_eq!(expiry_of(token), None, "{token}");
        }
    }

    #[test]
    fn the_next_one_is_wanted_before_the_end_by_the_servers_clock() {
        let mut tokens = Tokens::default();
        tokens.bring(AccessToken::new("t"), Some(101_000), 1_000, 0.0);
        assert_eq!(tokens.renew_at(), Some(76_000));
        tokens.learn_time(41_000, 1_000);
        assert_eq!(tokens.renew_at(), Some(46_000), "the server is 40 s ahead");
        assert!(tokens.usable(55_000).is_some());
        assert!(tokens.usable(56_000).is_none());
    }

    #[test]
    fn two_refusals_of_a_handshake_are_enough() {
        let mut tokens = Tokens::default();
        tokens.bring(AccessToken::new("t"), None, 0, 0.0);
        assert!(tokens.unauthorized());
        assert_eq!(tokens.reason(), TokenReason::Rejected);
        tokens.bring(AccessToken::new("t2"), None, 0, 0.0);
        assert!(!tokens.unauthorized());
    }
}
