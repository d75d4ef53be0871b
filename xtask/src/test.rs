//! `cargo xtask test`: everything, from a fresh clone, with nothing else to install.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result};

use crate::environment::Environment;
use crate::outcome::Outcome;
use crate::process;
use crate::tools;
use crate::tools::pulumi::{self, Pulumi};
use crate::workspace::Workspace;

/// Build the workspace and run all of its tests.
///
/// Tests that need a tool which is not here are skipped, and named on the last lines with the
/// reason. TIDEGATE_REQUIRE=node,chromium turns such a skip into a failure; the names are pulumi,
/// node, chromium, java, python3 and deny.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask test                          everything
  cargo xtask test presence                 the tests whose name contains `presence`
  cargo xtask test --no-build hand_over     the same without building the programs first
  TIDEGATE_REQUIRE=node cargo xtask test    fail where node is missing")]
pub(crate) struct Arguments {
    /// Do not build the Lambdas, the program and the CLI first: the tests take those of the last build.
    #[arg(long)]
    no_build: bool,
    /// Run only the tests whose name contains one of these.
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, environment: &Environment) -> Result<Outcome> {
    let required = tools::required(environment.require.as_deref())?;
    let workspace = Workspace::find(environment)?;

    if !arguments.no_build {
        // End-to-end tests start these binaries as processes; `cargo test` alone builds a package's
        // binaries only for that package's own tests.
        let mut build = process::cargo(environment);
        build
            .args(["build", "--workspace", "--all-targets"])
            .current_dir(workspace.root());
        if process::run(&mut build)? == Outcome::Failed {
            return Ok(Outcome::Failed);
        }
    }

    let folder = workspace.target_dir().join("xtask");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("could not make {}", folder.display()))?;
    let skips = folder.join(format!("skipped-{}.txt", std::process::id()));
    std::fs::write(&skips, "").with_context(|| format!("could not write {}", skips.display()))?;

    let mut tests = process::cargo(environment);
    tests
        .args(cargo_arguments(&arguments.filters))
        .env("TIDEGATE_SKIP_FILE", &skips)
        .current_dir(workspace.root());
    // Who looks for one test does not wait for a download that it may not need.
    if arguments.filters.is_empty() || required.contains(&"pulumi") {
        let path = environment.path.as_ref();
        if let Pulumi::In(folder) = pulumi::find(path, workspace.target_dir()) {
            tests.env("PATH", pulumi::extended(path, folder)?);
        }
    }
    let outcome = process::run(&mut tests);
    let skipped = taken(&skips);

    let outcome = outcome?;
    for line in skipped? {
        println!("skipped: {line}");
    }
    Ok(outcome)
}

fn cargo_arguments(filters: &[String]) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = ["test", "--workspace", "--no-fail-fast"]
        .map(OsString::from)
        .into();
    if !filters.is_empty() {
        // After `--`, for there the test harness takes more than one.
        arguments.push("--".into());
        arguments.extend(filters.iter().map(OsString::from));
    }
    arguments
}

/// The skip reports of one run, each once; the file is gone afterwards.
fn taken(file: &Path) -> Result<BTreeSet<String>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("could not read {}", file.display()))?;
    std::fs::remove_file(file).with_context(|| format!("could not remove {}", file.display()))?;
    Ok(distinct_lines(&text))
}

fn distinct_lines(text: &str) -> BTreeSet<String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(String::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_filters_everything_runs() {
        assert_eq!(
            cargo_arguments(&[]),
            ["test", "--workspace", "--no-fail-fast"]
        );
    }

    #[test]
    fn several_filters_reach_the_harness() {
        assert_eq!(
            cargo_arguments(&["presence".into(), "history".into()])[3..],
            ["--", "presence", "history"]
        );
    }

    #[test]
    fn a_suite_that_was_skipped_by_several_tests_is_named_once() {
        let lines =
            distinct_lines("browser: no chromium\n\nbrowser: no chromium\nalpha: no node\n");
        assert_eq!(
            lines.into_iter().collect::<Vec<_>>(),
            ["alpha: no node", "browser: no chromium"]
        );
    }
}
