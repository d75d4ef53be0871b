//! `Run`: builds the program and runs it.

use std::path::PathBuf;
use std::process::ExitStatus;

use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::cargo::Cargo;
use crate::engine::Engine;
use crate::error::Error;
use crate::exit;
use crate::location::Location;
use crate::output::{forward, while_running};
use crate::process::Group;
use crate::progress::{self, Progress};
use crate::protocol::{RunRequest, RunResponse};
use crate::{build, environment};

/// What a run needs beside its request.
pub(crate) struct Runner {
    pub(crate) cargo: Cargo,
    pub(crate) engine: Engine,
    pub(crate) tracing: Option<String>,
}

impl Runner {
    /// Runs a program to its end: what was wrong with it is in the answer.
    ///
    /// # Errors
    /// When it was stopped.
    pub(crate) async fn run(
        &self,
        request: &RunRequest,
        stop: &CancellationToken,
    ) -> Result<RunResponse, Error> {
        match self.to_the_end(request, stop).await {
            Ok(status) => Ok(exit::response(status)),
            Err(Error::Stopped) => Err(Error::Stopped),
            Err(Error::CompileErrors) => Ok(exit::shown()),
            Err(error) => Ok(RunResponse {
                error: error.report(),
                bail: false,
            }),
        }
    }

    async fn to_the_end(
        &self,
        request: &RunRequest,
        stop: &CancellationToken,
    ) -> Result<ExitStatus, Error> {
        if request.attach_debugger {
            return Err(Error::Debugger);
        }
        let location = Location::of(request.info.as_ref())?;
        let path = build::executable(&location, &self.cargo, &self.engine, stop).await?;
        let progress = Progress::new()?;
        let mut command = self.command(&path, request, &location);
        command.env(progress::VARIABLE, progress.path());
        let started = Group::start(&mut command);
        let mut program = started.map_err(|source| Error::Start { path, source })?;
        let (stdout, stderr) = program.outputs();
        // The engine shows what the host writes: a line of either is a line of the run.
        let reading = async {
            tokio::join!(
                forward(stdout, tokio::io::stdout()),
                forward(stderr, tokio::io::stderr()),
            );
        };
        let status = while_running(reading, program.wait(stop)).await;
        let status = status.map_err(|source| Error::Process {
            what: "the program",
            source,
        })?;
        let status = status.ok_or(Error::Stopped)?;
        if status.success() && progress.ended_in_the_middle() {
            return Err(Error::EndedInTheMiddle);
        }
        Ok(status)
    }

    fn command(&self, path: &PathBuf, request: &RunRequest, location: &Location) -> Command {
        let mut command = Command::new(path);
        command.args(&request.args).current_dir(&location.folder);
        let tracing = self.tracing.as_deref();
        for (name, value) in environment::variables(request, location, &self.engine, tracing) {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }
}
