//! `cargo xtask simulate`: many seeds, or one again.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use clap::Parser;
use tidegate_simulation::shrink::{shrink, steps_left};
use tidegate_simulation::{Plan, Report, run};

/// Runs the functions and the clients under a virtual clock, with faults, by seed.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask simulate",
    after_help = "Exit codes: 0 everything held; 1 something did not; 2 wrong arguments."
)]
struct Arguments {
    /// How many seeds are run.
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Run this seed only, and show all that happened.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Leave out of a failing run all that it does not need to fail.
    #[arg(long)]
    shrink: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let failed = match arguments.seed {
        Some(seed) => replay(seed, arguments.shrink),
        None => many(&arguments),
    };
    if failed {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    }
}

fn replay(seed: u64, shrinks: bool) -> bool {
    let plan = Plan {
        seed,
        whole_trace: true,
        ..Plan::default()
    };
    let (plan, report) = if shrinks {
        shrink(&plan)
    } else {
        let report = run(&plan);
        (plan, report)
    };
    for line in &report.lines {
        println!("{line}");
    }
    let steps = steps_left(&plan, &report).len();
    let faults = report.faults.len();
    println!(
        "seed {seed}: trace {:016x}, {steps} steps, {faults} faults",
        report.hash
    );
    for fault in report.faults.iter().take(50) {
        println!("  fault: {}", fault.what);
    }
    tell(seed, &report)
}

fn tell(seed: u64, report: &Report) -> bool {
    match &report.violation {
        None => false,
        Some(violation) => {
            println!(
                "seed {seed} FAILED: {}\n  {}",
                violation.invariant, violation.message
            );
            true
        }
    }
}

fn many(arguments: &Arguments) -> bool {
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = AtomicU64::new(arguments.from);
    let end = arguments.from.saturating_add(arguments.seeds);
    let (delivered, lost) = (AtomicU64::new(0), AtomicU64::new(0));
    let failed: Vec<u64> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut failed = Vec::new();
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= end {
                            return failed;
                        }
                        let report = run(&Plan {
                            seed,
                            ..Plan::default()
                        });
                        delivered.fetch_add(report.delivered as u64, Ordering::Relaxed);
                        lost.fetch_add(report.lost as u64, Ordering::Relaxed);
                        if tell(seed, &report) {
                            failed.push(seed);
                        }
                    }
                })
            })
            .collect();
        let done = workers.into_iter().filter_map(|worker| worker.join().ok());
        done.flatten().collect()
    });
    println!(
        "{} seeds, {} failed; {} publications arrived, {} times something was said to be lost",
        arguments.seeds,
        failed.len(),
        delivered.into_inner(),
        lost.into_inner(),
    );
    if let Some(seed) = failed.iter().min() {
        println!("again: cargo xtask simulate --seed {seed} --shrink");
    }
    !failed.is_empty()
}
