//! A connection went.

use futures::{StreamExt, stream};

use super::{AT_ONCE, Broker, Notice};
use crate::channel::Channel;
use crate::connection::{ConnectionId, LARGE_SESSION_BYTES, Place, Session, SessionKey};
use crate::namespace::PresenceMode;
use crate::store::StoreError;

impl Broker<'_> {
    /// Marks a connection gone and removes its subscriptions. May come before `connect` has ended, after it, twice, or never.
    /// Whether its session left the channels in which it was present is seen when the grace is over.
    ///
    /// Costs one write, and one more for each subscription; and one more where the session's item is large, of which what has
    /// ended is then not kept.
    ///
    /// # Errors
    /// When the database failed. What could be removed is removed all the same.
    pub async fn disconnect(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
    ) -> Result<(), StoreError> {
        let before = self.store.close(key, connection, self.now_ms()).await?;
        let Some(before) = before else {
            return Ok(());
        };
        // Who could not be removed everywhere is not said to have left: that is found by the lease.
        self.remove_rows(&before, connection).await?;
        let told = self.channels_to_tell(&before, connection);
        if before.bytes() > LARGE_SESSION_BYTES {
            // What cannot be forgotten now is with the next one who comes or goes.
            let _vacated = self.store.vacate(key, connection, told.is_empty()).await;
        }
        if let Some(first) = told.first().cloned() {
            let notice = Notice::Ended {
                channels: told,
                key: key.clone(),
                connection: connection.clone(),
                at_ms: self.now_ms(),
            };
            let grace_s = self.rules.presence.grace_seconds;
            self.notify(&first, notice, grace_s).await;
        }
        Ok(())
    }

    pub(super) async fn remove_rows(
        &self,
        session: &Session,
        connection: &ConnectionId,
    ) -> Result<(), StoreError> {
        let places: Vec<&Place> = session.places_of(connection).collect();
        let removals = places
            .into_iter()
            .map(|place| self.store.delete_subscription(place, connection, None));
        let done: Vec<_> = stream::iter(removals)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        done.into_iter().try_for_each(|removed| removed.map(drop))
    }

    /// The channels that are to be told that the session may have left them with this connection.
    pub(super) fn channels_to_tell(
        &self,
        session: &Session,
        connection: &ConnectionId,
    ) -> Vec<Channel> {
        let tells = |channel: &Channel| {
            let namespace = self.rules.namespaces.of(channel);
            namespace.is_some_and(|namespace| namespace.presence == PresenceMode::Full)
        };
        let present = session.present.iter();
        present
            .filter(|(channel, by)| by.contains(connection) && tells(channel))
            .map(|(channel, _)| channel.clone())
            .collect()
    }
}
