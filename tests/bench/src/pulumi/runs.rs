//! The program's own run: from the start of its process to its end, with the embedded engine on the other side.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use super::embedded::Embedded;
use super::projects::{self, LARGE, SERVICES, SMALL};
use super::{PulumiArguments, WORKSPACE, range};
use crate::binaries::Binaries;
use crate::report::{Aim, Report, Section, plain};
use crate::statistics::{Samples, number};

const AIM: Aim = Aim::Below(150.0);
/// The stacks of the workspace's project that are measured, where there are such.
const STACKS: [&str; 2] = ["dev", "prod"];

/// A program, and what is known of its runs.
struct Case {
    label: String,
    key: String,
    program: Embedded,
    times: Samples,
    resources: usize,
}

/// Runs each program again and again.
pub(super) async fn measure(
    arguments: &PulumiArguments,
    binaries: &Binaries,
    report: &mut Report,
) -> Result<()> {
    let folder = tempfile::tempdir().context("no folder can be made for a project")?;
    let mut cases = cases(binaries, folder.path())?;
    // A run takes less than a tenth of a second, so there can be more of them.
    let rounds = if arguments.quick || arguments.rounds.is_some() {
        arguments.rounds()
    } else {
        4 * arguments.rounds()
    };
    // The first of each reads files that are in no cache yet.
    for round in 0..=rounds {
        for case in &mut cases {
            let (seconds, planned) = case.program.run().await?;
            case.resources = planned.resources.len();
            if round > 0 {
                case.times.push(seconds * 1e3);
            }
        }
    }
    let mut section = Section::new(
        "The program's run against the embedded engine, in ms",
        ["", "resources", "median", "range", "aim"],
    );
    for case in &cases {
        let key = &case.key;
        report.number(format!("run_{key}_resources"), number(case.resources));
        let median = report.number(format!("run_{key}_ms"), case.times.median());
        section.row([
            case.label.clone(),
            plain(number(case.resources)),
            plain(median),
            range(&case.times),
            AIM.verdict(median, " ms"),
        ]);
    }
    section.note(format!(
        "{rounds} rounds, alternating; from before the engine listens to the end of the program's process"
    ));
    if cases.iter().all(|case| case.key != "prod") {
        section.note(
            "Tidegate has one size: a synthetic program of the same SDK and bindings stands for a stack in production",
        );
    }
    report.section(section);
    Ok(())
}

fn cases(binaries: &Binaries, folder: &Path) -> Result<Vec<Case>> {
    let state = folder.join("state");
    let case = |label: String, key: &str, program| Case {
        label,
        key: key.to_owned(),
        program,
        times: Samples::default(),
        resources: 0,
    };
    let mut cases = Vec::new();
    let workspace = Path::new(WORKSPACE);
    for stack in STACKS {
        if workspace.join(format!("Pulumi.{stack}.yaml")).is_file() {
            let program = binaries.get("tidegate-program")?;
            let program = Embedded::new(workspace, stack, program, binaries, &state)?;
            cases.push(case(format!("Tidegate, stack {stack}"), stack, program));
        }
    }
    let runtime = json!({"name": "rust", "options": {"package": SERVICES}});
    projects::write_services(folder, &runtime, &json!({}))?;
    projects::write_stacks(folder, &folder.join("bootstrap"))?;
    for (label, size) in [("small", SMALL), ("as in production", LARGE)] {
        let program = binaries.get(SERVICES)?;
        let program = Embedded::new(folder, size.stack, program, binaries, &state)?;
        cases.push(case(format!("synthetic, {label}"), size.stack, program));
    }
    Ok(cases)
}
