//! `GetPluginInfo` and `About`: what this host is, and what it builds with.

use std::collections::HashMap;
use std::path::Path;

use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::arguments::Surroundings;
use crate::cargo::Cargo;
use crate::error::Error;
use crate::location::Location;
use crate::protocol::{AboutResponse, PluginInfo};

/// What this host is.
pub(crate) fn plugin() -> PluginInfo {
    PluginInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// The cargo and the compiler that a program would be built with.
///
/// # Errors
/// When there is no cargo.
pub(crate) async fn about(
    location: &Location,
    surroundings: &Surroundings,
    stop: &CancellationToken,
) -> Result<AboutResponse, Error> {
    let cargo = Cargo(surroundings.cargo.clone());
    let version = first_line(&cargo, cargo.command(&location.folder), stop).await?;
    let rustc = Cargo("rustc".into());
    let compiler = first_line(&rustc, rustc.command(&location.folder), stop).await;
    let compiler = compiler.ok().filter(|line| !line.is_empty());
    let executable = surroundings.find_cargo();
    let executable = executable
        .as_deref()
        .unwrap_or(Path::new(&surroundings.cargo));
    Ok(AboutResponse {
        executable: executable.display().to_string(),
        version,
        metadata: compiler
            .map(|compiler| HashMap::from([("compiler".to_owned(), compiler)]))
            .unwrap_or_default(),
    })
}

async fn first_line(
    tool: &Cargo,
    mut command: Command,
    stop: &CancellationToken,
) -> Result<String, Error> {
    let called = tool.call(command.arg("--version"), stop).await?;
    let line = called.stdout.lines().next().unwrap_or_default();
    Ok(line.trim().to_owned())
}
