//! The fields of the one log line that each invocation ends with. Ids, counts and outcomes only: never a token, never
//! a payload.
//!
//! The same line is a document of CloudWatch's embedded metric format: besides these fields it has `_aws`, and the values
//! of [`metrics`](crate::metrics) and of their dimensions under their names, which begin with a capital.

/// The route key that was handled.
pub const ROUTE: &str = "route";
/// The connection the event came from.
pub const CONNECTION: &str = "connection";
/// The user's session, where it is known: it is the same in the handshake and in every frame.
pub const SESSION: &str = "session";
/// The publication that was made or delivered.
pub const PUBLICATION: &str = "publication";
/// The trace of the invocation, as X-Ray names it: `1-5759e988-bd862e3fe1be46a994272793`.
pub const TRACE_ID: &str = "traceId";
/// The invocation, as Lambda names it.
pub const REQUEST_ID: &str = "requestId";
/// What came of it: `ok`, or the code of the error.
pub const OUTCOME: &str = "outcome";
/// Why the invocation failed, where the outcome does not say all.
pub const PROBLEM: &str = "problem";
/// DynamoDB read units that the invocation consumed.
pub const READ_UNITS: &str = "readUnits";
/// DynamoDB write units that the invocation consumed, failed conditions included.
pub const WRITE_UNITS: &str = "writeUnits";
/// What went wrong with those whom the function asked: counts by the name of each; not there while all is well.
pub const TROUBLES: &str = "troubles";
/// Receivers that took a publication.
pub const SENT: &str = "sent";
/// Receivers that turned out to be gone.
pub const GONE: &str = "gone";
/// Receivers whose token had ended.
pub const EXPIRED: &str = "expired";
/// Receivers that were handed to the fan-out queue, to be tried by others or later.
pub const QUEUED: &str = "queued";
/// Receivers that were given up: they wait in the dead-letter queue.
pub const DEAD: &str = "dead";
/// Receivers that could not be reached and that no queue took: nobody tries them again.
pub const FAILED: &str = "failed";
/// Receivers whose rows this version cannot read, and which so got nothing; not there while there are none.
pub const UNREADABLE: &str = "unreadable";
/// Connections that were looked after and are there.
pub const ALIVE: &str = "alive";
/// Messages, or connections to look after, that come again: they could not be dealt with, or not yet.
pub const AGAIN: &str = "again";
/// Users whose tokens were revoked.
pub const REVOKED: &str = "revoked";
