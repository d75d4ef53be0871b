//! The host as the engine meets it: the real executable, an engine that records what it is told, and real programs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test that calls them"
)]

mod asks;
mod builds;
mod ends;
mod plugins;
mod runs;
mod script;
mod support;
