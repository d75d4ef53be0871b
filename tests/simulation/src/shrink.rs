//! The smallest run that still fails.

use std::collections::BTreeSet;

use crate::dice::Fault;
use crate::run::{Plan, Report, run};

/// How many runs it may take.
const MOST_RUNS: usize = 600;

/// A fault or a step that a run could do without.
#[derive(Debug, Clone)]
enum Part {
    Fault(Fault),
    Step(usize),
}

/// Leaves out of a failing run what it does not need to fail in the same way.
#[must_use]
pub fn shrink(plan: &Plan) -> (Plan, Report) {
    let mut best = (plan.clone(), run(plan));
    let Some(invariant) = best.1.violation.as_ref().map(|one| one.invariant) else {
        return best;
    };
    let mut runs = 1;
    let mut pieces = 2;
    loop {
        let parts = parts(&best.0, &best.1);
        let size = parts.len().div_ceil(pieces).max(1);
        let mut smaller = None;
        for piece in parts.chunks(size) {
            if runs >= MOST_RUNS {
                break;
            }
            runs += 1;
            let candidate = without(&best.0, piece);
            let report = run(&candidate);
            let same = |one: &crate::ledger::Violation| one.invariant == invariant;
            if report.violation.as_ref().is_some_and(same) {
                smaller = Some((candidate, report));
                break;
            }
        }
        match smaller {
            Some(smaller) => {
                best = smaller;
                pieces = pieces.saturating_sub(1).max(2);
            }
            None if size == 1 || runs >= MOST_RUNS => break,
            None => pieces = (pieces * 2).min(parts.len().max(1)),
        }
    }
    best.0.whole_trace = plan.whole_trace;
    best
}

fn parts(plan: &Plan, report: &Report) -> Vec<Part> {
    let steps = (0..report.steps).filter(|step| !plan.without_steps.contains(step));
    let faults = report.faults.iter().cloned().map(Part::Fault);
    steps.map(Part::Step).chain(faults).collect()
}

fn without(plan: &Plan, piece: &[Part]) -> Plan {
    let mut smaller = plan.clone();
    for part in piece {
        match part {
            Part::Fault(fault) => smaller.without_faults.push(fault.clone()),
            Part::Step(step) => {
                smaller.without_steps.insert(*step);
            }
        }
    }
    smaller
}

/// The steps that are left of a run.
#[must_use]
pub fn steps_left(plan: &Plan, report: &Report) -> BTreeSet<usize> {
    (0..report.steps)
        .filter(|step| !plan.without_steps.contains(step))
        .collect()
}
