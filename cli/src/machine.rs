//! What the command takes from the machine: folder, time, environment.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use tidegate_local_cloud::clock::{Clock, SharedClock, SystemClock};
use tidegate_local_runtime::{Project, StateDirectory};

use crate::arguments::StackArguments;

/// The project that this is run in.
pub(crate) fn project() -> anyhow::Result<Project> {
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    Ok(Project::find(&here)?)
}

/// Where the stack's state is kept.
pub(crate) fn state(project: &Project, arguments: &StackArguments) -> StateDirectory {
    let parent = arguments
        .state
        .clone()
        .unwrap_or_else(|| project.root.join(".tidegate"));
    StateDirectory::new(&parent, &arguments.stack)
}

/// The cargo that started this command, or the one on the path.
pub(crate) fn cargo() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of the command: read here, handed on as a value"
    )]
    let cargo = std::env::var_os("CARGO");
    cargo.map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

/// The machine's clock.
pub(crate) fn clock() -> SharedClock {
    Arc::new(SystemClock)
}

/// Now, in epoch milliseconds.
pub(crate) fn now_ms() -> u64 {
    SystemClock.now_ms()
}
