//! `cargo xtask check`: everything that is judged without running the project.
//!
//! Every step runs even when an earlier one failed, so that one round shows all there is to mend;
//! the quick ones come first.

use anyhow::{Result, bail};

use crate::environment::Environment;
use crate::outcome::Outcome;
use crate::{generate, process, tidy, tools, workspace::Workspace};

/// Formatting, house rules, generated files, dependencies, lints and documentation.
///
/// Runs: cargo fmt --check, tidy, generate --check, cargo deny (where cargo-deny is installed;
/// TIDEGATE_REQUIRE=deny makes its absence an error), clippy and rustdoc with warnings denied.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask check                         before every push; CI runs the same
  cargo fmt --all                           mends the formatting
  cargo xtask generate                      mends generated files that are out of date")]
pub(crate) struct Arguments {}

/// How one step ended.
enum Verdict {
    Passed,
    Failed,
    Skipped(&'static str),
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Passed => Self::Passed,
            Outcome::Failed => Self::Failed,
        }
    }
}

/// Runs the command.
pub(crate) fn run(_: &Arguments, environment: &Environment) -> Result<Outcome> {
    let required = tools::required(environment.require.as_deref())?;
    let workspace = Workspace::find(environment)?;
    let cargo = |arguments: &str| -> Result<Verdict> {
        let mut command = process::cargo(environment);
        command
            .args(arguments.split(' '))
            .current_dir(workspace.root());
        Ok(process::run(&mut command)?.into())
    };

    let mut steps = vec![
        ("formatting", cargo("fmt --all --check")?),
        (
            "house rules",
            tidy::run(&tidy::Arguments::default(), environment)?.into(),
        ),
        (
            "generated files",
            generate::run(&generate::Arguments { check: true }, environment)?.into(),
        ),
    ];

    let has = |arguments: &[&str]| {
        let mut command = process::cargo(environment);
        command.args(arguments).current_dir(workspace.root());
        process::output_of(&mut command).is_some()
    };
    if has(&["deny", "--version"]) {
        steps.push((
            "dependencies",
            cargo("deny --workspace check bans licenses sources")?,
        ));
        steps.push((
            "advisories",
            if has(&["deny", "fetch", "db"]) {
                cargo("deny --workspace check advisories")?
            } else {
                Verdict::Skipped("the advisory database cannot be reached from here")
            },
        ));
    } else if required.contains(&"deny") {
        bail!("TIDEGATE_REQUIRE names deny, and cargo-deny is not installed");
    } else {
        steps.push((
            "dependencies",
            Verdict::Skipped("cargo-deny is not installed (`cargo install cargo-deny --locked`)"),
        ));
    }

    steps.push((
        "lints",
        cargo("clippy --workspace --all-targets -- -D warnings")?,
    ));
    steps.push(("documentation", documentation(environment, &workspace)?));

    Ok(report(&steps))
}

fn documentation(environment: &Environment, workspace: &Workspace) -> Result<Verdict> {
    let given = environment.rustdoc_flags.as_deref().unwrap_or_default();
    let mut command = process::cargo(environment);
    command
        .args(["doc", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", format!("{given} -D warnings").trim())
        .current_dir(workspace.root());
    Ok(process::run(&mut command)?.into())
}

fn report(steps: &[(&str, Verdict)]) -> Outcome {
    println!();
    for (name, verdict) in steps {
        match verdict {
            Verdict::Passed => println!("{name}: passed"),
            Verdict::Failed => println!("{name}: FAILED (see above)"),
            Verdict::Skipped(reason) => println!("{name}: skipped: {reason}"),
        }
    }
    let failed = steps
        .iter()
        .any(|(_, verdict)| matches!(verdict, Verdict::Failed));
    Outcome::passed_if(!failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_step_fails_the_check() {
        let steps = [("one", Verdict::Failed), ("two", Verdict::Passed)];
        assert_eq!(report(&steps), Outcome::Failed);
    }

    #[test]
    fn a_skipped_step_does_not_fail_the_check() {
        let steps = [("one", Verdict::Passed), ("two", Verdict::Skipped("why"))];
        assert_eq!(report(&steps), Outcome::Passed);
    }
}
