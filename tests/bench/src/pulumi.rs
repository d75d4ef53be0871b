//! `pulumi`: the Pulumi program, from its start to the answer of its last registration.
//!
//! Beside it stands a program of any size that uses only the bindings, in Rust (`tests/services`) and, with the very
//! same resources, in TypeScript (`typescript/index.ts`).

mod command_line;
mod embedded;
mod previews;
mod projects;
mod rebuilds;
mod runs;
pub(crate) mod timed;
mod tools;
mod typescript;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::binaries::Binaries;
use crate::report::{Report, plain};
use crate::statistics::Samples;

/// The workspace that this was built in.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Measures Pulumi programs: against the embedded engine, under the Pulumi CLI, and after an edit.
///
/// Progress goes to standard error, the tables to standard output. No figure fails the run. What is not on this machine
/// (the Pulumi CLI, Node.js) is skipped, and said in one line.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PulumiArguments {
    /// Only these parts
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PARTS")]
    only: Vec<Part>,
    /// Write the figures to this file too, as one flat JSON object of numbers
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// How often each figure is taken; the median counts [default: 5]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,
    /// A smoke run: everything once, without npm and cargo; its figures mean nothing
    #[arg(long)]
    quick: bool,
}

const EXAMPLES: &str = "Examples:
  cargo xtask bench pulumi                                 everything, a few minutes
  cargo xtask bench pulumi -- --only runs --rounds 25      the program's own run, more often
  cargo xtask bench pulumi --json results.json             and the numbers as a file";

/// A part of the benchmarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The program against the embedded engine
    Runs,
    /// `pulumi preview` of a stack without a change, beside TypeScript
    Previews,
    /// An edit, the build and the run
    Rebuilds,
}

impl PulumiArguments {
    fn has(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    fn rounds(&self) -> usize {
        let default = if self.quick { 1 } else { 5 };
        self.rounds.map_or(default, usize::from)
    }
}

/// Measures what the command line asks for.
pub(crate) async fn measure(
    arguments: &PulumiArguments,
    binaries: &Binaries,
    report: &mut Report,
) -> Result<()> {
    if arguments.has(Part::Runs) {
        runs::measure(arguments, binaries, report)
            .await
            .context("runs")?;
    }
    if arguments.has(Part::Previews) {
        previews::measure(arguments, binaries, report)
            .await
            .context("previews")?;
    }
    // It calls cargo.
    if arguments.has(Part::Rebuilds) && !arguments.quick {
        rebuilds::measure(arguments, binaries, report)
            .await
            .context("rebuilds")?;
    }
    Ok(())
}

/// The smallest and the largest, as people read it.
fn range(samples: &Samples) -> String {
    let range = samples.range();
    range.map_or_else(String::new, |(low, high)| {
        format!("{}–{}", plain(low), plain(high))
    })
}
