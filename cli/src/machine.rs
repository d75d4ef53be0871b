//! What the command takes from the machine: folder, time, environment.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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
    let environment = environment();
    let cargo = environment.get("CARGO").map_or("cargo", String::as_str);
    BuildOptions {
        cargo: PathBuf::from(cargo),
        release,
        note: state.build_note(release),
        environment,
        clock: clock(),
    }
}

/// The environment, as far as it is text.
pub(crate) fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// A text that nobody guesses: so many random bytes, in base64url.
pub(crate) fn random_text(bytes: usize) -> anyhow::Result<String> {
    let mut random = vec![0; bytes];
    aws_lc_rs::rand::fill(&mut random)
        .map_err(|_unspecified| anyhow::anyhow!("this machine gives no random bytes"))?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}

/// The machine's clock.
pub(crate) fn clock() -> SharedClock {
    Arc::new(SystemClock)
}

/// Now, in epoch milliseconds.
pub(crate) fn now_ms() -> u64 {
    SystemClock.now_ms()
}
