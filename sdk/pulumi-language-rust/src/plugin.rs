//! `RunPlugin`: builds and runs a plugin that is written in Rust, such as a provider.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;

use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::build;
use crate::cargo::Cargo;
use crate::engine::Engine;
use crate::error::Error;
use crate::location::Location;
use crate::output::while_running;
use crate::process::Group;
use crate::protocol::run_plugin_response::Output;
use crate::protocol::{RunPluginRequest, RunPluginResponse};
use crate::stream::{Parts, send};

/// Runs it to its end, and sends what it writes and how it ended.
///
/// # Errors
/// When it cannot be built or started, or was stopped.
pub(crate) async fn run(
    request: RunPluginRequest,
    cargo: Cargo,
    engine: Engine,
    parts: Parts<RunPluginResponse>,
    stop: CancellationToken,
) -> Result<(), Error> {
    if request.attach_debugger {
        return Err(Error::Debugger);
    }
    let location = Location::of(request.info.as_ref())?;
    let path = build::executable(&location, &cargo, &engine, &stop).await?;
    let mut command = command(&path, &request, &location);
    let started = Group::start(&mut command);
    let mut plugin = started.map_err(|source| Error::Start { path, source })?;
    let (stdout, stderr) = plugin.outputs();
    let reading = async {
        tokio::join!(
            send(stdout, &parts, |bytes| part(Output::Stdout(bytes))),
            send(stderr, &parts, |bytes| part(Output::Stderr(bytes))),
        );
    };
    let status = while_running(reading, plugin.wait(&stop)).await;
    let status = status.map_err(|source| Error::Process {
        what: "the plugin",
        source,
    })?;
    let code = code(status.ok_or(Error::Stopped)?);
    // Nobody waits for it, if this fails.
    let _ = parts.send(Ok(part(Output::Exitcode(code)))).await;
    Ok(())
}

fn part(output: Output) -> RunPluginResponse {
    RunPluginResponse {
        output: Some(output),
    }
}

fn command(path: &PathBuf, request: &RunPluginRequest, location: &Location) -> Command {
    let mut command = Command::new(path);
    command.args(&request.args);
    match request.pwd.as_str() {
        "" => command.current_dir(&location.folder),
        folder => command.current_dir(folder),
    };
    // The engine sends the whole of it; one that sends none leaves it as it is.
    if !request.env.is_empty() {
        let variables = request.env.iter();
        command
            .env_clear()
            .envs(variables.filter_map(|variable| variable.split_once('=')));
    }
    command
}

/// As shells have it: a signal counts from 128.
fn code(status: ExitStatus) -> i32 {
    let signal = status.signal().map(|signal| 128 + signal);
    status.code().or(signal).unwrap_or(-1)
}
