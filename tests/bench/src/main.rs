//! Benchmarks of the local runtime, each part beside the least that it could cost, and of the Pulumi program.
//!
//! What is measured runs in processes of its own, on an event loop like that of `tidegate dev`; this process is the
//! client. Rounds of what is compared alternate, so that whatever else the machine does meets both.

mod arguments;
mod binaries;
mod clock;
mod event_loop;
mod measure;
mod messaging;
mod pulumi;
mod report;
mod serve;
mod server;
mod socket;
mod stacks;
mod statistics;
mod usage;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::{Arguments, Command, Plan, RunArguments};
use crate::binaries::Binaries;
use crate::messaging::MessagingArguments;
use crate::pulumi::{PulumiArguments, timed};
use crate::report::Report;
use crate::statistics::number;

fn main() -> ExitCode {
    let Arguments { command, run } = Arguments::parse();
    let done = match command {
        None => runtime(&run),
        Some(Command::Pulumi(arguments)) => programs(&arguments),
        Some(Command::Messaging(arguments)) => messaging(&arguments),
        Some(Command::Serve(command)) => serve::serve(command),
        Some(Command::Timed(arguments)) => match timed::run(&arguments) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Measures the local runtime.
fn runtime(arguments: &RunArguments) -> Result<()> {
    let plan = Plan::new(arguments);
    let binaries = Binaries::beside_this()?;
    // Ten thousand sockets on each side; a limit that cannot be raised is met later, and said then.
    let _raised = rlimit::increase_nofile_limit(u64::MAX);
    let event_loop = event_loop::of_the_load()?;
    reported(&event_loop, arguments.json.as_deref(), async |report| {
        measure::measure(&plan, &binaries, report).await
    })
}

/// Measures Pulumi programs.
fn programs(arguments: &PulumiArguments) -> Result<()> {
    let binaries = Binaries::beside_this()?;
    // The embedded engine is in this process, on an event loop as it has one in `tidegate dev`.
    let event_loop = event_loop::of_a_server()?;
    reported(&event_loop, arguments.json.as_deref(), async |report| {
        pulumi::measure(arguments, &binaries, report).await
    })
}

/// Measures messaging, and fails where a bound is not kept.
fn messaging(arguments: &MessagingArguments) -> Result<()> {
    let binaries = Binaries::beside_this()?;
    let _raised = rlimit::increase_nofile_limit(u64::MAX);
    let event_loop = event_loop::of_the_load()?;
    let mut broken = Vec::new();
    let json = arguments.run.json.as_deref();
    reported(&event_loop, json, async |report| {
        messaging::measure(arguments, &binaries, report).await?;
        broken = report.broken();
        Ok(())
    })?;
    if !arguments.run.quick && !broken.is_empty() {
        bail!("beyond its bound: {}", broken.join(", "));
    }
    Ok(())
}

/// Measures, until it is done or interrupted, and reports the figures.
fn reported(
    event_loop: &Runtime,
    json: Option<&Path>,
    measure: impl AsyncFnOnce(&mut Report) -> Result<()>,
) -> Result<()> {
    let mut report = Report::default();
    machine(&mut report, "before");
    event_loop.block_on(async {
        let mut interrupted = signal(SignalKind::interrupt())?;
        let mut terminated = signal(SignalKind::terminate())?;
        // Dropped where it is, a measurement takes what it started with it.
        tokio::select! {
            measured = measure(&mut report) => measured,
            _ = interrupted.recv() => bail!("interrupted"),
            _ = terminated.recv() => bail!("terminated"),
        }
    })?;
    machine(&mut report, "after");
    println!("{report}");
    if let Some(file) = json {
        report.write_json(file)?;
    }
    Ok(())
}

/// Notes what the machine is, and how busy.
fn machine(report: &mut Report, when: &str) {
    let cores = report.number("cores", number(event_loop::cores()));
    let Some(load) = usage::load() else { return };
    report.number(format!("load_{when}"), load);
    let busy = if when == "before" && load > cores / 4.0 {
        ": something else runs, so trust ratios only"
    } else {
        ""
    };
    eprintln!("{cores} cores, load {load} {when}{busy}");
}
