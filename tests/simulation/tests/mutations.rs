//! The simulation can fail: what is broken on purpose is found within some seeds, and the run that found it shrinks.

use tidegate_simulation::shrink::shrink;
use tidegate_simulation::{Mutation, Plan, Report, run};

/// Within how many seeds each of them is found.
const SEEDS: u64 = 150;

fn found(mutation: Mutation) -> Option<(Plan, Report)> {
    (0..SEEDS).find_map(|seed| {
        let plan = Plan {
            mutation: Some(mutation),
            ..Plan::of(seed)
        };
        let report = run(&plan);
        report.violation.is_some().then_some((plan, report))
    })
}

#[test]
fn every_mutation_is_found_and_named_by_what_it_breaks() {
    let mut missed = Vec::new();
    for mutation in Mutation::FOUND {
        match found(mutation) {
            Some((plan, report)) => {
                let violation = report.violation.unwrap();
                println!("{mutation:?}: seed {}: {violation:?}", plan.seed);
                if !mutation.breaks().contains(&violation.invariant) {
                    missed.push(format!("{mutation:?} was found as {violation:?}"));
                }
            }
            None => missed.push(format!("{mutation:?} was not found")),
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn where_no_disconnect_is_ever_run_all_holds_that_must() {
    for seed in 0..60 {
        let report = run(&Plan {
            mutation: Some(Mutation::IgnoresDisconnect),
            ..Plan::of(seed)
        });
        assert_eq!(report.violation, None, "seed {seed}");
    }
}

#[test]
fn a_failing_run_shrinks_to_one_that_fails_in_the_same_way() {
    let (plan, report) = found(Mutation::AcksWithoutPutting).unwrap();
    let before = report.violation.unwrap().invariant;
    let (smaller, shrunk) = shrink(&plan);
    assert_eq!(shrunk.violation.unwrap().invariant, before);
    let left = shrunk.steps - smaller.without_steps.len();
    assert!(left <= 6, "{left} of {} steps are left", shrunk.steps);
    assert!(shrunk.faults.len() <= 2, "{:?}", shrunk.faults);
    // And it fails again, in the same way, as often as it is run.
    assert_eq!(run(&smaller).hash, shrunk.hash);
}
