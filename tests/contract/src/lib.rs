//! What every implementation of the domain's ports must do, run against each of them.
//!
//! [`suite`] is functions of a store: another implementation, or another emulator under the same one, is one more
//! `store_suite!` in `tests/store.rs`. The rest are the other sides of the wire: a table in an embedded DynamoDB,
//! a proxy that writes down what is asked of it, and a management API that answers as it is told.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "only tests call this, and a failure here is theirs"
)]

mod http;
pub mod management;
pub mod misbehaving;
pub mod proxy;
pub mod samples;
pub mod suite;
pub mod table;

use std::any::Any;
use std::fmt;

use tidegate_core::store::Store;

/// An empty store, and whatever must live as long as it does.
pub struct Fresh {
    /// The store.
    pub store: Box<dyn Store>,
    /// Dropped with it.
    pub keeps: Box<dyn Any + Send>,
}

impl fmt::Debug for Fresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fresh").finish_non_exhaustive()
    }
}
