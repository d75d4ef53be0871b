//! A run of the CLI.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::Command;

/// How long a command may take. Long: some build the program.
const PATIENCE: Duration = Duration::from_secs(600);

/// What the CLI did.
pub struct Run {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to standard output.
    pub stdout: String,
    /// All that it wrote.
    pub text: String,
}

impl Run {
    /// Runs the command to its end.
    ///
    /// # Panics
    /// When it does not start or does not end.
    pub async fn of(mut command: Command) -> Self {
        let run = command.stdin(Stdio::null()).kill_on_drop(true).output();
        let output = match tokio::time::timeout(PATIENCE, run).await {
            Ok(Ok(output)) => output,
            Ok(Err(error)) => panic!("{command:?} does not start: {error}"),
            Err(_) => panic!("{command:?} does not end within {} s", PATIENCE.as_secs()),
        };
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr);
        Self {
            status: output.status,
            text: format!("{stdout}{stderr}"),
            stdout,
        }
    }

    /// The run, which must have succeeded.
    ///
    /// # Panics
    /// When it failed.
    pub fn succeeded(&self) -> &Self {
        assert!(self.status.success(), "{}\n{}", self.status, self.text);
        self
    }

    /// The run, which must have failed.
    ///
    /// # Panics
    /// When it succeeded.
    pub fn failed(&self) -> &Self {
        assert!(!self.status.success(), "{}", self.text);
        self
    }

    /// Checks that it says this.
    ///
    /// # Panics
    /// When it does not.
    pub fn says(&self, part: &str) -> &Self {
        assert!(
            self.text.contains(part),
            "{part:?} is not in\n{}",
            self.text
        );
        self
    }

    /// Checks that it does not say this.
    ///
    /// # Panics
    /// When it does.
    pub fn does_not_say(&self, part: &str) -> &Self {
        assert!(!self.text.contains(part), "{part:?} is in\n{}", self.text);
        self
    }
}
