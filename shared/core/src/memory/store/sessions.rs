//! Sessions in memory.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{MemoryStore, SessionRow};
use crate::channel::Channel;
use crate::connection::{Connected, ConnectionId, NewConnection, Place, Session, SessionKey};
use crate::rights::Rights;
use crate::store::{
    CONNECTION_S, JoinError, MOST_FORGOTTEN, OpenError, RightsError, SLACK_S, Sessions, StoreError,
    Taken, USER_BUCKETS_S,
};

/// From when on a session may be removed whose connection is opened or closed now, in epoch seconds.
const fn ttl(now_ms: u64) -> u64 {
    now_ms / 1000 + CONNECTION_S + SLACK_S
}

/// How long an item can be (an AWS quota), in bytes.
const ITEM_BYTES: usize = 400 * 1_024;

impl SessionRow {
    /// The same, if it is not too long for an item.
    fn checked(self, operation: &'static str) -> Result<Self, StoreError> {
        let session = self.session();
        if session.is_some_and(|session| session.bytes() > ITEM_BYTES) {
            return Err(StoreError::TooLarge { operation });
        }
        Ok(self)
    }

    fn is_live(&self, connection: &ConnectionId) -> bool {
        self.rights.is_some()
            && self.connections.contains_key(connection)
            && !self.gone.contains_key(connection)
    }

    fn has_newer_than(&self, rights: &Rights) -> bool {
        self.rights
            .as_ref()
            .is_some_and(|held| held.issued_at > rights.issued_at)
    }

    fn join(&mut self, connection: &ConnectionId, place: &Place, present: bool) {
        let places = self.places.entry(connection.clone()).or_default();
        places.insert(place.clone());
        if present {
            let by = self.present.entry(place.channel.clone()).or_default();
            by.insert(connection.clone());
        }
    }

    fn part(&mut self, connection: &ConnectionId, channel: &Channel) {
        if let Some(by) = self.present.get_mut(channel) {
            by.remove(connection);
            if by.is_empty() {
                self.present.remove(channel);
            }
        }
    }

    fn leave(&mut self, connection: &ConnectionId, place: &Place) {
        if let Some(places) = self.places.get_mut(connection) {
            places.remove(place);
            if places.is_empty() {
                self.places.remove(connection);
            }
        }
        self.part(connection, &place.channel);
    }

    fn vacate(&mut self, connection: &ConnectionId, present: bool) {
        self.places.remove(connection);
        if present {
            self.present.retain(|_, by| {
                by.remove(connection);
                !by.is_empty()
            });
        }
    }
}

#[async_trait]
impl Sessions for MemoryStore {
    async fn open(
        &self,
        new: &NewConnection,
        keep_rights: bool,
        now_ms: u64,
    ) -> Result<Option<Session>, OpenError> {
        let mut tables = self.open_tables("open")?;
        let row = tables.sessions.get(&new.key);
        if row.is_some_and(|row| row.gone.contains_key(&new.connection)) {
            return Err(OpenError::Gone);
        }
        if !keep_rights && row.is_some_and(|row| row.has_newer_than(&new.rights)) {
            return Err(OpenError::OlderToken);
        }
        let mut next = row.cloned().unwrap_or_default();
        let before = next.session();
        if !keep_rights || next.rights.is_none() {
            next.rights = Some(Rights {
                user: new.key.user.clone(),
                ..new.rights.clone()
            });
        }
        let connected = Connected {
            endpoint: new.endpoint.clone(),
            since_ms: now_ms,
        };
        next.connections.insert(new.connection.clone(), connected);
        if let Some(join) = &new.joins {
            next.join(&new.connection, &join.place, join.present);
        }
        next.ttl = ttl(now_ms);
        tables
            .sessions
            .insert(new.key.clone(), next.checked("open")?);
        Ok(before)
    }

    async fn close(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        now_ms: u64,
    ) -> Result<Option<Session>, StoreError> {
        let mut tables = self.open_tables("close")?;
        let mut next = tables.sessions.get(key).cloned().unwrap_or_default();
        let before = next.session();
        next.connections.remove(connection);
        next.gone.entry(connection.clone()).or_insert(now_ms);
        next.ttl = ttl(now_ms);
        tables.sessions.insert(key.clone(), next.checked("close")?);
        Ok(before)
    }

    async fn session(&self, key: &SessionKey) -> Result<Option<Session>, StoreError> {
        let tables = self.open_tables("session")?;
        Ok(tables.sessions.get(key).and_then(SessionRow::session))
    }

    async fn sessions_of(&self, user: &str) -> Result<Vec<(SessionKey, Session)>, StoreError> {
        let tables = self.open_tables("sessions_of")?;
        let first = SessionKey {
            user: user.to_owned(),
            session: String::new(),
        };
        let rows = tables.sessions.range(first..);
        let rows = rows.take_while(|(key, _)| key.user == user);
        Ok(rows
            .filter_map(|(key, row)| Some((key.clone(), row.session()?)))
            .collect())
    }

    async fn join(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        place: &Place,
        present: bool,
        most: usize,
    ) -> Result<Session, JoinError> {
        let mut tables = self.open_tables("join")?;
        let row = tables
            .sessions
            .get_mut(key)
            .filter(|row| row.is_live(connection))
            .ok_or(JoinError::NotConnected)?;
        let before = row.session().ok_or(JoinError::NotConnected)?;
        let places = before.places.get(connection);
        let is_there = places.is_some_and(|places| places.contains(place));
        if !is_there && places.map_or(0, BTreeSet::len) >= most {
            return Err(JoinError::TooMany(most));
        }
        let mut next = row.clone();
        next.join(connection, place, present);
        *row = next.checked("join")?;
        Ok(before)
    }

    async fn leave(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        place: &Place,
    ) -> Result<Option<Session>, StoreError> {
        let mut tables = self.open_tables("leave")?;
        let row = tables.sessions.get_mut(key);
        Ok(row.and_then(|row| {
            let before = row.session();
            row.leave(connection, place);
            before
        }))
    }

    async fn part(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        channel: &Channel,
    ) -> Result<Option<Session>, StoreError> {
        let mut tables = self.open_tables("part")?;
        let row = tables.sessions.get_mut(key);
        Ok(row.and_then(|row| {
            let before = row.session();
            row.part(connection, channel);
            before
        }))
    }

    async fn set_rights(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        rights: &Rights,
    ) -> Result<Session, RightsError> {
        let mut tables = self.open_tables("set_rights")?;
        let row = tables
            .sessions
            .get_mut(key)
            .filter(|row| row.is_live(connection))
            .ok_or(RightsError::NotConnected)?;
        if row.has_newer_than(rights) {
            return Err(RightsError::OlderToken);
        }
        let before = row.session().ok_or(RightsError::NotConnected)?;
        let next = SessionRow {
            rights: Some(Rights {
                user: key.user.clone(),
                ..rights.clone()
            }),
            ..row.clone()
        };
        *row = next.checked("set_rights")?;
        Ok(before)
    }

    async fn take(
        &self,
        key: &SessionKey,
        bucket: &str,
        seen: Option<u64>,
        next: u64,
    ) -> Result<Taken, StoreError> {
        let mut tables = self.open_tables("take")?;
        let row = tables.sessions.get_mut(key);
        let Some(row) = row.filter(|row| row.rights.is_some()) else {
            return Ok(Taken::NoSession);
        };
        let held = row.buckets.get(bucket).copied();
        if held != seen {
            return Ok(Taken::Elsewhere(held));
        }
        row.buckets.insert(bucket.to_owned(), next);
        Ok(Taken::Moved)
    }

    async fn take_of_user(
        &self,
        user: &str,
        bucket: &str,
        seen: Option<u64>,
        next: u64,
        now_ms: u64,
    ) -> Result<Taken, StoreError> {
        let mut tables = self.open_tables("take_of_user")?;
        let row = tables.users.get(user);
        let held = row.and_then(|row| row.buckets.get(bucket).copied());
        if held != seen {
            return Ok(Taken::Elsewhere(held));
        }
        let row = tables.users.entry(user.to_owned()).or_default();
        row.buckets.insert(bucket.to_owned(), next);
        row.ttl = now_ms / 1000 + USER_BUCKETS_S;
        Ok(Taken::Moved)
    }

    async fn strike(&self, key: &SessionKey, window_ms: u64) -> Result<u32, StoreError> {
        let mut tables = self.open_tables("strike")?;
        let count = tables.strikes.entry((key.clone(), window_ms)).or_default();
        *count = count.saturating_add(1);
        Ok(*count)
    }

    async fn vacate(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        present: bool,
    ) -> Result<(), StoreError> {
        let mut tables = self.open_tables("vacate")?;
        let row = tables.sessions.get_mut(key);
        if let Some(row) = row.filter(|row| {
            row.gone.contains_key(connection) && !row.connections.contains_key(connection)
        }) {
            row.vacate(connection, present);
        }
        Ok(())
    }

    async fn forget(
        &self,
        key: &SessionKey,
        connections: &[ConnectionId],
    ) -> Result<(), StoreError> {
        let mut tables = self.open_tables("forget")?;
        let Some(row) = tables.sessions.get_mut(key) else {
            return Ok(());
        };
        let connections = &connections[..connections.len().min(MOST_FORGOTTEN)];
        let is_live = |connection| row.connections.contains_key(connection);
        if !connections.iter().any(is_live) {
            for connection in connections {
                row.gone.remove(connection);
                row.vacate(connection, true);
            }
        }
        Ok(())
    }
}
