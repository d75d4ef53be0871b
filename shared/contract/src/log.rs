//! The fields of the one log line that each invocation ends with. Ids, counts and outcomes only: never a token, never
//! a payload.

/// The route key that was handled.
pub const ROUTE: &str = "route";
/// The connection the event came from.
pub const CONNECTION: &str = "connection";
/// What came of it: `ok`, or the code of the error.
pub const OUTCOME: &str = "outcome";
/// DynamoDB read units that the invocation consumed.
pub const READ_UNITS: &str = "readUnits";
/// DynamoDB write units that the invocation consumed, failed conditions included.
pub const WRITE_UNITS: &str = "writeUnits";
/// Receivers that took a publication.
pub const SENT: &str = "sent";
/// Receivers that turned out to be gone.
pub const GONE: &str = "gone";
/// Receivers whose token had ended.
pub const EXPIRED: &str = "expired";
/// Receivers that were handed to the fan-out queue, to be tried by others or later.
pub const QUEUED: &str = "queued";
/// Receivers that could not be reached, and are not tried again.
pub const FAILED: &str = "failed";
/// From the acceptance of a publication to the last post of this invocation, in milliseconds; the longest of them where
/// there were several publications.
pub const DELIVERY_MS: &str = "deliveryMs";
