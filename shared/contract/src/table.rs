//! The registry table: one table, its keys, and the attributes that the infrastructure must know of.

/// The partition key.
pub const PARTITION_KEY: &str = "pk";
/// The sort key.
pub const SORT_KEY: &str = "sk";
/// The time to live, in epoch seconds. DynamoDB deletes days late: it is the last net, never a timer.
pub const TIME_TO_LIVE: &str = "ttl";
