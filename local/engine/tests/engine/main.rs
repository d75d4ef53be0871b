//! The engine from the program's side of the wire.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this is a test, also what is not in a `#[test]` function"
)]

mod dependencies;
mod outcomes;
mod process;
mod refusals;
mod schema;
mod sdk;
mod secrets;
mod support;
mod urns;
