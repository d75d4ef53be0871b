//! A thousand hand-overs while others publish: how many publications are missed, doubled or out of order.

use anyhow::{Result, ensure};
use tidegate_client::machine::Config;

use super::world::World;
use crate::report::{Aim, Report, Section, plain};

const CLIENTS: u32 = 50;
/// From one publication to the next, in milliseconds.
const PUBLISH_EVERY_MS: u64 = 200;
/// Hand-overs at this age of a connection: as after one to nearly two hours, but sooner.
const AGE_MS: (u64, u64) = (60_000, 110_000);
/// After the last publication: whoever missed one finds it by comparing the newest places, about once a minute.
const QUIET_MS: u64 = 180_000;
/// More than it takes.
const PATIENCE_MS: u64 = 24 * 3_600_000;

/// Lets clients hand over until there were enough hand-overs.
pub(super) fn measure(quick: bool, report: &mut Report) -> Result<()> {
    let wanted = if quick { 20 } else { 1_000_u32 };
    eprintln!("hand-overs: {wanted}");
    let mut config = Config::default();
    (config.handover_earliest_ms, config.handover_latest_ms) = AGE_MS;
    let mut world = World::new(2, config, 60_000.0)?;
    for number in 0..CLIENTS {
        world.add_client("chat:all", u64::from(number) * 20)?;
    }
    world.run_until(world.now() + 10_000)?;
    ensure!(world.all_whole(), "not every client could connect");
    world.publish_every(PUBLISH_EVERY_MS);
    let began = world.now();
    while world.handovers < wanted {
        ensure!(
            world.now() < began + PATIENCE_MS,
            "there are only {} hand-overs",
            world.handovers
        );
        world.run_until(world.now() + 1_000)?;
    }
    world.publish_never();
    world.run_until(world.now() + QUIET_MS)?;
    ensure!(world.all_whole(), "a client was left behind");
    ensure!(
        world.published > 100 || quick,
        "too little was published to tell"
    );
    let mut section = Section::new(
        "Hand-overs to a second connection, while others publish",
        [
            "hand-overs",
            "publications",
            "deliveries",
            "missed",
            "doubled",
            "told lost",
            "bound",
        ],
    );
    let missed = f64::from(world.missed() + world.doubled + world.lost);
    report.number("handovers", f64::from(world.handovers));
    report.number("handover_deliveries", f64::from(world.delivered));
    let verdict = report.bound("handover_missed", missed, Aim::AtMost(0.0), "");
    section.row([
        plain(f64::from(world.handovers)),
        plain(f64::from(world.published)),
        plain(f64::from(world.delivered)),
        plain(f64::from(world.missed())),
        plain(f64::from(world.doubled)),
        plain(f64::from(world.lost)),
        verdict,
    ]);
    section.note("a virtual clock: the real client's machine and the real message function, over the store in memory; frames take 5 to 80 ms each way, and overtake each other");
    report.section(section);
    Ok(())
}
