//! `pulumi preview` of a stack that is up and has not changed: with the program in Rust, and with one in TypeScript.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use super::command_line::{CommandLine, Took};
use super::projects::{self, SERVICES, SIZES, Size, folder, write};
use super::tools::Tools;
use super::typescript::{self, Node};
use super::{PulumiArguments, WORKSPACE, range};
use crate::binaries::Binaries;
use crate::report::{Report, Section, plain};
use crate::statistics::Samples;

/// The program of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rust,
    TypeScript,
    /// The same, with a line that no run has seen before.
    Edited,
}

/// What is previewed, and how long it took.
struct Case {
    kind: Kind,
    label: String,
    key: String,
    directory: PathBuf,
    stack: &'static str,
    totals: Samples,
    programs: Samples,
}

impl Case {
    fn new(kind: Kind, label: String, directory: &Path, stack: &'static str) -> Self {
        let of = match kind {
            Kind::Rust => "rust",
            Kind::TypeScript => "typescript",
            Kind::Edited => "typescript_edited",
        };
        Self {
            kind,
            label,
            key: format!("{of}_{stack}"),
            directory: directory.to_owned(),
            stack,
            totals: Samples::default(),
            programs: Samples::default(),
        }
    }

    /// Previews it once.
    async fn preview(&self, command_line: &CommandLine, round: usize) -> Result<Took> {
        match self.kind {
            Kind::Rust => {}
            Kind::TypeScript => typescript::write_source(&self.directory, "")?,
            Kind::Edited => {
                let line = format!("// {} {round}\n", self.stack);
                typescript::write_source(&self.directory, &line)?;
            }
        }
        command_line.preview(&self.directory, self.stack).await
    }
}

/// Previews again and again, in turn.
pub(super) async fn measure(
    arguments: &PulumiArguments,
    binaries: &Binaries,
    report: &mut Report,
) -> Result<()> {
    let tools = Tools::read();
    let Some(pulumi) = tools.find("pulumi") else {
        println!("skipped: previews: no `pulumi` on the PATH");
        return Ok(());
    };
    let command_line = CommandLine::new(pulumi, binaries, &tools)?;
    let mut section = Section::new(
        "`pulumi preview` of a stack with nothing to change, in s",
        ["", "median", "range", "program", "× Rust", "program × Rust"],
    );
    let mut cases = rust(&command_line, binaries, arguments.quick).await?;
    match installed(&command_line, binaries, &tools, arguments.quick).await {
        Ok(directory) => {
            for size in SIZES {
                cases.extend(typescript(&directory, size));
            }
            section.note("TypeScript with @pulumi/aws, which takes 200 MB, as that is what one writes it with; Rust with the bindings of the same version");
            section.note("both declare the same resources: TypeScript finds nothing to change in the stack that Rust has made");
            section.note("edited: what Pulumi keeps of the compiled program is of no use, its types are checked again; Rust compiles before the run");
        }
        Err(why) => println!("skipped: previews with TypeScript: {why}"),
    }
    for round in 0..=arguments.rounds() {
        for case in &mut cases {
            eprintln!("preview {round} of {}: {}", arguments.rounds(), case.label);
            let took = case.preview(&command_line, round).await?;
            // The first of each fills caches.
            if round > 0 {
                case.totals.push(took.total);
                case.programs.push(took.program);
            }
        }
    }
    for case in &cases {
        let same = |other: &&Case| other.key == format!("rust_{}", case.stack);
        let rust = cases.iter().find(same);
        row(case, rust, &mut section, report);
    }
    section.note("program: the part of it in which the program's process runs");
    report.section(section);
    Ok(())
}

fn row(case: &Case, rust: Option<&Case>, section: &mut Section, report: &mut Report) {
    let Case {
        key,
        totals,
        programs,
        ..
    } = case;
    let total = report.number(format!("preview_{key}_s"), totals.median());
    let program = report.number(format!("preview_{key}_program_s"), programs.median());
    let mut ratios = [String::new(), String::new()];
    if let Some(rust) = rust.filter(|rust| rust.key != *key) {
        let ratio = totals.over(&rust.totals).median();
        let of_programs = programs.over(&rust.programs).median();
        report.number(format!("preview_{key}_over_rust"), ratio);
        report.number(format!("preview_{key}_program_over_rust"), of_programs);
        ratios = [plain(ratio), plain(of_programs)];
    }
    let [ratio, of_programs] = ratios;
    section.row([
        case.label.clone(),
        plain(total),
        range(totals),
        plain(program),
        ratio,
        of_programs,
    ]);
}

/// The programs in Rust, through the language host, with their stacks up.
async fn rust(command_line: &CommandLine, binaries: &Binaries, quick: bool) -> Result<Vec<Case>> {
    let runtime = |program: &str| -> Result<_> {
        let script = command_line.script(program, &binaries.get(program)?, binaries)?;
        Ok(json!({"name": "rust", "options": {"binary": script}}))
    };

    let tidegate = command_line.path("tidegate");
    folder(&tidegate)?;
    let config = Path::new(WORKSPACE).join("Pulumi.dev.yaml");
    std::fs::copy(config, tidegate.join("Pulumi.dev.yaml")).context("no stack dev")?;
    let project = json!({
        "name": "tidegate",
        "runtime": runtime("tidegate-program")?,
        "plugins": command_line.plugins(),
    });
    write(&tidegate.join("Pulumi.yaml"), &project.to_string())?;

    let services = command_line.path("services");
    folder(&services)?;
    projects::write_services(&services, &runtime(SERVICES)?, &command_line.plugins())?;
    projects::write_stacks(&services, &command_line.path("bootstrap"))?;

    let mut cases = vec![Case::new(
        Kind::Rust,
        "Tidegate: Rust".to_owned(),
        &tidegate,
        "dev",
    )];
    if !quick {
        for size in SIZES {
            let label = format!("{} resources: Rust", size.resources());
            cases.push(Case::new(Kind::Rust, label, &services, size.stack));
        }
    }
    for case in &cases {
        eprintln!("pulumi up: {}", case.label);
        command_line.up(&case.directory, case.stack).await?;
    }
    Ok(cases)
}

/// The project in TypeScript, or why there is none.
async fn installed(
    command_line: &CommandLine,
    binaries: &Binaries,
    tools: &Tools,
    quick: bool,
) -> Result<PathBuf, String> {
    if quick {
        return Err("a quick run does not call npm".to_owned());
    }
    let node = Node::find(tools).map_err(|name| format!("no `{name}` on the PATH"))?;
    let rust = command_line.path("services");
    node.project(command_line, binaries, &rust)
        .await
        .map_err(|error| format!("{error:#}"))
}

/// The program in TypeScript: unchanged, and just edited.
fn typescript(directory: &Path, size: Size) -> [Case; 2] {
    let label = format!("{} resources: TypeScript", size.resources());
    let edited = format!("{label}, edited");
    [
        Case::new(Kind::TypeScript, label, directory, size.stack),
        Case::new(Kind::Edited, edited, directory, size.stack),
    ]
}
