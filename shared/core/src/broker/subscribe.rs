//! A connection comes to a channel, or leaves it.

use thiserror::Error;

use super::{Broker, Caller, MAX_PUBLICATION_BYTES, Notice};
use crate::channel::Channel;
use crate::connection::{ConnectionId, MOST_SESSION_BYTES, Place, Shard, Subscriber};
use crate::history::{self, Recovery};
use crate::namespace::{Action, Forbidden, Namespace, PresenceMode};
use crate::protocol::{Position, Publication};
use crate::store::{JoinError, Lease, StoreError};

/// What a subscriber is told.
#[derive(Debug)]
pub struct Joined {
    /// The newest place, where there is a history.
    pub position: Option<Position>,
    /// Whether everything since then is in `publications`, or can never be had; none when nobody asked, or when it is to be
    /// paged.
    pub recovered: Option<bool>,
    /// What was missed is to be read page by page.
    pub page: bool,
    /// What was missed, oldest first; or the latest value.
    pub publications: Vec<Publication>,
}

/// Why there was no subscription.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The user may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The connection is not registered, or is gone.
    #[error("the connection is not registered any more")]
    NotConnected,
    /// The connection has as many as it may.
    #[error("a connection may join {0} channels, and this one has")]
    TooMany(usize),
    /// The connections of the session have as long names of channels as they may.
    #[error("the names of the channels that this session has joined are too long together")]
    TooLong,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Broker<'_> {
    /// Makes a connection a subscriber, and says what it missed since it was there. The subscription is written first and
    /// the head is read then; a publisher appends first and reads the subscribers then: so nobody falls between.
    ///
    /// Costs two writes, and one more, for the lease, where the connection is present for the first time.
    ///
    /// # Errors
    /// When it may not be, or could not.
    pub async fn subscribe(
        &self,
        caller: &Caller,
        channel: &Channel,
        since: Option<Position>,
    ) -> Result<Joined, SubscribeError> {
        let rights = &caller.session.rights;
        let namespaces = &self.rules.namespaces;
        let namespace = namespaces.check(Action::Subscribe, rights, channel)?;
        let most = self.rules.limits.subscriptions_per_connection as usize;
        let mut places = caller.session.places_of(&caller.connection);
        let known = places.find(|place| place.channel == *channel).cloned();
        // Said by the write too; but who keeps on asking must not cost one each time.
        if known.is_none() && caller.session.places_of(&caller.connection).count() >= most {
            return Err(SubscribeError::TooMany(most));
        }
        if known.is_none() && caller.session.bytes() > MOST_SESSION_BYTES {
            return Err(SubscribeError::TooLong);
        }
        let place = match known {
            Some(place) => place,
            None => Place {
                shard: Shard::of(&caller.connection, self.store.shards(channel).await?),
                channel: channel.clone(),
            },
        };
        self.join(caller, &place, namespace, most).await?;
        Ok(self.what_was_missed(channel, namespace, since).await?)
    }

    async fn join(
        &self,
        caller: &Caller,
        place: &Place,
        namespace: &Namespace,
        most: usize,
    ) -> Result<(), SubscribeError> {
        let subscriber = Subscriber {
            connection: caller.connection.clone(),
            endpoint: caller.endpoint.clone(),
            key: caller.key.clone(),
            shard: place.shard,
            expires_at: caller.session.rights.expires_at,
            since_ms: self.now_ms(),
        };
        let channel = &place.channel;
        let present = namespace.presence != PresenceMode::None;
        let mut presences = caller.session.present.values();
        if present && !presences.any(|by| by.contains(&caller.connection)) {
            // Before it is present: whoever is, is looked after. One lease too many does no harm.
            self.lease(Lease {
                key: caller.key.clone(),
                connection: caller.connection.clone(),
                endpoint: caller.endpoint.clone(),
                place: Some(place.clone()),
            })
            .await?;
        }
        self.store.put_subscription(channel, &subscriber).await?;
        let joined = self
            .store
            .join(&caller.key, &caller.connection, place, present, most)
            .await;
        let before = match joined {
            Ok(before) => before,
            Err(error) => {
                // The time to live takes a row that cannot be removed now. Only of a connection that is no subscriber:
                // where the database failed it may be one.
                let is_none = matches!(error, JoinError::Store(StoreError::TooLarge { .. }))
                    || !matches!(error, JoinError::Store(_));
                if is_none {
                    let _removed = self
                        .store
                        .delete_subscription(place, &caller.connection, Some(subscriber.since_ms))
                        .await;
                }
                return Err(match error {
                    JoinError::NotConnected => SubscribeError::NotConnected,
                    JoinError::TooMany(most) => SubscribeError::TooMany(most),
                    JoinError::Store(StoreError::TooLarge { .. }) => SubscribeError::TooLong,
                    JoinError::Store(error) => error.into(),
                });
            }
        };
        // Rights that `refresh` changed meanwhile hold for the row too, which it did not see yet.
        let namespaces = &self.rules.namespaces;
        if let Err(forbidden) = namespaces.check(Action::Subscribe, &before.rights, channel) {
            self.leave(caller, place).await?;
            return Err(forbidden.into());
        }
        let expires_at = before.rights.expires_at;
        if expires_at != subscriber.expires_at {
            let connection = &caller.connection;
            self.store
                .extend_subscription(place, connection, expires_at)
                .await?;
        }
        if present && !before.present.contains_key(channel) {
            self.notify_joined(channel, &caller.key).await;
        }
        Ok(())
    }

    async fn what_was_missed(
        &self,
        channel: &Channel,
        namespace: &Namespace,
        since: Option<Position>,
    ) -> Result<Joined, StoreError> {
        let nothing = Joined {
            position: None,
            recovered: since.map(|_| false),
            page: false,
            publications: Vec::new(),
        };
        let Some(rules) = &namespace.history else {
            return Ok(nothing);
        };
        let Some(since) = since else {
            let (position, newest) =
                history::head(self.store, channel, rules, self.now_ms()).await?;
            let latest = newest.filter(|_| namespace.latest);
            return Ok(Joined {
                position: Some(position),
                publications: match latest {
                    Some(entry) => vec![history::publication(channel, entry)?],
                    None => Vec::new(),
                },
                ..nothing
            });
        };
        let budget = MAX_PUBLICATION_BYTES;
        let (position, recovery) =
            history::recover(self.store, channel, rules, since, budget, self.now_ms()).await?;
        let (recovered, page, publications) = match recovery {
            Recovery::All(publications) => (Some(true), false, publications),
            Recovery::Paged => (None, true, Vec::new()),
            Recovery::Lost => (Some(false), false, Vec::new()),
        };
        Ok(Joined {
            position: Some(position),
            recovered,
            page,
            publications,
        })
    }

    /// Ends a subscription. Ending one that is not there changes nothing.
    ///
    /// Costs two writes for each place, of which there is one, and one read.
    ///
    /// # Errors
    /// When the database failed.
    pub async fn unsubscribe(&self, caller: &Caller, channel: &Channel) -> Result<(), StoreError> {
        let places = caller.session.places_of(&caller.connection);
        // Two of them, where it was subscribed to twice at once and the channel was cut in between.
        for place in places.filter(|place| place.channel == *channel) {
            self.leave(caller, place).await?;
        }
        Ok(())
    }

    /// Removes the row as it is now, and no later one: a request that seems to have failed may still arrive, after the
    /// connection has subscribed again. Whether there is none now.
    pub(super) async fn remove_row(
        &self,
        place: &Place,
        connection: &ConnectionId,
    ) -> Result<bool, StoreError> {
        let since_ms = match self.store.subscription(place, connection).await {
            Ok(Some(row)) => Some(row.since_ms),
            Ok(None) => return Ok(true),
            // Of another version; it is to go all the same.
            Err(StoreError::Corrupt { .. }) => None,
            Err(error) => return Err(error),
        };
        self.store
            .delete_subscription(place, connection, since_ms)
            .await
    }

    /// The row goes first: what is left when the second write fails is a name in the session, which `$disconnect` takes.
    pub(super) async fn leave(&self, caller: &Caller, place: &Place) -> Result<(), StoreError> {
        let Caller {
            key, connection, ..
        } = caller;
        if !self.remove_row(place, connection).await? {
            // It has subscribed again meanwhile.
            return Ok(());
        }
        let before = self.store.leave(key, connection, place).await?;
        let channel = &place.channel;
        let left = before.is_some_and(|before| {
            before.is_present_by(connection, channel)
                && !before.is_present_without(connection, channel)
        });
        if left {
            let notice = Notice::Left {
                channel: channel.clone(),
                key: key.clone(),
                at_ms: self.now_ms(),
            };
            self.notify(channel, notice, 0).await;
        }
        Ok(())
    }
}
