//! The ports to where connections, sessions, subscriptions and histories are kept.
//!
//! Each method is exactly one request to the database, which happens whole or not at all. What needs several is put
//! together above these ports, so that a test can end a function between any two of them.

mod claims;
mod history;
mod leases;
mod revocations;
mod sessions;
mod subscriptions;
mod tickets;

use thiserror::Error;

pub use claims::{CLAIM_S, Claim, Claims, Scope};
pub use history::{Entry, Histories, HistoryItem, Range};
pub use leases::{LEASE_S, Lease, LeasePage, Leases};
pub use revocations::{REVOCATION_S, Revocations};
pub use sessions::{JoinError, MOST_FORGOTTEN, OpenError, RightsError, Sessions, Taken};
pub use subscriptions::{SubscriberPage, Subscriptions};
pub use tickets::{Ticket, Tickets};

/// How long an item outlives what it is about: what can come late, comes within this. In seconds.
pub const SLACK_S: u64 = 600;

/// How long what a user has used of a rate is kept, in seconds: longer than any rate remembers.
pub const USER_BUCKETS_S: u64 = 2 * 24 * 3600;

/// The longest that a connection can live (an AWS quota), in seconds.
pub const CONNECTION_S: u64 = 2 * 3600;

/// All that is kept. Every call is by key: nothing scans, nothing needs an index. `now_ms` is the time in epoch
/// milliseconds.
pub trait Store:
    Sessions + Subscriptions + Histories + Claims + Leases + Tickets + Revocations
{
}

impl<T> Store for T where
    T: Sessions + Subscriptions + Histories + Claims + Leases + Tickets + Revocations
{
}

/// The database could not do what it was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It asked for fewer requests.
    #[error("the registry is asked for more than it can do now ({operation})")]
    Throttled {
        /// What was tried.
        operation: &'static str,
    },
    /// The item would become longer than an item can be.
    #[error("the registry's item would become too large ({operation})")]
    TooLarge {
        /// What was tried.
        operation: &'static str,
    },
    /// It did not answer, or not in time. What was asked may have been done all the same.
    #[error("the registry does not answer ({operation})")]
    Unavailable {
        /// What was tried.
        operation: &'static str,
        /// What the transport said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It holds something that this version cannot read.
    #[error("the registry holds an item that cannot be read: {problem} ({operation})")]
    Corrupt {
        /// What was tried.
        operation: &'static str,
        /// What is wrong with the item.
        problem: String,
    },
}
