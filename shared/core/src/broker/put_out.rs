//! Connections are put out.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};

use super::{AT_ONCE, Broker};
use crate::connection::{ConnectionId, Endpoint, Session, SessionKey};
use crate::delivery::say_goodbye;
use crate::protocol::GoodbyeReason;
use crate::store::{SLACK_S, StoreError};

/// Whose connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All of a user.
    User(String),
    /// Those of one session.
    Session(SessionKey),
    /// One of a user.
    Connection(String, ConnectionId),
}

impl Which {
    fn user(&self) -> &str {
        match self {
            Self::User(user) | Self::Connection(user, _) => user,
            Self::Session(key) => &key.user,
        }
    }

    fn includes(&self, key: &SessionKey, connection: &ConnectionId) -> bool {
        match self {
            Self::User(_) => true,
            Self::Session(session) => session == key,
            Self::Connection(_, one) => one == connection,
        }
    }
}

/// How many connections were ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ended {
    /// Connections that were told and ended.
    pub connections: usize,
}

/// How long a window is in which refusals are counted, in milliseconds.
const STRIKES_MS: u64 = 10_000;
/// How many refusals are too many. Whoever keeps to `retryAfterMs` is refused what was under way when the first refusal
/// came, and once more for each rate that it has to learn: the Rust client has sixteen publications under way at most,
/// sixteen reads and about a dozen channels.
const STRIKES: u32 = 50;
/// So many refusals in a row end what there is: one write that was made twice counts as two, and the first time may fail.
const ENDINGS: u32 = 3;
/// Whoever is refused all the same is ended once more after so many refusals. Not each time, since that costs a read and a
/// write for each channel, and a flood is still under way when its socket is ended.
const AGAIN: u32 = 1_000;

const fn is_too_many(strikes: u32) -> bool {
    let over = strikes.saturating_sub(STRIKES);
    strikes >= STRIKES && (over < ENDINGS || strikes.is_multiple_of(AGAIN))
}

impl Broker<'_> {
    /// Counts that a session was refused for sending too much. One that keeps on is put out, with all its connections,
    /// before it spends what all share; returns whether any of them was.
    ///
    /// Costs one write.
    ///
    /// # Errors
    /// When the database failed.
    pub async fn strike(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        endpoint: &Endpoint,
    ) -> Result<bool, StoreError> {
        let window_ms = self.now_ms() / STRIKES_MS * STRIKES_MS;
        let strikes = self.store.strike(key, window_ms).await?;
        if !is_too_many(strikes) {
            return Ok(false);
        }
        let session = self.store.session(key).await?;
        let live = session.map(|session| session.connections);
        let live = live.into_iter().flatten();
        let mut out: BTreeMap<_, _> = live.map(|(id, it)| (id, it.endpoint)).collect();
        let any = !out.is_empty();
        // It sends, whether it is registered or not.
        out.insert(connection.clone(), endpoint.clone());
        for (connection, endpoint) in &out {
            self.end(key, connection, endpoint, GoodbyeReason::Flood)
                .await?;
        }
        Ok(any)
    }

    /// Says goodbye to connections, ends them, and removes what there is of them.
    ///
    /// # Errors
    /// When the sessions could not be read, or a connection could not be removed: the others are, and it can be tried again.
    pub async fn put_out(&self, which: &Which, reason: GoodbyeReason) -> Result<Ended, StoreError> {
        let chosen = |key: &SessionKey, _: &Session, connection: &ConnectionId| {
            which.includes(key, connection)
        };
        self.put_out_chosen(which.user(), chosen, reason).await
    }

    /// Refuses the user's tokens of until now, and puts out whoever is connected. The order matters: whoever connects
    /// meanwhile either sees the revocation or is seen here.
    ///
    /// # Errors
    /// When it could not be noted, the sessions could not be read, or a connection could not be removed: it can be tried again.
    pub async fn revoke(&self, user: &str) -> Result<Ended, StoreError> {
        let before = self.now_ms() / 1_000 + 1;
        self.store.revoke(user, before).await?;
        self.put_out(&Which::User(user.to_owned()), GoodbyeReason::Revoked)
            .await
    }

    /// Refuses the user's tokens of until `at_s` (epoch seconds), which is when somebody revoked them elsewhere, and puts out
    /// the sessions whose rights are of such a token. Whoever has signed in since stays, however late or often this comes.
    ///
    /// What is yet to come cannot be revoked: a later time counts as now.
    ///
    /// # Errors
    /// As of [`Self::revoke`].
    pub async fn revoke_as_of(&self, user: &str, at_s: u64) -> Result<Ended, StoreError> {
        let before = at_s.min(self.now_ms() / 1_000) + 1;
        self.store.revoke(user, before).await?;
        let older =
            |_: &SessionKey, session: &Session, _: &ConnectionId| session.rights.issued_at < before;
        self.put_out_chosen(user, older, GoodbyeReason::Revoked)
            .await
    }

    async fn put_out_chosen(
        &self,
        user: &str,
        chosen: impl Fn(&SessionKey, &Session, &ConnectionId) -> bool,
        reason: GoodbyeReason,
    ) -> Result<Ended, StoreError> {
        let sessions = self.store.sessions_of(user).await?;
        let settled_ms = self.now_ms().saturating_sub(SLACK_S * 1_000);
        let (mut ending, mut marked) = (Vec::new(), Vec::new());
        for (key, session) in &sessions {
            for (connection, connected) in &session.connections {
                if chosen(key, session, connection) {
                    ending.push((key, connection, &connected.endpoint));
                }
            }
            for (connection, gone_ms) in &session.gone {
                if *gone_ms >= settled_ms && chosen(key, session, connection) {
                    marked.push((session, connection));
                }
            }
        }
        let ended = Ended {
            connections: ending.len(),
        };
        let done: Vec<_> = stream::iter(ending)
            .map(|(key, connection, endpoint)| self.end(key, connection, endpoint, reason))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        done.into_iter().collect::<Result<(), _>>()?;
        // Whoever tried before may have crashed when a connection was marked and its rows were left: what is published would
        // go to it still.
        for (session, connection) in marked {
            self.remove_rows(session, connection).await?;
        }
        Ok(ended)
    }

    /// Tells one connection why it is put out, ends it, and removes what there is of it, without waiting for `$disconnect`. One
    /// that cannot be told or ended now receives nothing more, and whatever it sends is refused.
    ///
    /// # Errors
    /// When it could not be removed.
    pub async fn end(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        endpoint: &Endpoint,
        reason: GoodbyeReason,
    ) -> Result<(), StoreError> {
        say_goodbye(self.sender, endpoint, connection, reason).await;
        self.disconnect(key, connection).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_is_jumped_over_ends_nobody_later() {
        let ends = |counts: &[u32]| counts.iter().filter(|count| is_too_many(**count)).count();
        assert_eq!(ends(&(0..50).collect::<Vec<_>>()), 0);
        assert_eq!(ends(&[48, 49, 51]), 1, "one write was made twice");
        assert_eq!(ends(&(50..1_000).collect::<Vec<_>>()), 3);
        assert_eq!(ends(&[1_000, 1_001, 2_000]), 2);
    }
}
