//! Messaging loses nothing in silence: clients with our library and one without share a channel with history in a running
//! stack, and whatever breaks, each is told of every publication once and in order, or that something is lost; and what was
//! acked is there.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code: a panic is how a test fails"
)]

mod faults;
mod functions;
mod gateway;
mod hours;
mod log;
mod party;
mod plain;
mod presence;
mod put_out;
mod scene;
mod time;
mod tokens;
mod tokens_end;
mod wire;
mod wscat;
