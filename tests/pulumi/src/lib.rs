//! What the tests with the real Pulumi engine share: a project of their own, the CLI, what it keeps of a stack, and the
//! cloud that the stand-in provider keeps.

#![expect(
    clippy::panic,
    reason = "this is test code: a panic is how a test fails"
)]

mod cloud;
mod copy;
mod interrupt;
mod project;
mod run;
mod state;

use std::path::PathBuf;

pub use cloud::{Cloud, Operation};
pub use copy::Clone;
pub use interrupt::running;
pub use project::{Program, Project, Stack};
pub use run::Run;
pub use state::{ResourceState, State};

/// The real CLI, or nothing where there is none: the test is skipped then, or fails where it is required.
#[must_use]
pub fn cli() -> Option<PathBuf> {
    tidegate_e2e::tool("pulumi", "pulumi", "real-engine tests")
}
