//! Builds a program.

use std::path::PathBuf;

use cargo_metadata::Message;
use pulumi_gestalt_proto::pulumi::pulumirpc::LogSeverity;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::cargo::{Cargo, ended, is_problem, problem};
use crate::diagnostics;
use crate::engine::Engine;
use crate::error::Error;
use crate::location::Location;
use crate::output::{Lines, while_running};
use crate::target::Target;

/// The executable to run: the one that the options name, or else the one that cargo has built.
///
/// What the compiler says goes to the engine as it comes.
///
/// # Errors
/// When there is none, or no saying which, or it does not compile.
pub(crate) async fn executable(
    location: &Location,
    cargo: &Cargo,
    engine: &Engine,
    stop: &CancellationToken,
) -> Result<PathBuf, Error> {
    if let Some(binary) = location.binary()? {
        return Ok(binary);
    }
    let manifest = location.manifest()?;
    let metadata = cargo.metadata(&manifest, false, stop).await?;
    let target = Target::of(&metadata, &manifest, &location.options)?;
    let mut command = cargo.command(&location.folder);
    command.arg("build").arg("--manifest-path").arg(&manifest);
    command.args(selection(&target));
    if let Some(profile) = &location.options.profile {
        command.args(["--profile", profile]);
    }
    let build = Build {
        cargo,
        engine,
        target: &target,
    };
    build.run(&mut command, stop).await
}

/// What to build, as cargo is told it.
///
/// The whole workspace is selected where that leaves no doubt: its dependencies then have the features that any other
/// build of it gives them, and none is built twice. Only the one executable and what it needs is built.
fn selection(target: &Target) -> Vec<&str> {
    let packages = if target.unique {
        vec!["--workspace"]
    } else {
        vec!["--package", &target.package]
    };
    [packages, vec!["--bin", &target.executable]].concat()
}

struct Build<'a> {
    cargo: &'a Cargo,
    engine: &'a Engine,
    target: &'a Target,
}

impl Build<'_> {
    async fn run(&self, command: &mut Command, stop: &CancellationToken) -> Result<PathBuf, Error> {
        // And not what cargo renders: that does not tell an error from a warning.
        command.arg("--message-format=json");
        let mut group = self.cargo.start(command)?;
        let (stdout, stderr) = group.outputs();
        let mut said = Said::default();
        let mut shown = String::new();
        let reading = async {
            tokio::join!(
                self.messages(Lines::of(stdout), &mut said),
                self.progress(Lines::of(stderr), &mut shown),
            );
        };
        let status = while_running(reading, group.wait(stop)).await;
        if ended(status)?.success() {
            return said.executable.ok_or_else(|| Error::NoExecutable {
                package: self.target.package.clone(),
            });
        }
        if said.errors {
            return Err(Error::CompileErrors);
        }
        Err(Error::Cargo {
            action: "build the program",
            problem: problem(&shown),
        })
    }

    /// Reads what was built, and hands on what the compiler says of it.
    async fn messages(&self, mut lines: Lines<impl tokio::io::AsyncRead + Unpin>, said: &mut Said) {
        while let Some(line) = lines.next().await {
            match serde_json::from_str(&line) {
                Ok(Message::CompilerMessage(message)) => {
                    if let Some((severity, text)) = diagnostics::entry(&message.message) {
                        let shown = self.engine.log(severity, text).await;
                        said.errors |= shown && severity == LogSeverity::Error;
                    }
                }
                Ok(Message::CompilerArtifact(artifact)) => {
                    let ours = artifact.target.name == self.target.executable;
                    if let Some(executable) = artifact.executable.filter(|_| ours) {
                        said.executable = Some(executable.into_std_path_buf());
                    }
                }
                // There are messages that this host has no use for, and a newer cargo may have more.
                _ => {}
            }
        }
    }

    /// Shows what cargo is doing, and keeps what it says of a failure.
    async fn progress(
        &self,
        mut lines: Lines<impl tokio::io::AsyncRead + Unpin>,
        shown: &mut String,
    ) {
        while let Some(line) = lines.next().await {
            let line = line.trim_end();
            if !shown.is_empty() || is_problem(line) {
                shown.push_str(line);
                shown.push('\n');
            } else if !line.trim_start().starts_with("Finished ") {
                self.engine.progress(line.trim().to_owned()).await;
            }
        }
    }
}

/// What was learned from the messages of a build.
#[derive(Default)]
struct Said {
    executable: Option<PathBuf>,
    /// Whether the engine has been shown an error.
    errors: bool,
}
