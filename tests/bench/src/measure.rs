//! The parts of the benchmarks, one a file.

mod connects;
pub(crate) mod deliveries;
mod memory;
mod round_trips;
mod start;

use anyhow::{Context, Result};

use crate::arguments::{Part, Plan};
use crate::binaries::Binaries;
use crate::report::Report;

/// Measures what the plan has.
pub(crate) async fn measure(plan: &Plan, binaries: &Binaries, report: &mut Report) -> Result<()> {
    if [Part::A, Part::B, Part::C]
        .into_iter()
        .any(|part| plan.has(part))
    {
        round_trips::measure(plan, binaries, report)
            .await
            .context("round trips")?;
    }
    if plan.has(Part::D) {
        deliveries::measure(plan, binaries, report)
            .await
            .context("(d) deliveries")?;
    }
    if plan.has(Part::E) {
        connects::measure(plan, binaries, report)
            .await
            .context("(e) connects")?;
    }
    if plan.has(Part::F) {
        memory::measure(plan, binaries, report)
            .await
            .context("(f) memory")?;
    }
    if plan.has(Part::G) {
        start::measure(plan, binaries, report)
            .await
            .context("(g) start")?;
    }
    Ok(())
}
