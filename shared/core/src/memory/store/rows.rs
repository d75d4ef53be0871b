//! What a store in memory holds, row by row, and when rows end.

use std::collections::{BTreeMap, BTreeSet};

use super::{MemoryStore, Tables};
use crate::channel::Channel;
use crate::connection::{Connected, ConnectionId, Place, Session, SessionKey, Subscriber};
use crate::protocol::IdempotencyKey;
use crate::rights::Rights;
use crate::store::{
    CLAIM_S, CONNECTION_S, Claim, HistoryItem, LEASE_S, Lease, REVOCATION_S, SLACK_S, Scope, Ticket,
};

/// A session's row. Without rights it is only the mark of a connection that ended before it was registered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionRow {
    /// What its newest token allows.
    pub rights: Option<Rights>,
    /// Its live connections.
    pub connections: BTreeMap<ConnectionId, Connected>,
    /// Its connections that have ended, and since when, in epoch milliseconds.
    pub gone: BTreeMap<ConnectionId, u64>,
    /// The places of each connection.
    pub places: BTreeMap<ConnectionId, BTreeSet<Place>>,
    /// Where the session is present, and by which connections.
    pub present: BTreeMap<Channel, BTreeSet<ConnectionId>>,
    /// What was used of each rate.
    pub buckets: BTreeMap<String, u64>,
    /// From when on it may be removed, in epoch seconds.
    pub ttl: u64,
}

impl SessionRow {
    /// The session; none where there is only a mark.
    #[must_use]
    pub fn session(&self) -> Option<Session> {
        Some(Session {
            rights: self.rights.clone()?,
            connections: self.connections.clone(),
            gone: self.gone.clone(),
            places: self.places.clone(),
            present: self.present.clone(),
            buckets: self.buckets.clone(),
        })
    }
}

/// A user's row: the buckets over all sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserRow {
    /// What was used of each rate.
    pub buckets: BTreeMap<String, u64>,
    /// From when on it may be removed, in epoch seconds.
    pub ttl: u64,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are those of the ports' own methods"
)]
pub enum Row {
    /// A session.
    Session { key: SessionKey, row: SessionRow },
    /// A user's buckets.
    User { user: String, row: UserRow },
    /// Refusals in one window.
    Strikes {
        key: SessionKey,
        window_ms: u64,
        count: u32,
    },
    /// Who receives.
    Subscription {
        channel: Channel,
        subscriber: Subscriber,
    },
    /// Into how many shards a channel is cut.
    Shards { channel: Channel, shards: u32 },
    /// An item of a history.
    History { channel: Channel, item: HistoryItem },
    /// A claim.
    Claim {
        scope: Scope,
        channel: Channel,
        key: IdempotencyKey,
        claim: Claim,
    },
    /// A lease.
    Lease { minute: u64, lease: Lease },
    /// A ticket.
    Ticket { digest: String, ticket: Ticket },
    /// A revocation.
    Revocation { user: String, before: u64 },
}

impl Row {
    /// From when on it may be removed, in epoch seconds; none for what is kept.
    #[must_use]
    pub fn ttl(&self) -> Option<u64> {
        Some(match self {
            Self::Session { row, .. } => row.ttl,
            Self::User { row, .. } => row.ttl,
            Self::Strikes { window_ms, .. } => window_ms / 1000 + SLACK_S,
            Self::Subscription { subscriber, .. } => {
                subscriber.since_ms / 1000 + CONNECTION_S + SLACK_S
            }
            Self::Shards { .. } => return None,
            Self::History { item, .. } => item.removable_at(),
            Self::Claim { claim, .. } => claim.at_ms / 1000 + CLAIM_S,
            Self::Lease { minute, .. } => minute * 60 + LEASE_S,
            Self::Ticket { ticket, .. } => ticket.valid_until,
            Self::Revocation { before, .. } => before + REVOCATION_S,
        })
    }
}

impl MemoryStore {
    /// Every row that there is, in an order that is always the same.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        self.lock().rows()
    }

    /// Removes rows as their time to live would: of those whose time has come at `now_ms`, the ones that `pick` says. Returns
    /// how many went.
    pub fn expire(&self, now_ms: u64, mut pick: impl FnMut(&Row) -> bool) -> usize {
        let mut tables = self.lock();
        let mut due = tables.rows();
        due.retain(|row| row.ttl().is_some_and(|ttl| ttl <= now_ms / 1000) && pick(row));
        for row in &due {
            tables.remove(row);
        }
        due.len()
    }
}

impl Tables {
    fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        rows.extend(self.sessions.iter().map(|(key, row)| Row::Session {
            key: key.clone(),
            row: row.clone(),
        }));
        rows.extend(self.users.iter().map(|(user, row)| Row::User {
            user: user.clone(),
            row: row.clone(),
        }));
        rows.extend(
            self.strikes
                .iter()
                .map(|((key, window_ms), count)| Row::Strikes {
                    key: key.clone(),
                    window_ms: *window_ms,
                    count: *count,
                }),
        );
        for ((channel, _), subscribers) in &self.subscribed.rows {
            rows.extend(subscribers.values().map(|subscriber| Row::Subscription {
                channel: channel.clone(),
                subscriber: subscriber.clone(),
            }));
        }
        rows.extend(
            self.subscribed
                .shards
                .iter()
                .map(|(channel, shards)| Row::Shards {
                    channel: channel.clone(),
                    shards: *shards,
                }),
        );
        for (channel, items) in &self.histories {
            rows.extend(items.values().map(|item| Row::History {
                channel: channel.clone(),
                item: item.clone(),
            }));
        }
        rows.extend(
            self.claims
                .iter()
                .map(|((scope, channel, key), claim)| Row::Claim {
                    scope: scope.clone(),
                    channel: channel.clone(),
                    key: key.clone(),
                    claim: claim.clone(),
                }),
        );
        for (minute, leases) in &self.leases {
            rows.extend(leases.values().map(|lease| Row::Lease {
                minute: *minute,
                lease: lease.clone(),
            }));
        }
        rows.extend(self.tickets.iter().map(|(digest, ticket)| Row::Ticket {
            digest: digest.clone(),
            ticket: ticket.clone(),
        }));
        rows.extend(
            self.revocations
                .iter()
                .map(|(user, before)| Row::Revocation {
                    user: user.clone(),
                    before: *before,
                }),
        );
        rows
    }

    fn remove(&mut self, row: &Row) {
        match row {
            Row::Session { key, .. } => drop(self.sessions.remove(key)),
            Row::User { user, .. } => drop(self.users.remove(user)),
            Row::Strikes { key, window_ms, .. } => {
                self.strikes.remove(&(key.clone(), *window_ms));
            }
            Row::Subscription {
                channel,
                subscriber,
            } => {
                let shard = (channel.clone(), subscriber.shard);
                if let Some(rows) = self.subscribed.rows.get_mut(&shard) {
                    rows.remove(&subscriber.connection);
                }
            }
            // It has no time to live.
            Row::Shards { .. } => {}
            Row::History { channel, item } => {
                if let Some(items) = self.histories.get_mut(channel) {
                    items.remove(&item.offset());
                }
            }
            Row::Claim {
                scope,
                channel,
                key,
                ..
            } => {
                let claim = (scope.clone(), channel.clone(), key.clone());
                self.claims.remove(&claim);
            }
            Row::Lease { minute, lease } => self.remove_lease(*minute, lease),
            Row::Ticket { digest, .. } => drop(self.tickets.remove(digest)),
            Row::Revocation { user, .. } => {
                self.revocations.remove(user);
            }
        }
    }

    pub(super) fn remove_lease(&mut self, minute: u64, lease: &Lease) {
        if let Some(leases) = self.leases.get_mut(&minute) {
            leases.remove(&(lease.key.clone(), lease.connection.clone()));
            if leases.is_empty() {
                self.leases.remove(&minute);
            }
        }
    }
}
