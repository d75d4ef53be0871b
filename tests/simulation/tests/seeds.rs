//! Everything that must hold does, seed by seed; and a seed is always the same run.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tidegate_simulation::{Plan, run};

/// How many seeds every test run takes. `cargo xtask simulate` runs more.
const SEEDS: u64 = 2_000;

#[test]
fn what_must_hold_holds_in_two_thousand_worlds() {
    let threads = thread::available_parallelism().map_or(2, std::num::NonZero::get) as u64;
    let (delivered, recovered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut failed: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                let (delivered, recovered) = (&delivered, &recovered);
                scope.spawn(move || {
                    let seeds = (worker..SEEDS).step_by(usize::try_from(threads).unwrap_or(1));
                    seeds
                        .filter_map(|seed| {
                            let report = run(&Plan::of(seed));
                            delivered.fetch_add(report.delivered, Ordering::Relaxed);
                            recovered.fetch_add(report.recovered, Ordering::Relaxed);
                            let violation = report.violation?;
                            let last = report.lines.join("\n");
                            Some(format!(
                                "seed {seed}: {}: {}\n{last}\nagain: cargo xtask simulate --seed {seed} --shrink",
                                violation.invariant, violation.message
                            ))
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        let done = workers.into_iter().map(|worker| worker.join().unwrap());
        done.flatten().collect()
    });
    failed.sort();
    let first = failed.first().map_or("", String::as_str);
    assert!(failed.is_empty(), "{} seeds failed; {first}", failed.len());
    // A world in which nothing happens holds whatever one likes.
    assert!(delivered.into_inner() > 20_000);
    assert!(recovered.into_inner() > 0);
}

#[test]
fn a_seed_is_the_same_run_line_by_line_every_time() {
    for seed in 0..20 {
        let first = run(&Plan::of(seed));
        let second = run(&Plan::of(seed));
        assert_eq!(first.hash, second.hash, "seed {seed}");
        assert_eq!(first.lines, second.lines, "seed {seed}");
        assert_eq!(first.faults, second.faults, "seed {seed}");
    }
    assert_ne!(run(&Plan::of(1)).hash, run(&Plan::of(2)).hash);
}
