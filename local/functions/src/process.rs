//! The command line and environment of a bootstrap process.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

use crate::FunctionSpec;
use crate::logs::Streams;

/// What a function's configuration may change. Nothing of our own environment is handed on.
const DEFAULTS: [(&str, &str); 4] = [
    ("HOME", "/tmp"),
    ("LANG", "en_US.UTF-8"),
    ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
    ("TZ", ":UTC"),
];

/// What a process is told beside its function's configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) api: SocketAddr,
    pub(crate) log_stream: &'a str,
    /// The pool's own variables.
    pub(crate) environment: &'a BTreeMap<String, String>,
}

/// The command that starts the function's binary.
pub(crate) fn command(
    spec: &FunctionSpec,
    place: Place<'_>,
    streams: Streams,
) -> io::Result<Command> {
    // The working directory changes, so a relative path would mean something else.
    let binary = std::path::absolute(&spec.binary)?;
    let task_root = binary
        .parent()
        .map_or_else(|| PathBuf::from("/"), Path::to_path_buf);
    let mut command = Command::new(&binary);
    command
        .env_clear()
        .envs(DEFAULTS)
        .envs(&spec.environment)
        .envs(place.environment)
        .envs(reserved(spec, place))
        .env("LAMBDA_TASK_ROOT", &task_root)
        .env("LAMBDA_RUNTIME_DIR", &task_root)
        .current_dir(&task_root)
        .stdin(Stdio::null())
        .stdout(streams.stdout)
        .stderr(streams.stderr)
        // Ctrl-C in the terminal is for the local runtime, which then ends its processes itself.
        .process_group(0)
        .kill_on_drop(true);
    Ok(command)
}

/// The variables that Lambda reserves for itself: a function's configuration cannot change them.
fn reserved(spec: &FunctionSpec, place: Place<'_>) -> [(&'static str, String); 10] {
    let log_group = spec
        .log_group
        .clone()
        .unwrap_or_else(|| format!("/aws/lambda/{}", spec.name));
    [
        ("AWS_LAMBDA_RUNTIME_API", place.api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", spec.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            spec.memory_mb.to_string(),
        ),
        ("AWS_LAMBDA_LOG_GROUP_NAME", log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", place.log_stream.to_owned()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_REGION", spec.region.clone()),
        ("AWS_DEFAULT_REGION", spec.region.clone()),
        ("_HANDLER", spec.handler.clone()),
    ]
}

/// Kills the process, and whatever it started in its group.
pub(crate) fn kill(child: &mut Child) {
    let group = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw);
    if let Some(group) = group {
        // The group is gone if the process is: nothing to kill.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.start_kill();
}
