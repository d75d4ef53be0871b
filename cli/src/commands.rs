//! One file for each command.

pub(crate) mod build;
pub(crate) mod completions;
pub(crate) mod connect;
pub(crate) mod dev;
pub(crate) mod plan;
pub(crate) mod token;

use std::future::Future;

use anyhow::Context;

/// Runs a command that waits for the network.
fn block_on<T>(command: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime
        .context("no event loop can be made")?
        .block_on(command)
}
