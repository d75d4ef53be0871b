//! What the program declares, seen before any engine: each trap that has bitten others is a test, in every variant of the
//! configuration.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this is a test, also what is not in a `#[test]` function"
)]

mod delivery;
mod documented;
mod edge;
mod gateway;
mod generated;
mod http;
mod inlet;
mod policies;
mod presence;
mod protection;
mod rules;
mod settings;
mod stack;
mod support;
mod tags;
mod traps;
