//! The command as somebody has it who works with a stack: with a stack that runs here or is deployed, as far as notes and
//! tools tell, and nothing of this machine's AWS and Pulumi.

#![expect(
    clippy::unwrap_used,
    reason = "this is test code: a panic is how a test fails"
)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::{PATIENCE, Tidegate};

/// The command in this project, with nothing of this machine's AWS and Pulumi.
pub struct Here {
    /// The command.
    pub tidegate: Tidegate,
    tools: TempDir,
    running: Option<File>,
}

impl Here {
    /// Where nothing runs and nothing is deployed.
    #[must_use]
    pub fn new() -> Self {
        Self {
            tidegate: Tidegate::new(),
            tools: TempDir::new().unwrap(),
            running: None,
        }
    }

    /// Where `tidegate dev` runs a stack, as far as its note, which is this, and its lock tell.
    #[must_use]
    pub fn with_note(note: &Value) -> Self {
        let mut here = Self::new();
        let folder = here.tidegate.state().join("dev");
        fs::create_dir_all(&folder).unwrap();
        let lock = File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        fs::write(folder.join("running.json"), note.to_string()).unwrap();
        here.running = Some(lock);
        here
    }

    /// Where Pulumi tells these outputs of the stack `dev`, and of nothing else.
    #[must_use]
    pub fn with_outputs(outputs: &Value) -> Self {
        let here = Self::new();
        here.outputs(outputs);
        here
    }

    /// The outputs that Pulumi tells.
    pub fn outputs(&self, outputs: &Value) {
        let file = self.tools.path().join("outputs.json");
        fs::write(&file, outputs.to_string()).unwrap();
        self.tool(
            "pulumi",
            &format!(
                "[ \"$*\" = 'stack output --json --stack dev --non-interactive --color never' ] || {{\n\
                 echo \"error: unexpected: $*\" >&2; exit 64; }}\ncat '{}'",
                file.display()
            ),
        );
    }

    /// Puts a tool onto the command's path.
    pub fn tool(&self, name: &str, script: &str) -> PathBuf {
        let path = self.tools.path().join(name);
        tidegate_test_scripts::write(&path, script);
        path
    }

    /// Where tools are put.
    #[must_use]
    pub fn tools(&self) -> &Path {
        self.tools.path()
    }

    /// The command, which finds no tool but those that were put there, and what a script needs.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.tidegate.command(arguments);
        command.env(
            "PATH",
            format!("{}:/usr/bin:/bin", self.tools.path().display()),
        );
        for variable in [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_ENDPOINT_URL",
            "http_proxy",
            "HTTP_PROXY",
            "all_proxy",
            "ALL_PROXY",
        ] {
            command.env_remove(variable);
        }
        command
    }

    /// The command with credentials, and services that are elsewhere: the name of each as it stands in the variable for its
    /// endpoint.
    #[must_use]
    pub fn with_aws(&self, arguments: &[&str], services: &[(&str, &str)], key: &str) -> Command {
        let mut command = self.command(arguments);
        for (service, url) in services {
            command.env(format!("AWS_ENDPOINT_URL_{service}"), url);
        }
        command
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", "it-is-not-recomputed");
        command
    }
}

impl Default for Here {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs a command to its end.
pub async fn ended(mut command: Command) -> Said {
    let output = tokio::time::timeout(PATIENCE, command.output());
    Said::of(&output.await.unwrap().unwrap())
}

/// What the command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it told people.
    pub stderr: String,
}

impl Said {
    /// What a process said that ended.
    #[must_use]
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Ended well.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Ended with this code, and said this.
    #[track_caller]
    pub fn failed(self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for part in parts {
            assert!(self.stderr.contains(part), "{part:?} is not in {self:?}");
        }
    }

    /// What it printed, as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}
