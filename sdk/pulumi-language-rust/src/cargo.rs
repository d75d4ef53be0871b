//! Calls cargo.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitStatus;

use cargo_metadata::{Metadata, MetadataCommand};
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::output::while_running;
use crate::process::Group;

/// The cargo to call.
#[derive(Clone, Debug)]
pub(crate) struct Cargo(pub(crate) OsString);

/// What a call of cargo came to.
pub(crate) struct Called {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Cargo {
    /// A command in a folder: the toolchain and the settings of the folder are those that count.
    pub(crate) fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.0);
        command
            .current_dir(folder)
            // It writes to lines of an engine, and not to a terminal.
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_PROGRESS_WHEN", "never");
        command
    }

    /// Starts a command of cargo.
    pub(crate) fn start(&self, command: &mut Command) -> Result<Group, Error> {
        Group::start(command).map_err(|source| Error::NoCargo {
            cargo: self.0.to_string_lossy().into_owned(),
            source,
        })
    }

    /// What cargo knows of a package or a workspace; with all that it depends on, or alone.
    pub(crate) async fn metadata(
        &self,
        manifest: &Path,
        dependencies: bool,
        stop: &CancellationToken,
    ) -> Result<Metadata, Error> {
        const ACTION: &str = "read the program's package";
        let mut command = self.command(manifest.parent().unwrap_or(manifest));
        command.args(["metadata", "--format-version=1", "--manifest-path"]);
        command.arg(manifest);
        command.args((!dependencies).then_some("--no-deps"));
        let called = self.call(&mut command, stop).await?;
        if !called.status.success() {
            return Err(Error::Cargo {
                action: ACTION,
                problem: problem(&called.stderr),
            });
        }
        MetadataCommand::parse(&called.stdout).map_err(|error| Error::Cargo {
            action: ACTION,
            problem: error.to_string(),
        })
    }

    /// Calls cargo for what it says.
    pub(crate) async fn call(
        &self,
        command: &mut Command,
        stop: &CancellationToken,
    ) -> Result<Called, Error> {
        let mut group = self.start(command)?;
        let (stdout, stderr) = group.outputs();
        let (mut said, mut shown) = (Vec::new(), Vec::new());
        let reading = async {
            let stdout = async {
                if let Some(mut stdout) = stdout {
                    let _ = stdout.read_to_end(&mut said).await;
                }
            };
            let stderr = async {
                if let Some(mut stderr) = stderr {
                    let _ = stderr.read_to_end(&mut shown).await;
                }
            };
            tokio::join!(stdout, stderr);
        };
        let status = while_running(reading, group.wait(stop)).await;
        Ok(Called {
            status: ended(status)?,
            stdout: String::from_utf8_lossy(&said).into_owned(),
            stderr: String::from_utf8_lossy(&shown).into_owned(),
        })
    }
}

/// How cargo ended, unless it was stopped.
pub(crate) fn ended(status: std::io::Result<Option<ExitStatus>>) -> Result<ExitStatus, Error> {
    let status = status.map_err(|source| Error::Process {
        what: "cargo",
        source,
    })?;
    status.ok_or(Error::Stopped)
}

/// Of what cargo writes to its standard error, why it failed.
pub(crate) fn problem(stderr: &str) -> String {
    let mut lines = stderr.lines().skip_while(|line| !is_problem(line));
    let Some(first) = lines.next() else {
        return stderr.trim().to_owned();
    };
    let first = first.trim_start_matches("error").trim_start_matches(": ");
    let mut problem = first.to_owned();
    for line in lines {
        problem.push('\n');
        problem.push_str(line);
    }
    problem.trim_end().to_owned()
}

/// Whether a line of cargo begins the story of a failure.
pub(crate) fn is_problem(line: &str) -> bool {
    line.starts_with("error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_what_cargo_says_after_its_progress() {
        let stderr =
            "    Blocking waiting for file lock\nerror: no such package\n\nCaused by:\n  a typo\n";
        assert_eq!(problem(stderr), "no such package\n\nCaused by:\n  a typo");
    }

    #[test]
    fn a_cargo_that_gives_no_reason_is_quoted() {
        assert_eq!(problem("command not found\n"), "command not found");
    }
}
