//! A session gets newer rights.

use futures::{StreamExt, stream};
use thiserror::Error;

use super::{AT_ONCE, Broker, Caller};
use crate::channel::Channel;
use crate::connection::{ConnectionId, Place, Session, SessionKey};
use crate::namespace::Action;
use crate::rights::Rights;
use crate::store::{RightsError, StoreError};

/// What the new rights changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// When they end, in epoch seconds.
    pub expires_at: u64,
    /// Channels that the caller's connection was in and may not be any more.
    pub dropped: Vec<Channel>,
}

/// Why the rights are as they were.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// The token is another user's.
    #[error("the token is another user's")]
    WrongUser,
    /// The token was revoked, or is older than the session's newest.
    #[error("the token was revoked, or is older than the one that holds")]
    Outdated,
    /// The connection is not registered any more.
    #[error("the connection is not registered any more")]
    NotConnected,
    /// The database failed. Some subscriptions may have the new rights already.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The places of a session's live connections.
#[derive(Default)]
struct Sorted<'s> {
    /// Those that the rights allow.
    kept: Vec<(&'s ConnectionId, &'s Place)>,
    /// Those that they do not, with whose they are.
    ended: Vec<(Caller, Place)>,
}

impl Broker<'_> {
    /// Gives the caller's session the rights of a newer token, which was verified before: subscriptions that they allow live
    /// as long as they do, and the others end.
    ///
    /// Costs one write, and one more for each subscription (two and a read for one that ends).
    ///
    /// # Errors
    /// When the token may not be used here, or the database failed: then it can be tried again.
    pub async fn refresh(&self, caller: &Caller, rights: &Rights) -> Result<Renewed, RefreshError> {
        if rights.user != caller.key.user {
            return Err(RefreshError::WrongUser);
        }
        let revoked_before = self.store.revoked_before(&rights.user).await?;
        if revoked_before.is_some_and(|before| rights.issued_at < before) {
            return Err(RefreshError::Outdated);
        }
        let set = self
            .store
            .set_rights(&caller.key, &caller.connection, rights);
        let before = set.await.map_err(|error| match error {
            RightsError::NotConnected => RefreshError::NotConnected,
            RightsError::OlderToken => RefreshError::Outdated,
            RightsError::Store(error) => error.into(),
        })?;
        let Sorted { kept, ended } = self.sort_places(&caller.key, &before, rights);
        // What may not be any more ends first.
        for (owner, place) in &ended {
            self.leave(owner, place).await?;
        }
        let extended: Vec<_> = stream::iter(kept)
            .map(|(connection, place)| {
                let store = self.store;
                store.extend_subscription(place, connection, rights.expires_at)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        extended.into_iter().collect::<Result<(), _>>()?;
        let dropped = ended
            .into_iter()
            .filter(|(owner, _)| owner.connection == caller.connection)
            .map(|(_, place)| place.channel);
        Ok(Renewed {
            expires_at: rights.expires_at,
            dropped: dropped.collect(),
        })
    }

    /// The places of a session's live connections: those that these rights allow, and those that they do not.
    fn sort_places<'s>(
        &self,
        key: &SessionKey,
        session: &'s Session,
        rights: &Rights,
    ) -> Sorted<'s> {
        let mut sorted = Sorted::default();
        for (connection, connected) in &session.connections {
            for place in session.places_of(connection) {
                let namespaces = &self.rules.namespaces;
                let checked = namespaces.check(Action::Subscribe, rights, &place.channel);
                if checked.is_ok() {
                    sorted.kept.push((connection, place));
                    continue;
                }
                let owner = Caller {
                    key: key.clone(),
                    connection: connection.clone(),
                    endpoint: connected.endpoint.clone(),
                    session: session.clone(),
                };
                sorted.ended.push((owner, place.clone()));
            }
        }
        sorted
    }

    /// Ends the subscriptions of a session's other connections that the rights of a newer token do not allow.
    pub(super) async fn end_what_is_not_allowed(
        &self,
        key: &SessionKey,
        before: &Session,
        rights: &Rights,
    ) -> Result<(), StoreError> {
        let Sorted { ended, .. } = self.sort_places(key, before, rights);
        for (owner, place) in &ended {
            self.leave(owner, place).await?;
        }
        Ok(())
    }
}
