//! One file for each command.

pub(crate) mod build;
pub(crate) mod channels;
pub(crate) mod completions;
pub(crate) mod connect;
pub(crate) mod connections;
pub(crate) mod dev;
pub(crate) mod dlq;
pub(crate) mod load;
pub(crate) mod login;
pub(crate) mod plan;
pub(crate) mod preview_comment;
pub(crate) mod publish;
pub(crate) mod rotate_origin_secret;
pub(crate) mod routes;
pub(crate) mod token;
pub(crate) mod users;

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
