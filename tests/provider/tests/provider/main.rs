//! The provider over a real connection, asked as the engine asks.
#![expect(clippy::unwrap_used, reason = "test code: a panic is how a test fails")]

mod checks;
mod differences;
mod faults;
mod lifecycle;
mod program;
mod protocol;
mod rules;
mod support;
