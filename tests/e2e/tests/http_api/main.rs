//! The data plane of HTTP APIs alone, with APIs that no program registers and functions that misbehave: what callers are
//! answered when things go wrong, in AWS's own words.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code: a panic is how a test fails"
)]

mod answers;
mod bench;
mod cors;
mod events;
