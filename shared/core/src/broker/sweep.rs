//! Connections whose end nobody told are found.

use futures::{StreamExt, stream};

use super::{AT_ONCE, Broker, Notice};
use crate::connection::{ConnectionId, Place, Session};
use crate::delivery::HANDSHAKE_MS;
use crate::store::{LEASE_S, Lease, StoreError};

/// How many minutes back leases are looked for: those of a schedule that did not fire are found by a later one.
const BACK: u64 = 15;
/// How many minutes back they are looked for once in [`BACK`] minutes: as long as they are kept, for a schedule that did not
/// fire for longer. Each minute is a read, though it is empty.
const FAR_BACK: u64 = LEASE_S / 60;

/// What a sweep found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Connections that are there.
    pub alive: usize,
    /// Connections that were gone, and are removed.
    pub gone: usize,
    /// Leases that could not be dealt with, and are again in a minute.
    pub failed: usize,
}

enum Fate {
    Alive,
    Gone,
    Failed,
}

enum Found {
    There,
    /// Not yet there: its handshake may be under way.
    Coming,
    Gone,
}

impl Broker<'_> {
    /// Looks after the connections whose leases are due.
    ///
    /// # Errors
    /// When the leases of some minute could not be read: those of the others are looked after all the same.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        let this = self.now_ms() / 60_000;
        let (mut swept, mut unread) = (Swept::default(), None);
        let back = if this.is_multiple_of(BACK) {
            FAR_BACK
        } else {
            BACK
        };
        for minute in this.saturating_sub(back)..=this {
            let mut after = None;
            loop {
                let page = match self.store.leases(minute, after.as_ref()).await {
                    Ok(page) => page,
                    Err(error) => {
                        unread.get_or_insert(error);
                        break;
                    }
                };
                let fates: Vec<_> = stream::iter(page.leases)
                    .map(|lease| async move { self.look_after(minute, &lease).await })
                    .buffer_unordered(AT_ONCE)
                    .collect()
                    .await;
                for fate in fates {
                    match fate {
                        Fate::Alive => swept.alive += 1,
                        Fate::Gone => swept.gone += 1,
                        Fate::Failed => swept.failed += 1,
                    }
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        unread.map_or(Ok(swept), Err)
    }

    async fn look_after(&self, minute: u64, lease: &Lease) -> Fate {
        let fate = match self.find(minute, lease).await {
            Ok(Found::There) => {
                // The new lease first: one too many does no harm.
                let next = self.now_ms() / 60_000 + u64::from(self.rules.presence.lease_minutes);
                match self.store.put_lease(next, lease).await {
                    Ok(()) => Fate::Alive,
                    Err(_) => return Fate::Failed,
                }
            }
            // Its lease stays where it is, and is found by the next one.
            Ok(Found::Coming) => return Fate::Alive,
            Ok(Found::Gone) => Fate::Gone,
            Err(_) => return Fate::Failed,
        };
        match self.store.delete_lease(minute, lease).await {
            Ok(()) => fate,
            Err(_) => Fate::Failed,
        }
    }

    /// Whether a connection is there; where it is not, nothing of it is left in channels that tell who is.
    async fn find(&self, minute: u64, lease: &Lease) -> Result<Found, StoreError> {
        let Lease {
            key,
            connection,
            endpoint,
            place,
        } = lease;
        let session = self.store.session(key).await?;
        let live = session
            .as_ref()
            .and_then(|session| session.connections.get(connection));
        if let Some(connected) = live {
            let young = self.now_ms() < connected.since_ms.saturating_add(HANDSHAKE_MS);
            // What cannot be said is asked again later.
            if young
                || self
                    .sender
                    .exists(endpoint, connection)
                    .await
                    .unwrap_or(true)
            {
                return Ok(Found::There);
            }
            self.disconnect(key, connection).await?;
        } else {
            let is_marked = session
                .as_ref()
                .is_some_and(|session| session.gone.contains_key(connection));
            if !is_marked && self.is_young(minute) {
                return Ok(Found::Coming);
            }
        }
        let named = |place: &Place| {
            let session = session.as_ref();
            session.is_some_and(|session| session.places_of(connection).any(|one| one == place))
        };
        // One that a crash left before the session named it.
        if let Some(place) = place.as_ref().filter(|place| !named(place)) {
            self.remove_row(place, connection).await?;
        }
        let Some(session) = &session else {
            return Ok(Found::Gone);
        };
        if live.is_none() {
            self.remove_rows_of_the_present(session, connection).await?;
        }
        // Its `$disconnect` came, or was made up for just now; what it was to tell is told now, if it was not yet.
        let channels = self.channels_to_tell(session, connection);
        if let Some(first) = channels.first().cloned() {
            let notice = Notice::Ended {
                channels,
                key: key.clone(),
                connection: connection.clone(),
                at_ms: self.now_ms(),
            };
            self.notify(&first, notice, 0).await;
        }
        Ok(Found::Gone)
    }

    /// Whether a connection whose lease falls due in `minute` may have come so late that its handshake is under way.
    const fn is_young(&self, minute: u64) -> bool {
        let lease_minutes = self.rules.presence.lease_minutes as u64;
        let noted_ms = (minute + 1).saturating_sub(lease_minutes) * 60_000;
        self.now_ms() < noted_ms + HANDSHAKE_MS
    }

    /// A `$disconnect` that crashed marked the connection and left its rows. Only those are looked for where it still counts
    /// as present: usually there are none, as that it left was told long ago.
    async fn remove_rows_of_the_present(
        &self,
        session: &Session,
        connection: &ConnectionId,
    ) -> Result<(), StoreError> {
        let places = session.places_of(connection);
        for place in places.filter(|place| session.is_present_by(connection, &place.channel)) {
            self.store
                .delete_subscription(place, connection, None)
                .await?;
        }
        Ok(())
    }
}
