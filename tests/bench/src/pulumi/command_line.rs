//! The Pulumi CLI, apart from all else on the machine.

use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use tidegate_contract::manifest::MANIFEST_VARIABLE;
use tokio::process::Command;

use super::embedded;
use super::projects::{folder, write};
use super::timed::Times;
use super::tools::Tools;
use crate::binaries::Binaries;
use crate::clock;

/// What the CLI finds by the project's file.
const PLUGINS: [&str; 2] = ["pulumi-language-rust", "pulumi-resource-aws"];

/// The CLI with a backend, plugins and a cloud of its own; they go with it.
#[derive(Debug)]
pub(super) struct CommandLine {
    pulumi: PathBuf,
    folder: TempDir,
    environment: Vec<(&'static str, OsString)>,
    times: Times,
}

/// How long a command took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Took {
    /// The CLI, from its start to its end.
    pub(super) total: f64,
    /// The program in it.
    pub(super) program: f64,
}

impl CommandLine {
    pub(super) fn new(pulumi: PathBuf, binaries: &Binaries, tools: &Tools) -> Result<Self> {
        let made = tempfile::tempdir().context("no folder can be made for the Pulumi CLI")?;
        let path = |name: &str| made.path().join(name);
        for name in ["backend", "home", "cloud", "plugins", "programs", "tmp"] {
            folder(&path(name))?;
        }
        for plugin in PLUGINS {
            symlink(binaries.get(plugin)?, path("plugins").join(plugin))
                .context("a plugin cannot be linked")?;
        }
        let manifest = serde_json::to_string(&embedded::manifest(binaries)?)?;
        write(&path("builds.json"), &manifest)?;
        let backend = format!("file://{}", path("backend").display());
        let environment = vec![
            ("PULUMI_BACKEND_URL", backend.into()),
            ("PULUMI_CONFIG_PASSPHRASE", "correct horse".into()),
            ("PULUMI_HOME", path("home").into()),
            ("PULUMI_SKIP_UPDATE_CHECK", "true".into()),
            ("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true".into()),
            ("TIDEGATE_TEST_CLOUD", path("cloud").into()),
            (MANIFEST_VARIABLE, path("builds.json").into()),
            // What Node's tools keep of a program is kept as long as all else, and no longer.
            ("TMPDIR", path("tmp").into()),
            // What the CLI, or a language host, starts by this name is the script there.
            ("PATH", tools.path_after(path("programs").as_os_str())),
        ];
        Ok(Self {
            pulumi,
            environment,
            times: Times::new(path("times")),
            folder: made,
        })
    }

    /// A place for files.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A script that runs the executable, timed: by its name on the CLI's `PATH`.
    pub(super) fn script(
        &self,
        name: &str,
        executable: &Path,
        binaries: &Binaries,
    ) -> Result<PathBuf> {
        let script = self.path("programs").join(name);
        self.times.script(binaries, &script, executable)?;
        Ok(script)
    }

    /// Where a project's plugins are.
    pub(super) fn plugins(&self) -> Value {
        let plugin = |name: &str| json!([{"name": name, "path": self.path("plugins")}]);
        json!({"languages": plugin("rust"), "providers": plugin("aws")})
    }

    /// Makes a stack of the project in `directory`, and all that it describes.
    pub(super) async fn up(&self, directory: &Path, stack: &str) -> Result<()> {
        self.run(directory, &["stack", "init", stack]).await?;
        let up = ["up", "--yes", "--skip-preview", "--stack", stack];
        self.run(directory, &up).await?;
        Ok(())
    }

    /// Previews a stack that is up. There must be nothing to change.
    pub(super) async fn preview(&self, directory: &Path, stack: &str) -> Result<Took> {
        self.times.clear()?;
        let preview = ["preview", "--expect-no-changes", "--stack", stack];
        let total = self.run(directory, &preview).await?;
        Ok(Took {
            total,
            program: self.times.longest()?,
        })
    }

    /// Runs a command to its end, and gives the seconds.
    async fn run(&self, directory: &Path, arguments: &[&str]) -> Result<f64> {
        let mut command = Command::new(&self.pulumi);
        command
            .args(arguments)
            .args(["--non-interactive", "--color", "never"])
            .current_dir(directory)
            .env_remove("RUST_BACKTRACE")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let start = clock::now();
        let output = command.output().await;
        let seconds = clock::seconds_since(start);
        let output = output.context("the Pulumi CLI cannot be started")?;
        if !output.status.success() {
            bail!(
                "`pulumi {}` fails ({})\n{}{}",
                arguments.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr),
            );
        }
        Ok(seconds)
    }
}
