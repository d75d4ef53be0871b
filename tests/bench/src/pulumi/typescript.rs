//! The TypeScript program, installed: its packages come from npm once, into the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};
use serde_json::json;
use tokio::process::Command;

use super::command_line::CommandLine;
use super::projects::{self, SIZES, folder, write};
use super::tools::Tools;
use crate::binaries::Binaries;

/// The program as it is in the tree.
const TEMPLATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/typescript");
const SOURCE: &str = "index.ts";
const FILES: [&str; 4] = [SOURCE, "package.json", "package-lock.json", "tsconfig.json"];
/// The lock file of what is installed.
const INSTALLED: &str = "installed-lock.json";

/// Writes the program, with this added.
pub(super) fn write_source(directory: &Path, added: &str) -> Result<()> {
    let source = fs::read_to_string(Path::new(TEMPLATE).join(SOURCE)).context(SOURCE)?;
    write(&directory.join(SOURCE), &(source + added))
}

/// What runs TypeScript.
pub(super) struct Node {
    node: PathBuf,
    npm: PathBuf,
}

impl Node {
    /// What runs it, or the name of what is missing.
    pub(super) fn find(tools: &Tools) -> Result<Self, &'static str> {
        let find = |name: &'static str| tools.find(name).ok_or(name);
        find("pulumi-language-nodejs")?;
        Ok(Self {
            node: find("node")?,
            npm: find("npm")?,
        })
    }

    /// Makes the project, with its packages and the stacks that are up: their project is in `rust`.
    pub(super) async fn project(
        &self,
        command_line: &CommandLine,
        binaries: &Binaries,
        rust: &Path,
    ) -> Result<PathBuf> {
        let directory = binaries.scratch("typescript");
        folder(&directory)?;
        let copy = |from: PathBuf, name: &str| {
            fs::copy(from, directory.join(name)).with_context(|| format!("{name} cannot be copied"))
        };
        for file in FILES {
            copy(Path::new(TEMPLATE).join(file), file)?;
        }
        self.install(&directory).await?;
        for size in SIZES {
            // With what the CLI has added to it: the salt of its secrets.
            let file = format!("Pulumi.{}.yaml", size.stack);
            copy(rust.join(&file), &file)?;
        }
        let plugins = json!({"providers": command_line.plugins()["providers"]});
        projects::write_services(&directory, &json!("nodejs"), &plugins)?;
        command_line.script("node", &self.node, binaries)?;
        Ok(directory)
    }

    /// Installs what the lock file says, unless that is there.
    async fn install(&self, directory: &Path) -> Result<()> {
        let lock = fs::read_to_string(directory.join("package-lock.json"))?;
        let installed = directory.join(INSTALLED);
        if fs::read_to_string(&installed).is_ok_and(|installed| installed == lock) {
            return Ok(());
        }
        eprintln!("npm ci: the packages of the TypeScript program, into the target folder");
        let status = Command::new(&self.npm)
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .status()
            .await
            .context("npm cannot be started")?;
        anyhow::ensure!(status.success(), "npm ci fails ({status})");
        write(&installed, &lock)
    }
}
