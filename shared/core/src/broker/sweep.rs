//! Connections whose end nobody told are found.

use futures::{StreamExt, stream};

use super::{AT_ONCE, Broker, Notice};
use crate::delivery::HANDSHAKE_MS;
use crate::store::{Lease, StoreError};

/// How many minutes back leases are looked for: those of a schedule that did not fire are found by a later one.
const BACK: u64 = 15;

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

impl Broker<'_> {
    /// Looks after the connections whose leases are due.
    ///
    /// # Errors
    /// When the leases could not be read.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        let this = self.now_ms() / 60_000;
        let mut swept = Swept::default();
        for minute in this.saturating_sub(BACK)..=this {
            let mut after = None;
            loop {
                let page = self.store.leases(minute, after.as_ref()).await?;
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
        Ok(swept)
    }

    async fn look_after(&self, minute: u64, lease: &Lease) -> Fate {
        let fate = match self.is_there(lease).await {
            Ok(true) => {
                // The new lease first: one too many does no harm.
                let next = self.now_ms() / 60_000 + u64::from(self.rules.presence.lease_minutes);
                match self.store.put_lease(next, lease).await {
                    Ok(()) => Fate::Alive,
                    Err(_) => return Fate::Failed,
                }
            }
            Ok(false) => Fate::Gone,
            Err(_) => return Fate::Failed,
        };
        match self.store.delete_lease(minute, lease).await {
            Ok(()) => fate,
            Err(_) => Fate::Failed,
        }
    }

    /// Whether a connection is there; where it is not, nothing of it is left.
    async fn is_there(&self, lease: &Lease) -> Result<bool, StoreError> {
        let Lease {
            key,
            connection,
            endpoint,
        } = lease;
        let Some(session) = self.store.session(key).await? else {
            return Ok(false);
        };
        if let Some(connected) = session.connections.get(connection) {
            let young = self.now_ms() < connected.since_ms.saturating_add(HANDSHAKE_MS);
            // What cannot be said is asked again later.
            if young
                || self
                    .sender
                    .exists(endpoint, connection)
                    .await
                    .unwrap_or(true)
            {
                return Ok(true);
            }
            self.disconnect(key, connection).await?;
        }
        // Its `$disconnect` came, or was made up for just now; what it was to tell is told now, if it was not yet.
        let channels = self.channels_to_tell(&session, connection);
        if let Some(first) = channels.first().cloned() {
            let notice = Notice::Ended {
                channels,
                key: key.clone(),
                connection: connection.clone(),
                at_ms: self.now_ms(),
            };
            self.notify(&first, notice, 0).await;
        }
        Ok(false)
    }
}
