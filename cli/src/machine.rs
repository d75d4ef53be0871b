//! What the command takes from the machine: folder, time, environment.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use tidegate_local_cloud::clock::{Clock, SharedClock, SystemClock};
use tidegate_local_runtime::{BuildOptions, Project, StateDirectory};

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

/// How to build here: with the cargo that started this command, or the one on the path.
pub(crate) fn build_options(state: &StateDirectory, release: bool) -> BuildOptions {
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let cargo = environment.get("CARGO").map_or("cargo", String::as_str);
    BuildOptions {
        cargo: PathBuf::from(cargo),
        release,
        note: state.build_note(release),
        environment,
        clock: clock(),
    }
}

/// The machine's clock.
pub(crate) fn clock() -> SharedClock {
    Arc::new(SystemClock)
}

/// Now, in epoch milliseconds.
pub(crate) fn now_ms() -> u64 {
    SystemClock.now_ms()
}
