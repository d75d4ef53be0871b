//! The HTTP API for backends, as types: what is asked, and what is answered.
//!
//! The `server` function and its clients are made of these. Whoever asks signs the request for AWS (`SigV4`, service
//! `execute-api`) and may invoke the route. Fields that a reader does not know are ignored, so that either side may be
//! older than the other.

mod channel;
mod connection;
mod error;
mod publish;

pub use channel::{ChannelState, HistoryPage, HistoryQuery, InvalidPosition};
pub use connection::{Connection, ConnectionList, Ended, KickQuery, Session};
pub use error::{ApiError, ApiErrorCode};
pub use publish::{Batch, BatchOutcome, Draft, MAX_BATCH, MAX_BODY_BYTES, Outcome, Published};
pub use tidegate_contract::http::{HttpRoute, HttpTarget};
