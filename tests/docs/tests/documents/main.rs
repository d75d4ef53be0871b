//! What stands in the pages is what is.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "only tests call this, and a failure here is theirs"
)]

mod compare;
mod examples;
mod generated;
mod schemas;
mod units;
