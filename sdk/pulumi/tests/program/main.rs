//! Programs, run against an engine that records what it is sent.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this is a test, also what is not in a `#[test]` function"
)]

#[path = "../support/mod.rs"]
mod support;

mod checks;
mod components;
mod configuration;
mod dependencies;
mod failures;
mod inputs;
mod invokes;
mod options;
mod outputs;
mod process;
mod reading;
mod related;
mod stack;
mod stack_references;
