//! Benchmarks of the local runtime, each part beside the least that it could cost.
//!
//! What is measured runs in processes of its own, on an event loop like that of `tidegate dev`; this process is the
//! client. Rounds of what is compared alternate, so that whatever else the machine does meets both.

mod arguments;
mod binaries;
mod clock;
mod event_loop;
mod measure;
mod report;
mod serve;
mod server;
mod socket;
mod stacks;
mod statistics;
mod usage;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::{Arguments, Plan, RunArguments};
use crate::binaries::Binaries;
use crate::report::Report;
use crate::statistics::number;

fn main() -> ExitCode {
    let Arguments { serve, run } = Arguments::parse();
    let done = match serve {
        Some(command) => serve::serve(command),
        None => measured(&run),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measured(arguments: &RunArguments) -> Result<()> {
    let plan = Plan::new(arguments);
    let binaries = Binaries::beside_this()?;
    // Ten thousand sockets on each side; a limit that cannot be raised is met later, and said then.
    let _raised = rlimit::increase_nofile_limit(u64::MAX);
    let mut report = Report::default();
    machine(&mut report, "before");
    event_loop::of_the_load()?.block_on(async {
        let mut interrupted = signal(SignalKind::interrupt())?;
        let mut terminated = signal(SignalKind::terminate())?;
        // Dropped where it is, a measurement takes its servers with it.
        tokio::select! {
            measured = measure::measure(&plan, &binaries, &mut report) => measured,
            _ = interrupted.recv() => bail!("interrupted"),
            _ = terminated.recv() => bail!("terminated"),
        }
    })?;
    machine(&mut report, "after");
    println!("{report}");
    if let Some(file) = &arguments.json {
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
