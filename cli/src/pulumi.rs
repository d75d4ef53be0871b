//! The Pulumi CLI, run as a process: what it knows of a deployed stack, and its encrypted configuration.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tidegate_local_runtime::Project;

use crate::arguments::StackArguments;

/// One stack, as the Pulumi CLI sees it.
pub(crate) struct Pulumi {
    directory: PathBuf,
    project: String,
    stack: String,
    config_file: Option<PathBuf>,
}

/// What `pulumi config get --json` prints.
#[derive(Deserialize)]
struct ConfigValue {
    value: String,
}

impl Pulumi {
    pub(crate) fn new(project: &Project, arguments: &StackArguments) -> Self {
        Self {
            directory: project.root.clone(),
            project: project.name.clone(),
            stack: arguments.stack.clone(),
            config_file: arguments.config_file.clone(),
        }
    }

    /// What the stack exports.
    pub(crate) fn outputs<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        let printed = self.run(&["stack", "output", "--json"], None)?;
        let printed = succeeded("pulumi stack output", &printed)?;
        serde_json::from_str(&printed).with_context(|| {
            format!(
                "the stack `{}` does not export what is needed of it: deploy it with `pulumi up` from this commit",
                self.stack
            )
        })
    }

    /// A value of the configuration, decrypted; nothing where there is none.
    pub(crate) fn config(&self, key: &str) -> anyhow::Result<Option<String>> {
        let full = format!("{}:{key}", self.project);
        let printed = self.run(&["config", "get", &full, "--json"], None)?;
        let told = String::from_utf8_lossy(&printed.stderr);
        let absent = format!("configuration key '{key}' not found");
        if !printed.status.success() && told.contains(&absent) {
            return Ok(None);
        }
        let printed = succeeded("pulumi config get", &printed)?;
        let value: ConfigValue = serde_json::from_str(&printed)
            .ok()
            // What was printed is a secret, and so may be what the parser would say of it.
            .with_context(|| {
                format!("`pulumi config get {full} --json` prints no JSON with a value")
            })?;
        Ok(Some(value.value))
    }

    /// Sets a value of the configuration, encrypted. It goes by standard input, since everybody on the machine may read
    /// the arguments of a process.
    pub(crate) fn set_secret(&self, key: &str, value: &str) -> anyhow::Result<()> {
        let full = format!("{}:{key}", self.project);
        let printed = self.run(&["config", "set", "--secret", &full], Some(value))?;
        succeeded("pulumi config set", &printed).map(drop)
    }

    fn run(&self, arguments: &[&str], input: Option<&str>) -> anyhow::Result<Output> {
        let mut command = Command::new("pulumi");
        command
            .args(arguments)
            .args([
                "--stack",
                &self.stack,
                "--non-interactive",
                "--color",
                "never",
            ])
            .current_dir(&self.directory)
            .stdin(if input.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(file) = self
            .config_file
            .as_deref()
            .filter(|_| arguments.contains(&"config"))
        {
            command.arg("--config-file").arg(absolute(file)?);
        }
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == io::ErrorKind::NotFound => bail!(
                "the Pulumi CLI (`pulumi`) is not on the PATH: https://www.pulumi.com/docs/install says how to get it"
            ),
            Err(error) => return Err(error).context("the Pulumi CLI (`pulumi`) cannot be started"),
        };
        if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
            // One that ended without reading says why itself.
            let _written = stdin.write_all(input.as_bytes());
        }
        child
            .wait_with_output()
            .context("the Pulumi CLI (`pulumi`) cannot be waited for")
    }
}

/// The CLI runs in the project's folder, and the path is from here.
fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("{} is no path", path.display()))
}

fn succeeded(command: &str, run: &Output) -> anyhow::Result<String> {
    if !run.status.success() {
        let told = String::from_utf8_lossy(&run.stderr);
        let told = told.trim();
        let told = told.strip_prefix("error: ").unwrap_or(told);
        bail!("`{command}` failed: {told}");
    }
    Ok(String::from_utf8_lossy(&run.stdout).into_owned())
}
