//! A connection comes.

use thiserror::Error;

use super::{Broker, Notice};
use crate::connection::{
    Connected, ConnectionId, Join, LARGE_SESSION_BYTES, MAX_CONNECTIONS, NewConnection, Session,
    SessionKey, Subscriber,
};
use crate::connection::{Place, Shard};
use crate::delivery::HANDSHAKE_MS;
use crate::limits::WhenFull;
use crate::namespace::{Action, Forbidden, PresenceMode};
use crate::protocol::{Channel, GoodbyeReason};
use crate::store::{Lease, MOST_FORGOTTEN, OpenError, SLACK_S, StoreError};

/// How many marks of gone connections a session's item may hold before the oldest are removed.
const MARKS: usize = 8;

/// How long after the grace it is told that somebody left, if it is not lost. In milliseconds.
const TOLD_MS: u64 = 60_000;

/// Why a connection was not registered.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// It had ended before it was registered.
    #[error("the connection ended before it was registered")]
    Gone,
    /// The user's tokens of that time were revoked.
    #[error("the token was revoked")]
    Revoked,
    /// The user has as many sessions as they may.
    #[error("the user has as many connections as they may")]
    TooManyConnections,
    /// The session has the rights of a newer token, and they do not allow the channel.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Broker<'_> {
    /// The place that a connection gets in a channel as it is registered. Who may join it was checked before.
    ///
    /// # Errors
    /// When the database failed.
    pub async fn join_of(
        &self,
        channel: Channel,
        connection: &ConnectionId,
    ) -> Result<Join, StoreError> {
        let shards = self.store.shards(&channel).await?;
        let presence = self.rules.namespaces.of(&channel);
        let present = presence.is_some_and(|namespace| namespace.presence != PresenceMode::None);
        let shard = Shard::of(connection, shards);
        Ok(Join {
            place: Place { channel, shard },
            present,
        })
    }

    /// Registers a connection. Its row in the channel that it joins comes first and its session second: so `$disconnect`,
    /// which removes what the session names, either finds the row or makes the session refuse, and then the row goes here.
    ///
    /// Costs one write, one more with a channel, and another one, for the lease, where the channel tells who is there.
    ///
    /// # Errors
    /// When the connection may not be, or is not any more.
    pub async fn connect(&self, new: &NewConnection) -> Result<(), ConnectError> {
        self.put_row(new).await?;
        let before = match self.open(new).await {
            Ok(before) => before,
            Err(refused) => {
                self.take_back_row(new).await;
                return Err(refused);
            }
        };
        if let Err(refused) = self.may_stay(new, before.as_ref()).await {
            // It counts for nothing any more; what cannot be removed now goes with its time to live.
            let _closed = self.disconnect(&new.key, &new.connection).await;
            return Err(refused);
        }
        if let Some(before) = &before {
            self.replace_oldest(new, before).await;
            self.tidy(&new.key, before).await;
        }
        self.tell_presence(new, before.as_ref()).await;
        Ok(())
    }

    /// The row in the channel that it joins, and before it the lease where the channel tells who is there.
    async fn put_row(&self, new: &NewConnection) -> Result<(), StoreError> {
        let Some(join) = &new.joins else {
            return Ok(());
        };
        if join.present {
            self.lease(Lease {
                key: new.key.clone(),
                connection: new.connection.clone(),
                endpoint: new.endpoint.clone(),
                place: Some(join.place.clone()),
            })
            .await?;
        }
        let subscriber = Subscriber {
            connection: new.connection.clone(),
            endpoint: new.endpoint.clone(),
            key: new.key.clone(),
            shard: join.place.shard,
            expires_at: new.rights.expires_at,
            since_ms: self.now_ms(),
        };
        let channel = &join.place.channel;
        self.store.put_subscription(channel, &subscriber).await
    }

    /// Whether a connection that its session names by now may be: what would refuse it is read after that, so that whoever
    /// comes or revokes at the same time sees it.
    async fn may_stay(
        &self,
        new: &NewConnection,
        before: Option<&Session>,
    ) -> Result<(), ConnectError> {
        let revoked_before = self.store.revoked_before(&new.key.user).await?;
        if revoked_before.is_some_and(|before| new.rights.issued_at < before) {
            return Err(ConnectError::Revoked);
        }
        self.keep_to_newest(new, before).await?;
        self.admit(new).await?;
        if let Some(before) = before
            && new.rights.issued_at >= before.rights.issued_at
        {
            self.end_what_is_not_allowed(&new.key, before, &new.rights)
                .await?;
        }
        Ok(())
    }

    /// What has ended keeps nobody out: where there is no room in the session's item, it goes first.
    async fn open(&self, new: &NewConnection) -> Result<Option<Session>, ConnectError> {
        let opened = self.try_to_open(new).await;
        if !matches!(
            opened,
            Err(ConnectError::Store(StoreError::TooLarge { .. }))
        ) {
            return opened;
        }
        self.make_room(&new.key).await?;
        self.try_to_open(new).await
    }

    async fn try_to_open(&self, new: &NewConnection) -> Result<Option<Session>, ConnectError> {
        let opened = match self.store.open(new, false, self.now_ms()).await {
            // The session goes on with the rights of its newest token.
            Err(OpenError::OlderToken) => self.store.open(new, true, self.now_ms()).await,
            opened => opened,
        };
        opened.map_err(|error| match error {
            OpenError::Store(error) => ConnectError::Store(error),
            _ => ConnectError::Gone,
        })
    }

    /// A session that has the rights of a newer token keeps them: the row that was written with those of this one ends when
    /// they do, and is none where they do not allow it.
    async fn keep_to_newest(
        &self,
        new: &NewConnection,
        before: Option<&Session>,
    ) -> Result<(), ConnectError> {
        let (Some(join), Some(before)) = (&new.joins, before) else {
            return Ok(());
        };
        let newest = &before.rights;
        if newest.issued_at <= new.rights.issued_at {
            return Ok(());
        }
        let channel = &join.place.channel;
        let namespaces = &self.rules.namespaces;
        namespaces.check(Action::Subscribe, newest, channel)?;
        self.store
            .extend_subscription(&join.place, &new.connection, newest.expires_at)
            .await?;
        Ok(())
    }

    async fn take_back_row(&self, new: &NewConnection) {
        if let Some(join) = &new.joins {
            // The time to live takes a row that cannot be removed now.
            let _removed = self
                .store
                .delete_subscription(&join.place, &new.connection, None)
                .await;
        }
    }

    /// Whether the user may have this session too. It is there already when the others are counted: so of two that come at
    /// once each sees the other, and never are there more than may be.
    async fn admit(&self, new: &NewConnection) -> Result<(), ConnectError> {
        let limits = &self.rules.limits;
        let Some(most) = limits.connections_per_user else {
            return Ok(());
        };
        let mut others = self.store.sessions_of(&new.key.user).await?;
        others.retain(|(key, session)| *key != new.key && !session.connections.is_empty());
        let over = |others: &[_]| others.len() >= most as usize;
        if !over(&others) {
            return Ok(());
        }
        // Oldest first; and whoever is dead keeps nobody out.
        others.sort_by_key(|(key, session)| (newest_of(session), key.clone()));
        let mut alive = Vec::new();
        for (key, session) in others {
            if self.is_any_alive(&key, &session).await {
                alive.push((key, session));
            }
        }
        if !over(&alive) {
            return Ok(());
        }
        match limits.when_full {
            WhenFull::Refuse => Err(ConnectError::TooManyConnections),
            WhenFull::GoodbyeOldest => {
                let excess = alive.len() + 1 - most as usize;
                for (key, session) in alive.into_iter().take(excess) {
                    for (connection, connected) in &session.connections {
                        let reason = GoodbyeReason::TooManyConnections;
                        self.end(&key, connection, &connected.endpoint, reason)
                            .await?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Whether any connection of a session is alive; those that are not are removed.
    async fn is_any_alive(&self, key: &SessionKey, session: &Session) -> bool {
        let mut alive = false;
        for (connection, connected) in &session.connections {
            let young = self.now_ms() < connected.since_ms.saturating_add(HANDSHAKE_MS);
            let exists = self.sender.exists(&connected.endpoint, connection).await;
            // What cannot be said is taken for alive, and "gone" for "not yet" while the handshake may be under way.
            if young || exists.unwrap_or(true) {
                alive = true;
            } else {
                let _removed = self.disconnect(key, connection).await;
            }
        }
        alive
    }

    /// A session has two connections at most, so that one can take over from the other: the oldest give way.
    async fn replace_oldest(&self, new: &NewConnection, before: &Session) {
        let mut others: Vec<(&ConnectionId, &Connected)> = before
            .connections
            .iter()
            .filter(|(connection, _)| **connection != new.connection)
            .collect();
        others.sort_by_key(|(connection, connected)| (connected.since_ms, (*connection).clone()));
        let excess = (others.len() + 1).saturating_sub(MAX_CONNECTIONS);
        for (connection, connected) in others.into_iter().take(excess) {
            let (key, endpoint, reason) = (&new.key, &connected.endpoint, GoodbyeReason::Replaced);
            // What cannot be removed now goes with its `$disconnect`.
            let _ended = self.end(key, connection, endpoint, reason).await;
        }
    }

    /// Forgets every connection of a session that has ended, however short a time ago.
    async fn make_room(&self, key: &SessionKey) -> Result<(), StoreError> {
        let Some(session) = self.store.session(key).await? else {
            return Ok(());
        };
        let gone: Vec<_> = session.gone.keys().cloned().collect();
        for connection in &gone {
            self.remove_rows(&session, connection).await?;
        }
        for some in gone.chunks(MOST_FORGOTTEN) {
            self.store.forget(key, some).await?;
        }
        Ok(())
    }

    /// Forgets connections that ended so long ago that nothing of them can come any more; and of a session whose item is
    /// large the places of those that ended just now, too. What cannot be forgotten is left to the next one.
    async fn tidy(&self, key: &SessionKey, before: &Session) {
        let is_large = before.bytes() > LARGE_SESSION_BYTES;
        if before.gone.len() < MARKS && !is_large {
            return;
        }
        let settled_ms = self.now_ms().saturating_sub(SLACK_S * 1_000);
        let (settled, others): (Vec<_>, Vec<_>) = before
            .gone
            .iter()
            .map(|(connection, gone_ms)| (connection.clone(), *gone_ms))
            .partition(|(_, gone_ms)| *gone_ms < settled_ms);
        let settled: Vec<_> = settled.into_iter().map(|(id, _)| id).collect();
        for some in settled.chunks(MOST_FORGOTTEN) {
            let _forgotten = self.store.forget(key, some).await;
        }
        if is_large {
            for (connection, gone_ms) in &others {
                self.vacate(key, before, connection, *gone_ms).await;
            }
        }
    }

    /// Forgets the places of a connection that ended, and where it was present unless that is still to be told.
    async fn vacate(
        &self,
        key: &SessionKey,
        session: &Session,
        connection: &ConnectionId,
        gone_ms: u64,
    ) {
        let grace_ms = u64::from(self.rules.presence.grace_seconds) * 1_000 + TOLD_MS;
        let is_told = self.now_ms() > gone_ms.saturating_add(grace_ms)
            || self.channels_to_tell(session, connection).is_empty();
        let holds = session.places.contains_key(connection)
            || (is_told && session.present.values().any(|by| by.contains(connection)));
        if holds && self.remove_rows(session, connection).await.is_ok() {
            let _vacated = self.store.vacate(key, connection, is_told).await;
        }
    }

    async fn tell_presence(&self, new: &NewConnection, before: Option<&Session>) {
        let Some(Join {
            place,
            present: true,
        }) = &new.joins
        else {
            return;
        };
        let channel = &place.channel;
        let was_there = before.is_some_and(|before| before.present.contains_key(channel));
        if !was_there {
            self.notify_joined(channel, &new.key).await;
        }
    }

    /// Has a connection looked after, before it is present anywhere.
    pub(super) async fn lease(&self, lease: Lease) -> Result<(), StoreError> {
        let minute = self.now_ms() / 60_000 + u64::from(self.rules.presence.lease_minutes);
        self.store.put_lease(minute, &lease).await
    }

    pub(super) async fn notify_joined(&self, channel: &Channel, key: &SessionKey) {
        let notice = Notice::Joined {
            channel: channel.clone(),
            key: key.clone(),
            at_ms: self.now_ms(),
        };
        self.notify(channel, notice, 0).await;
    }

    /// Hands a notice to the queue where the channel's namespace tells who comes and goes. Who asks is told by the list all
    /// the same: that a notice is lost changes nothing there.
    pub(super) async fn notify(&self, channel: &Channel, notice: Notice, delay_s: u32) {
        let namespace = self.rules.namespaces.of(channel);
        if namespace.is_some_and(|namespace| namespace.presence == PresenceMode::Full) {
            let trace = self.circumstances.trace;
            let _handed = self.queue.send_notice(&notice, delay_s, trace).await;
        }
    }
}

fn newest_of(session: &Session) -> u64 {
    let since = session
        .connections
        .values()
        .map(|connected| connected.since_ms);
    since.max().unwrap_or(0)
}
