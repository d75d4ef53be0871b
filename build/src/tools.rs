//! The tools of a build: cargo-zigbuild, and zig, which it links with.
//!
//! Those on the path are taken as they are. Else a pinned version is taken from its official download, else from PyPI,
//! and kept for all checkouts of this user.

mod download;
mod python;

use std::ffi::OsStr;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::error::BuildError;
use crate::machine::Machine;
use crate::target::answer;

/// A tool that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tool {
    /// Its executable.
    pub(crate) path: PathBuf,
    /// What it says that it is.
    pub(crate) version: String,
}

/// All that a build needs beside Rust.
#[derive(Debug)]
pub(crate) struct Tools {
    pub(crate) cargo_zigbuild: Tool,
    pub(crate) zig: Tool,
}

/// A tool is not there, and cannot be had.
#[derive(Debug, PartialEq, Eq, Error)]
#[error(
    "{name} {version}, which the functions are built with, cannot be had:{}\n{remedy}",
    list(tried)
)]
pub struct ToolError {
    name: &'static str,
    version: &'static str,
    /// What was tried, and why it did not do.
    tried: Vec<String>,
    remedy: &'static str,
}

fn list(tried: &[String]) -> String {
    tried.iter().fold(String::new(), |mut list, line| {
        let _written = write!(list, "\n  - {line}");
        list
    })
}

/// A tool that may be needed.
#[derive(Debug)]
struct Wanted {
    name: &'static str,
    /// The version that is taken where there is none.
    version: &'static str,
    /// How it is asked for its version.
    question: &'static str,
    /// Where its executable is in what is installed: of the official download, and of the package on PyPI.
    executables: [&'static str; 2],
    /// Its package on PyPI, with the hashes of what is taken.
    requirement: &'static str,
    remedy: &'static str,
}

const CARGO_ZIGBUILD: Wanted = Wanted {
    name: "cargo-zigbuild",
    version: "0.24.0",
    question: "--version",
    executables: ["cargo-zigbuild", "bin/cargo-zigbuild"],
    requirement: include_str!("tools/cargo-zigbuild.requirement"),
    remedy: "install it with `cargo install cargo-zigbuild --locked`, or `pip install cargo-zigbuild`",
};

const ZIG: Wanted = Wanted {
    name: "zig",
    version: "0.17.1",
    question: "version",
    executables: ["zig", "ziglang/zig"],
    requirement: include_str!("tools/zig.requirement"),
    remedy: "install it from https://ziglang.org/download, with its executable on the PATH",
};

/// The versions of the tools that a build here would use, as they say them themselves. Nothing is installed for it: where
/// there is none, it is the one that would be.
pub(crate) fn versions(machine: &Machine) -> Result<[(&'static str, String); 2], BuildError> {
    let version = |wanted: &'static Wanted| {
        let found = wanted.find(machine, &machine.tools_folder()?, &mut Vec::new());
        let version = found.map_or_else(|| wanted.version.to_owned(), |tool| tool.version);
        Ok::<_, BuildError>((wanted.name, version))
    };
    Ok([version(&CARGO_ZIGBUILD)?, version(&ZIG)?])
}

/// The tools, installed where they are not there.
pub(crate) fn get(machine: &Machine, say: &dyn Fn(&str)) -> Result<Tools, BuildError> {
    let folder = machine.tools_folder()?;
    let tool = |wanted: &Wanted| wanted.get(machine, &folder, &download::Source::official(), say);
    Ok(Tools {
        cargo_zigbuild: tool(&CARGO_ZIGBUILD)?,
        zig: tool(&ZIG)?,
    })
}

impl Wanted {
    fn get(
        &self,
        machine: &Machine,
        folder: &Path,
        source: &download::Source,
        say: &dyn Fn(&str),
    ) -> Result<Tool, ToolError> {
        let mut tried = Vec::new();
        if let Some(tool) = self.find(machine, folder, &mut tried) {
            return Ok(tool);
        }
        say(&format!("installing {} {}, once", self.name, self.version));
        let kept = self.kept(folder);
        let official = download::install(self, source, machine, folder, &kept);
        let installed = official.or_else(|problem| {
            tried.push(format!("its official download: {problem}"));
            python::install(self, machine, folder, &kept)
        });
        if let Err(problem) = installed {
            tried.push(format!("its package on PyPI: {problem}"));
        }
        let found = self.find_kept(machine, &kept, &mut tried);
        found.ok_or(ToolError {
            name: self.name,
            version: self.version,
            tried,
            remedy: self.remedy,
        })
    }

    /// Where it is kept once it was installed.
    fn kept(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}-{}", self.name, self.version))
    }

    /// The first that says its version.
    fn find(&self, machine: &Machine, folder: &Path, tried: &mut Vec<String>) -> Option<Tool> {
        let mut none = true;
        for path in machine.programs(self.name) {
            none = false;
            let asked = self.ask(machine, path, tried);
            if asked.is_some() {
                return asked;
            }
        }
        if none {
            tried.push("there is none on the PATH, nor where cargo installs programs".to_owned());
        }
        self.find_kept(machine, &self.kept(folder), tried)
    }

    fn find_kept(&self, machine: &Machine, kept: &Path, tried: &mut Vec<String>) -> Option<Tool> {
        let places = self.executables.map(|executable| kept.join(executable));
        let mut there = places.into_iter().filter(|path| path.is_file());
        there.find_map(|path| self.ask(machine, path, tried))
    }

    fn ask(&self, machine: &Machine, path: PathBuf, tried: &mut Vec<String>) -> Option<Tool> {
        let mut command = machine.command(&path);
        match answer(command.arg(self.question)) {
            Ok(version) => Some(Tool { path, version }),
            Err(error) => {
                tried.push(format!("{} does not work: {}", path.display(), why(&error)));
                None
            }
        }
    }
}

fn why(error: &BuildError) -> String {
    match error {
        BuildError::NoRust { source, .. } => source.to_string(),
        other => other.to_string(),
    }
}

/// Runs a program that installs something, and gives its complaint.
fn run(
    machine: &Machine,
    program: &str,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<Vec<u8>, String> {
    let mut command = machine.command(program);
    let output = command
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|error| format!("cannot start `{program}`: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.trim().lines().last().unwrap_or_default();
    Err(format!("`{program}` failed ({}): {last}", output.status))
}

/// Has `fill` make a folder, which is then whole or not there: others may install the same.
fn install(
    folder: &Path,
    kept: &Path,
    fill: impl FnOnce(&Path) -> Result<PathBuf, String>,
) -> Result<(), String> {
    let made = || {
        std::fs::create_dir_all(folder)?;
        tempfile::tempdir_in(folder)
    };
    let fresh = made().map_err(|error| format!("{} cannot be used: {error}", folder.display()))?;
    let filled = fill(fresh.path())?;
    match std::fs::rename(filled, kept) {
        Err(error) if !kept.is_dir() => Err(format!("{} cannot be made: {error}", kept.display())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
