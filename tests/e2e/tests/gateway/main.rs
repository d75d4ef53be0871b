//! The gateway alone, with APIs that no program registers and functions that misbehave: what clients are answered when
//! things go wrong, in AWS's own words.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code: a panic is how a test fails"
)]

mod bench;
mod connections;
mod disconnect;
mod faults;
mod frames;
mod front;
mod handshake;
mod metrics;
mod shutdown;
mod slow_clients;
