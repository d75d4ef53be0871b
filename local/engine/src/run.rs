//! Runs a program.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tidegate_local_cloud::Cloud;
use tokio::process::Command;

use crate::deployment::Deployment;
use crate::error::RunError;
use crate::message::{Message, OnMessage, Severity, Source};
use crate::program::Program;
use crate::server::Server;

/// What the CLI tells a program about how many operations run at once. The SDKs only hand it on.
const PARALLEL: &str = "16";

/// A program and the stack that it is run for.
#[derive(Clone)]
pub struct RunOptions {
    /// The program's executable.
    pub binary: PathBuf,
    /// The folder of `Pulumi.yaml`, in which the program runs.
    pub directory: PathBuf,
    /// The project.
    pub project: String,
    /// The stack.
    pub stack: String,
    /// The organization that owns the stack.
    pub organization: String,
    /// The configuration by `namespace:key`; objects and lists as JSON texts.
    pub config: BTreeMap<String, String>,
    /// Which keys of the configuration are secrets.
    pub secret_keys: BTreeSet<String>,
    /// Variables for the program beside those that it inherits.
    pub environment: Vec<(String, String)>,
    /// Takes diagnostics and what the program writes, as they come.
    pub on_message: OnMessage,
}

impl fmt::Debug for RunOptions {
    // Configuration and environment can hold secrets: only their keys are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunOptions")
            .field("binary", &self.binary)
            .field("directory", &self.directory)
            .field("project", &self.project)
            .field("stack", &self.stack)
            .field("organization", &self.organization)
            .field("config", &self.config.keys())
            .field("secret_keys", &self.secret_keys)
            .finish_non_exhaustive()
    }
}

/// Runs a program once and gives what it registered, with the cloud in which that was made. When the future is
/// dropped, the program is killed.
///
/// # Errors
///
/// When the program cannot be run, fails, or registers something that is refused.
pub async fn run(options: RunOptions, cloud: Cloud) -> Result<Deployment, RunError> {
    let on_message = Arc::clone(&options.on_message);
    let server = Server::start(&options.project, &options.stack, on_message, cloud).await?;
    let command = command(&options, server.address())?;
    let binary = &options.binary;
    let mut program = Program::spawn(command).map_err(|source| RunError::Spawn {
        binary: binary.clone(),
        source,
    })?;
    let on_line = |source: Source, text: String| {
        server.diagnostics().say(Message {
            source,
            severity: Severity::Info,
            urn: None,
            text,
        });
    };
    let end = program
        .wait(on_line)
        .await
        .map_err(|source| RunError::Wait {
            binary: binary.clone(),
            source,
        })?;
    if end.exit.success() {
        return server.finish();
    }
    let (_, messages) = server.close();
    Err(RunError::ProgramFailed {
        exit: end.exit,
        messages,
        last_lines: end.last_lines,
    })
}

/// The command that starts the program as the Pulumi CLI and its language hosts do.
fn command(options: &RunOptions, address: SocketAddr) -> Result<Command, RunError> {
    let config = serde_json::to_string(&options.config).map_err(RunError::Config)?;
    let secret_keys = serde_json::to_string(&options.secret_keys).map_err(RunError::Config)?;
    // The working directory changes, so relative paths would mean something else.
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let directory = absolute(&options.directory);
    let mut command = Command::new(absolute(&options.binary));
    command
        .current_dir(&directory)
        .envs(
            options
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .env("PULUMI_MONITOR", address.to_string())
        .env("PULUMI_ENGINE", address.to_string())
        .env("PULUMI_PROJECT", &options.project)
        .env("PULUMI_STACK", &options.stack)
        .env("PULUMI_ORGANIZATION", &options.organization)
        .env("PULUMI_DRY_RUN", "false")
        .env("PULUMI_PARALLEL", PARALLEL)
        .env("PULUMI_CONFIG", config)
        .env("PULUMI_CONFIG_SECRET_KEYS", secret_keys)
        .env("PULUMI_ROOT_DIRECTORY", &directory);
    Ok(command)
}
