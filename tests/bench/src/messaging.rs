//! `messaging`: what a frame costs, how fast publications arrive, and what a mass drop and hand-overs do.
//!
//! The handler and the deliveries run for real; the drop and the hand-overs run in a [`world`] with a clock of its own, made
//! of the clients' real machine and the functions' real domain over the store in memory.

mod awake;
mod deliveries;
mod handler;
mod handovers;
mod returns;
mod world;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::arguments::{Plan, RunArguments};
use crate::binaries::Binaries;
use crate::report::Report;

/// Measures messaging, and holds it to its bounds: a figure beyond its bound fails the run.
///
/// Progress goes to standard error, the tables to standard output.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct MessagingArguments {
    /// Only these parts
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PARTS")]
    only: Vec<Part>,
    #[command(flatten)]
    pub(crate) run: MessagingRun,
}

/// How much is measured.
#[derive(Debug, Args)]
pub(crate) struct MessagingRun {
    /// Write the figures to this file too, as one flat JSON object of numbers
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<std::path::PathBuf>,
    /// How often each figure is taken; the median counts [default: 5]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,
    /// A smoke run: everything once, small and short; its figures mean nothing, and fail nothing
    #[arg(long)]
    pub(crate) quick: bool,
}

const EXAMPLES: &str = "Examples:
  cargo xtask bench messaging                                everything, a few minutes
  cargo xtask bench messaging -- --only returns,handovers    what needs no process, in seconds
  cargo xtask bench messaging --json results.json            and the numbers as a file";

/// A part of the benchmarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The message handler beside the no-op Lambda
    Handler,
    /// Deliveries a second, posted by the message Lambda itself and by way of the queue
    Deliveries,
    /// Ten thousand clients that were all dropped at once
    Returns,
    /// A thousand hand-overs
    Handovers,
}

impl MessagingArguments {
    fn has(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    fn plan(&self) -> Plan {
        Plan::new(&RunArguments {
            only: Vec::new(),
            json: None,
            rounds: self.run.rounds,
            seconds: None,
            sockets: Vec::new(),
            quick: self.run.quick,
        })
    }
}

/// Measures what the command line asks for.
pub(crate) async fn measure(
    arguments: &MessagingArguments,
    binaries: &Binaries,
    report: &mut Report,
) -> Result<()> {
    let plan = arguments.plan();
    let quick = arguments.run.quick;
    if arguments.has(Part::Handler) {
        handler::measure(&plan, quick, binaries, report)
            .await
            .context("the handler")?;
    }
    if arguments.has(Part::Deliveries) {
        deliveries::measure(&plan, quick, binaries, report)
            .await
            .context("deliveries")?;
    }
    if arguments.has(Part::Returns) {
        returns::measure(quick, report).context("the mass drop")?;
    }
    if arguments.has(Part::Handovers) {
        handovers::measure(quick, report).context("hand-overs")?;
    }
    Ok(())
}
