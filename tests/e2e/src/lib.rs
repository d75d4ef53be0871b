//! What the end-to-end tests share: a stack that runs in the test's process with the real binaries, a client that nobody
//! but the tests uses, and the rules by which a test that lacks a tool is skipped.

#![expect(
    clippy::panic,
    reason = "this is test code: a panic is how a test fails"
)]

mod binaries;
mod client;
mod command;
mod eventually;
mod here;
mod http_client;
mod processes;
mod stack;
mod tools;

pub use binaries::{binary, project_root};
pub use client::{Client, Refusal};
pub use command::{Dev, Tidegate, fed};
pub use eventually::{PATIENCE, eventually};
pub use here::{Here, Said, ended};
pub use http_client::{Answer, call};
pub use processes::pids_of;
pub use stack::{Stack, StackOptions};
pub use tools::{missing, tool};
