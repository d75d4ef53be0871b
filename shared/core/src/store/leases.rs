//! The port to leases: by them the presence of a connection whose end nobody told is found.

use async_trait::async_trait;

use super::StoreError;
use crate::connection::{ConnectionId, Endpoint, Place, SessionKey};

/// A connection that is to be looked after.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lease {
    /// Its session.
    pub key: SessionKey,
    /// The connection.
    pub connection: ConnectionId,
    /// The API that serves it.
    pub endpoint: Endpoint,
    /// Where it was about to have a row, which its session may never have named; none if it is not known.
    pub place: Option<Place>,
}

/// A page of leases that fall due in one minute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeasePage {
    /// The leases.
    pub leases: Vec<Lease>,
    /// Where to go on; none when this was all.
    pub next: Option<Lease>,
}

/// Keeps leases by the minute in which they fall due, counted from the epoch. A connection has one at most in a minute.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Notes a lease that falls due in `minute`.
    ///
    /// Costs one write.
    async fn put_lease(&self, minute: u64, lease: &Lease) -> Result<(), StoreError>;

    /// The leases that fall due in `minute`, read consistently, from after `after` on.
    async fn leases(&self, minute: u64, after: Option<&Lease>) -> Result<LeasePage, StoreError>;

    /// Removes a lease.
    ///
    /// Costs one write.
    async fn delete_lease(&self, minute: u64, lease: &Lease) -> Result<(), StoreError>;
}

/// How long a lease stays from its minute on if nobody removes it, in seconds.
pub const LEASE_S: u64 = 3600;
