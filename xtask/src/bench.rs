//! `cargo xtask bench`: the benchmarks, on release builds.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::environment::Environment;
use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;

/// The package whose binary measures.
const BENCH: &str = "tidegate-bench";

/// What it starts, beside the Lambdas.
const SUBJECTS: [&str; 4] = [
    "tidegate",
    "tidegate-program",
    "tidegate-echo-program",
    "tidegate-noop",
];

/// Build in release what the benchmarks start, and run them.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask bench                         all benchmarks
  cargo xtask bench --json results.json     and the numbers as a file
  cargo xtask bench -- --help               what the benchmarks themselves understand")]
pub(crate) struct Arguments {
    /// Also write the results to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Passed on to the benchmarks.
    #[arg(
        value_name = "ARGS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    rest: Vec<OsString>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, environment: &Environment) -> Result<Outcome> {
    let workspace = Workspace::find(environment)?;
    let packages: Vec<String> = workspace
        .packages()
        .filter(|package| {
            let name = package.name.as_str();
            name == BENCH
                || SUBJECTS.contains(&name)
                || workspace.folder_of(package).starts_with("lambdas/")
        })
        .map(|package| package.name.to_string())
        .collect();
    for needed in SUBJECTS.iter().chain([&BENCH]) {
        if !packages.iter().any(|package| package == needed) {
            bail!("the workspace has no package {needed}");
        }
    }

    let mut build = process::cargo(environment);
    // The whole workspace is selected, as `tidegate dev` does it: so dependencies have the same features in both, and
    // the start that is measured builds nothing. Of it, only these are built: each package's binary has its name.
    build.args(["build", "--release", "--workspace"]);
    for package in &packages {
        build.args(["--bin", package]);
    }
    if process::run(build.current_dir(workspace.root()))? == Outcome::Failed {
        return Ok(Outcome::Failed);
    }

    let name = format!("{BENCH}{}", std::env::consts::EXE_SUFFIX);
    let binary = workspace.target_dir().join("release").join(name);
    if !binary.is_file() {
        bail!("{BENCH} has no binary at {}", binary.display());
    }
    let mut bench = Command::new(binary);
    if let Some(file) = &arguments.json {
        bench.arg("--json").arg(file);
    }
    process::run(bench.args(&arguments.rest))
}
