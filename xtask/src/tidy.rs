//! `cargo xtask tidy`: the house rules.
//!
//! A rule is a function from what it judges to what it found, so each is shown to fail on a made-up
//! case in its own tests; the tests of this module run all of them on the workspace itself, so that
//! `cargo test` enforces them too.

mod dependencies;
mod features;
mod graph;
mod machine;
mod sources;
mod tracked;

use std::fmt;

use anyhow::Result;

use crate::environment::Environment;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// The house rules: who may depend on whom, file sizes, test names, no stubs, no machine paths.
#[derive(clap::Args, Default)]
#[command(after_help = "Each finding names its rule and what to do about it.
Rules on files look at what git tracks or would add; outside a git checkout they are skipped.")]
pub(crate) struct Arguments {}

/// One breach of one rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    rule: &'static str,
    place: String,
    what: String,
    remedy: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            place,
            what,
            remedy,
        } = self;
        write!(out, "{place}: {what}\n  rule: {rule}\n  do:   {remedy}")
    }
}

/// Runs the command.
pub(crate) fn run(_: &Arguments, environment: &Environment) -> Result<Outcome> {
    let workspace = Workspace::find(environment)?;
    let mut violations = judged_crates(&workspace, environment)?;
    match judged_files(&workspace, environment)? {
        Some(found) => violations.extend(found),
        None => println!("skipped: rules on files: this is not a git checkout"),
    }
    for violation in &violations {
        println!("{violation}");
    }
    Ok(Outcome::passed_if(violations.is_empty()))
}

fn judged_crates(workspace: &Workspace, environment: &Environment) -> Result<Vec<Violation>> {
    let graph = graph::of(workspace, environment)?;
    let mut found = dependencies::violations(&graph);
    found.extend(features::violations(workspace, environment)?);
    Ok(found)
}

/// What the rules on files found; `None` outside a git checkout.
fn judged_files(
    workspace: &Workspace,
    environment: &Environment,
) -> Result<Option<Vec<Violation>>> {
    let Some(files) = tracked::files(workspace.root())? else {
        return Ok(None);
    };
    let machine = machine::Machine::new(workspace.root(), environment.home.as_deref());
    let violations = files
        .iter()
        .flat_map(|file| {
            let mut found = sources::violations(file);
            found.extend(machine.violations(file));
            found
        })
        .collect();
    Ok(Some(violations))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn none(violations: &[Violation]) {
        let lines: Vec<_> = violations.iter().map(Violation::to_string).collect();
        assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
    }

    #[test]
    fn every_crate_knows_only_whom_it_may_know() {
        let environment = Environment::read();
        let workspace = Workspace::find(&environment).unwrap();
        none(&judged_crates(&workspace, &environment).unwrap());
    }

    #[test]
    fn every_file_keeps_the_house_rules() {
        let environment = Environment::read();
        let workspace = Workspace::find(&environment).unwrap();
        none(
            &judged_files(&workspace, &environment)
                .unwrap()
                .unwrap_or_default(),
        );
    }

    #[test]
    fn a_finding_names_its_rule_and_what_to_do() {
        let violation = Violation {
            rule: "the rule",
            place: "a/file.rs".into(),
            what: "is wrong".into(),
            remedy: "mend it".into(),
        };
        assert_eq!(
            violation.to_string(),
            "a/file.rs: is wrong\n  rule: the rule\n  do:   mend it"
        );
    }
}
