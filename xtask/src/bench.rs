//! `cargo xtask bench`: the benchmarks, on release builds.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::environment::Environment;
use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;

/// The executable that measures.
const BENCH: &str = "tidegate-bench";

/// What it starts, beside the Lambdas.
const SUBJECTS: [&str; 4] = [
    "tidegate",
    "tidegate-program",
    "tidegate-echo-program",
    "tidegate-noop",
];

/// What `bench pulumi` starts, beside the Lambdas.
const PULUMI_SUBJECTS: [&str; 4] = [
    "tidegate-program",
    "tidegate-services-program",
    "pulumi-language-rust",
    "pulumi-resource-aws",
];

/// What `bench messaging` starts, beside the Lambdas.
const MESSAGING_SUBJECTS: [&str; 3] =
    ["tidegate-program", "tidegate-noop", "tidegate-test-handler"];

/// Build in release what the benchmarks start, and run them.
#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  cargo xtask bench                         all benchmarks of the local runtime
  cargo xtask bench --json results.json     and the numbers as a file
  cargo xtask bench -- --help               what the benchmarks themselves understand
  cargo xtask bench pulumi                  the Pulumi program instead, beside TypeScript
  cargo xtask bench messaging               what a frame costs, deliveries, mass drops and hand-overs"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    instead: Option<Instead>,
    #[command(flatten)]
    runtime: Passed,
}

/// What is measured instead of the local runtime.
#[derive(clap::Subcommand)]
enum Instead {
    /// The Pulumi program: its run, `pulumi preview` beside TypeScript, and an edit with its build.
    ///
    /// The Pulumi CLI and Node.js are used where they are on the PATH, with pulumi-language-nodejs beside the CLI.
    #[command(after_help = "Examples:
  cargo xtask bench pulumi                          all of it
  cargo xtask bench pulumi --json results.json      and the numbers as a file
  cargo xtask bench pulumi -- --only runs           the program against the embedded engine alone
  cargo xtask bench pulumi -- --help                what these benchmarks themselves understand")]
    Pulumi(Passed),
    /// Messaging: what a frame costs, how fast publications arrive, and what a mass drop and hand-overs do.
    ///
    /// A figure beyond its bound fails the run.
    #[command(after_help = "Examples:
  cargo xtask bench messaging                                all of it
  cargo xtask bench messaging --json results.json            and the numbers as a file
  cargo xtask bench messaging -- --only returns,handovers    what needs no process, in seconds")]
    Messaging(Passed),
}

/// What is passed on to the benchmarks.
#[derive(clap::Args)]
struct Passed {
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
    let (mode, subjects, passed): (_, &[&str], _) = match &arguments.instead {
        None => (None, &SUBJECTS, &arguments.runtime),
        Some(Instead::Pulumi(passed)) => (Some("pulumi"), &PULUMI_SUBJECTS, passed),
        Some(Instead::Messaging(passed)) => (Some("messaging"), &MESSAGING_SUBJECTS, passed),
    };
    let workspace = Workspace::find(environment)?;
    let executables = executables(&workspace, subjects)?;

    let mut build = process::cargo(environment);
    // The whole workspace is selected, as `tidegate dev` does it: so dependencies have the same features in both, and
    // the start that is measured builds nothing. Of it, only these are built.
    build.args(["build", "--release", "--workspace"]);
    for executable in &executables {
        build.args(["--bin", executable]);
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
    bench.args(mode);
    if let Some(file) = &passed.json {
        bench.arg("--json").arg(file);
    }
    process::run(bench.args(&passed.rest))
}

/// What is built: what measures, the Lambdas, and these.
fn executables(workspace: &Workspace, subjects: &[&str]) -> Result<BTreeSet<String>> {
    let mut executables = BTreeSet::new();
    for package in workspace.packages() {
        let lambda = workspace.folder_of(package).starts_with("lambdas/");
        for target in package.targets.iter().filter(|target| target.is_bin()) {
            let name = target.name.as_str();
            if lambda || name == BENCH || subjects.contains(&name) {
                executables.insert(name.to_owned());
            }
        }
    }
    for needed in subjects.iter().chain([&BENCH]) {
        if !executables.contains(*needed) {
            bail!("the workspace has no executable {needed}");
        }
    }
    Ok(executables)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        bench: Arguments,
    }

    fn parsed(arguments: &[&str]) -> Arguments {
        Cli::try_parse_from([&["bench"], arguments].concat())
            .unwrap()
            .bench
    }

    #[test]
    fn arguments_reach_the_benchmarks_of_the_runtime() {
        let arguments = parsed(&["--json", "a.json", "--", "--only", "a"]);
        assert!(arguments.instead.is_none());
        assert_eq!(arguments.runtime.json, Some("a.json".into()));
        assert_eq!(arguments.runtime.rest, ["--only", "a"]);
    }

    #[test]
    fn arguments_reach_the_benchmarks_of_the_program() {
        let arguments = parsed(&["pulumi", "--json", "a.json", "--", "--only", "runs"]);
        let Some(Instead::Pulumi(passed)) = arguments.instead else {
            panic!("not the program");
        };
        assert_eq!(passed.json, Some("a.json".into()));
        assert_eq!(passed.rest, ["--only", "runs"]);
    }
}
