//! A change of one line of the program: the build and the run after it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use super::embedded::Embedded;
use super::projects::folder;
use super::tools::Tools;
use super::{PulumiArguments, WORKSPACE, range};
use crate::binaries::Binaries;
use crate::clock;
use crate::report::{Aim, Report, Section, plain};
use crate::statistics::Samples;

const PROGRAM: &str = "tidegate-program";
const AIM: Aim = Aim::Below(5.0);
/// The file that is edited, and what in it: the name of an output, which the run then has to have.
const FILE: &str = "program/src/lib.rs";
const OUTPUT: &str = "clientId";
/// What is not copied.
const LEFT_OUT: [&str; 4] = [".git", ".tidegate", "node_modules", "target"];

/// Edits, builds and runs again and again, in a copy of the workspace.
pub(super) async fn measure(
    arguments: &PulumiArguments,
    binaries: &Binaries,
    report: &mut Report,
) -> Result<()> {
    let tools = Tools::read();
    // In one place always, so that what does not change is built once.
    let root = binaries.scratch("copy");
    if root.exists() {
        fs::remove_dir_all(&root).context("the last copy cannot be removed")?;
    }
    copy(Path::new(WORKSPACE), &root)?;
    let built = binaries.scratch("copy-target");
    let program = built.join("debug").join(PROGRAM);
    let state = tempfile::tempdir().context("no folder can be made for a state")?;
    let source = fs::read_to_string(root.join(FILE)).context(FILE)?;
    let name = format!("\"{OUTPUT}\"");
    ensure!(source.contains(&name), "{FILE} has no output {OUTPUT}");

    let (mut builds, mut runs, mut both) =
        (Samples::default(), Samples::default(), Samples::default());
    for round in 0..=arguments.rounds() {
        eprintln!("rebuild {round} of {}", arguments.rounds());
        let output = format!("{OUTPUT}{round}");
        let edited = source.replace(&name, &format!("\"{output}\""));
        fs::write(root.join(FILE), edited).context(FILE)?;
        let start = clock::now();
        build(&tools, &root, &built, round == 0).await?;
        let build = clock::seconds_since(start);
        let embedded = Embedded::new(&root, "dev", program.clone(), binaries, state.path())?;
        let (run, planned) = embedded.run().await?;
        ensure!(
            planned.outputs.contains_key(&output),
            "what was run is not what was built"
        );
        // The first builds what it stands on.
        if round > 0 {
            builds.push(build);
            runs.push(run);
            both.push(build + run);
        }
    }

    let mut section = Section::new(
        "An edit of the program: build and run against the embedded engine, in s",
        ["", "median", "range", "aim"],
    );
    report.number("rebuild_build_s", builds.median());
    report.number("rebuild_run_s", runs.median());
    let total = report.number("rebuild_total_s", both.median());
    let mut row = |what: &str, samples: &Samples, verdict: String| {
        let median = plain(samples.median());
        section.row([what.to_owned(), median, range(samples), verdict]);
    };
    row("build", &builds, String::new());
    row("run", &runs, String::new());
    row("together", &both, AIM.verdict(total, " s"));
    section.note(format!(
        "one line of {FILE} is changed in a copy of the workspace; cargo build with the dev profile"
    ));
    report.section(section);
    Ok(())
}

/// Builds the copy, apart from all else: to cargo, a crate of the copy is the same as the one that it was copied from.
async fn build(tools: &Tools, root: &Path, built: &Path, loud: bool) -> Result<()> {
    let mut command = Command::new(&tools.cargo);
    command
        // As `tidegate dev` and the language host select it.
        .args(["build", "--workspace", "--bin", PROGRAM])
        .current_dir(root)
        .env("CARGO_TARGET_DIR", built)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if !loud {
        command.arg("--quiet");
    }
    let status = command.status().await.context("cargo cannot be started")?;
    ensure!(status.success(), "the copy cannot be built ({status})");
    Ok(())
}

/// Copies a folder. Files keep their times, by which cargo knows what it has built.
fn copy(from: &Path, to: &Path) -> Result<()> {
    folder(to)?;
    let entries = fs::read_dir(from).with_context(|| format!("{}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            copied(entry.path(), &target).with_context(|| format!("{}", target.display()))?;
        }
    }
    Ok(())
}

fn copied(from: PathBuf, to: &Path) -> std::io::Result<()> {
    fs::copy(&from, to)?;
    let time = fs::metadata(from)?.modified()?;
    fs::File::options().write(true).open(to)?.set_modified(time)
}
