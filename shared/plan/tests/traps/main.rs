//! Each trap, in a plan that walks into it: found, and explained; and not found in one that does not.
#![expect(
    clippy::unwrap_used,
    reason = "all of this is a test, also what is not in a `#[test]` function"
)]

mod edge;
mod events;
mod gateway;
mod operations;
mod policies;
mod queues;
mod support;
