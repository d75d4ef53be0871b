//! Pages and plans that are made of the program and committed, so that a change of it shows in its pull request: what a
//! user reads, and what `pulumi up` would make. `cargo xtask generate` writes them anew.

use std::path::Path;

use crate::stack::planned;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Set by `cargo xtask generate`: write instead of comparing.
const WRITE: &str = "TIDEGATE_GENERATE";

/// Compares a committed file with what it would be now.
#[expect(
    clippy::disallowed_methods,
    reason = "a test that is told whether to write"
)]
fn committed(path: &str, text: &str) {
    let file = Path::new(ROOT).join(path);
    if std::env::var_os(WRITE).is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let first = committed
        .lines()
        .zip(text.lines())
        .position(|(old, new)| old != new);
    assert!(
        committed == text,
        "{path} is not what would be generated{}: run `cargo xtask generate` and look at what differs",
        first.map_or(String::new(), |line| format!(", from line {}", line + 1)),
    );
}

#[test]
fn the_page_about_the_configuration_is_made_of_the_types_that_read_it() {
    committed(
        "docs/configuration.md",
        &tidegate_program::configuration_page().unwrap(),
    );
}

#[test]
fn the_runbook_is_made_of_the_alarms() {
    committed("docs/runbook.md", &tidegate_program::runbook_page());
}

#[test]
fn the_plan_of_the_small_stack_is_as_it_was() {
    committed("program/tests/plan/snapshots/dev.txt", &planned("dev"));
}

#[test]
fn the_plan_of_the_stack_for_production_is_as_it_was() {
    committed("program/tests/plan/snapshots/prod.txt", &planned("prod"));
}
