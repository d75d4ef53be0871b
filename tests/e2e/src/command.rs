//! The `tidegate` command as a process.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use crate::binaries::{binary, project_root};
use crate::eventually::PATIENCE;

/// How long a build may take that finds nothing to do, or a little.
const BUILD: Duration = Duration::from_secs(300);

/// The command, with a state folder of its own so that tests do not meet.
pub struct Tidegate {
    state: TempDir,
    folder: PathBuf,
}

/// `tidegate dev`, running.
pub struct Dev {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
    /// The `ready` event.
    pub ready: Value,
}

impl Tidegate {
    /// The command in this project.
    ///
    /// # Panics
    /// When there is no temporary folder.
    #[must_use]
    pub fn new() -> Self {
        Self::within(&project_root())
    }

    /// The command in another folder.
    ///
    /// # Panics
    /// When there is no temporary folder.
    #[must_use]
    pub fn within(folder: &Path) -> Self {
        let state =
            tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
        Self {
            state,
            folder: folder.to_owned(),
        }
    }

    /// The folder in which it keeps its state.
    #[must_use]
    pub fn state(&self) -> &Path {
        self.state.path()
    }

    /// The command with these arguments.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary("tidegate"));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("TIDEGATE_STATE", self.state.path());
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        let output = tokio::time::timeout(BUILD, self.command(arguments).output()).await;
        let output = output.unwrap_or_else(|_| panic!("{arguments:?} did not end"));
        output.unwrap_or_else(|error| panic!("{arguments:?} did not start: {error}"))
    }

    /// Runs it to its end with something to read.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        fed(self.command(arguments), input).await
    }

    /// Starts `tidegate dev` on a free port, and waits until it is ready.
    ///
    /// # Panics
    /// When it does not get ready.
    pub async fn dev(&self, more: &[&str]) -> Dev {
        let arguments = [&["dev", "--port", "0", "--log-format", "json"], more].concat();
        let mut command = self.command(&arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("dev did not start: {error}"));
        let stdout = child
            .stdout
            .take()
            .unwrap_or_else(|| panic!("dev has no output"));
        let mut stdout = BufReader::new(stdout).lines();
        let ready = tokio::time::timeout(BUILD, async {
            while let Ok(Some(line)) = stdout.next_line().await {
                let event: Value = serde_json::from_str(&line).unwrap_or_default();
                if event["event"] == "ready" {
                    return event;
                }
            }
            panic!("dev ended before it was ready")
        });
        let ready = ready
            .await
            .unwrap_or_else(|_| panic!("dev did not get ready"));
        // A pipe that nobody reads holds up whoever writes into it.
        let (keep, lines) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = stdout.next_line().await {
                let _nobody_asks = keep.send(line);
            }
        });
        Dev {
            child,
            lines,
            ready,
        }
    }
}

/// Runs a command to its end with something to read.
///
/// # Panics
/// When it does not end in time.
pub async fn fed(mut command: Command, input: &str) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
    if let Some(mut stdin) = child.stdin.take() {
        // A command that needs no more of it may have ended.
        let _written = stdin.write_all(input.as_bytes()).await;
    }
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.unwrap_or_else(|_| panic!("{command:?} did not end"));
    output.unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

impl Default for Tidegate {
    fn default() -> Self {
        Self::new()
    }
}

impl Dev {
    /// The process.
    ///
    /// # Panics
    /// When it has ended.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or_else(|| panic!("dev has ended"))
    }

    /// Where clients connect.
    #[must_use]
    pub fn url(&self) -> &str {
        self.ready["websocketUrl"].as_str().unwrap_or_default()
    }

    /// Waits for its end: the exit code, and what it wrote since it was ready.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn ended(mut self) -> (Option<i32>, Vec<String>) {
        let ending = async {
            let mut rest = Vec::new();
            while let Some(line) = self.lines.recv().await {
                rest.push(line);
            }
            let status = self
                .child
                .wait()
                .await
                .unwrap_or_else(|error| panic!("{error}"));
            (status.code(), rest)
        };
        tokio::time::timeout(PATIENCE, ending)
            .await
            .unwrap_or_else(|_| panic!("dev did not end"))
    }
}
