//! Every scenario of `clients/scenarios` against the machine. The format is told in `clients/scenarios/README.md`.
//!
//! `TIDEGATE_GENERATE=1 cargo test -p tidegate-client --test scenarios` writes into the files what the machine does, for the
//! diff to be read.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code: a panic is how a test fails"
)]

#[path = "scenarios/format.rs"]
mod format;
#[path = "scenarios/run.rs"]
mod run;

use std::path::{Path, PathBuf};

use self::format::{Scenario, Step};
use self::run::Run;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
}

fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .filter(|path| !path.ends_with("scenario.schema.json"))
        .collect();
    files.sort();
    files
}

fn read(path: &Path) -> Scenario {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the machine does, step by step, with a step of its own for each timer that does something.
fn played(scenario: &Scenario) -> Vec<Step> {
    let mut run = Run::new(scenario);
    let mut steps = Vec::new();
    for step in &scenario.steps {
        steps.extend(run.until(step.at));
        steps.push(run.step(step));
    }
    steps
}

#[test]
fn the_machine_does_what_every_scenario_says() {
    #[expect(clippy::disallowed_methods, reason = "the switch of a test")]
    let generate = std::env::var_os("TIDEGATE_GENERATE").is_some();
    let mut wrong = Vec::new();
    let files = files();
    assert!(files.len() >= 30, "there are {} scenarios", files.len());
    for path in files {
        let scenario = read(&path);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let played = played(&scenario);
        if generate {
            let made = Scenario {
                steps: played,
                ..scenario
            };
            // The other tests read meanwhile.
            let whole = path.with_extension("new");
            std::fs::write(&whole, made.written()).unwrap();
            std::fs::rename(&whole, &path).unwrap();
        } else if let Some(difference) = difference(&scenario.steps, &played) {
            wrong.push(format!("{name}\n{difference}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

/// The first step that differs, with what was expected and what was done.
fn difference(expected: &[Step], done: &[Step]) -> Option<String> {
    let longest = expected.len().max(done.len());
    let at = (0..longest).find(|at| expected.get(*at) != done.get(*at))?;
    let lines = |step: Option<&Step>| match step {
        Some(step) => step.lines(),
        None => vec!["no step".to_owned()],
    };
    let (expected, done) = (lines(expected.get(at)), lines(done.get(at)));
    let mut text = format!("  step {at}:");
    for line in &expected {
        let mark = if done.contains(line) { ' ' } else { '-' };
        text.push_str(&format!("\n  {mark} {line}"));
    }
    for line in done.iter().filter(|line| !expected.contains(line)) {
        text.push_str(&format!("\n  + {line}"));
    }
    Some(text)
}

#[test]
fn a_broken_expectation_shows_both_sides() {
    let path = files().into_iter().next().unwrap();
    let scenario = read(&path);
    let mut expected = scenario.steps.clone();
    expected[0].at += 1;
    let shown = difference(&expected, &scenario.steps).unwrap();
    assert!(
        shown.contains("step 0") && shown.contains("- at 1") && shown.contains("+ at 0"),
        "{shown}"
    );
    assert_eq!(difference(&scenario.steps, &scenario.steps), None);
}

#[test]
fn a_scenario_is_played_the_same_each_time() {
    for path in files() {
        let scenario = read(&path);
        assert_eq!(played(&scenario), played(&scenario));
    }
}

#[test]
fn the_schema_names_what_the_scenarios_use_and_no_more() {
    use std::collections::BTreeSet;

    let schema = std::fs::read_to_string(folder().join("scenario.schema.json")).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let kinds = |definition: &str| -> BTreeSet<String> {
        let all = schema["$defs"][definition]["oneOf"].as_array().unwrap();
        let kinds = all.iter().map(|one| &one["properties"]["type"]["const"]);
        kinds
            .map(|kind| kind.as_str().unwrap().to_owned())
            .collect()
    };
    let settings = schema["properties"]["config"]["properties"].as_object();
    let known: BTreeSet<&String> = settings.unwrap().keys().collect();
    let (mut inputs, mut outputs) = (BTreeSet::new(), BTreeSet::new());
    for path in files() {
        let scenario = read(&path);
        assert!(scenario.config.keys().all(|key| known.contains(key)));
        for step in scenario.steps {
            if let Some(input) = step.input {
                let input = serde_json::to_value(input).unwrap();
                inputs.insert(input["type"].as_str().unwrap().to_owned());
            }
            let kinds = step.outputs.iter().map(|output| &output["type"]);
            outputs.extend(kinds.map(|kind| kind.as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(inputs, kinds("input"));
    assert_eq!(outputs, kinds("output"));
}
