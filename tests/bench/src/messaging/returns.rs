//! Ten thousand clients that lose their connections at once: how long until all are back, where the account lets so many in.

use anyhow::{Result, ensure};
use tidegate_client::machine::Config;

use super::world::{Gate, World};
use crate::report::{Aim, Report, Section, plain};

/// AWS's quota of new connections a second.
const PER_SECOND: u32 = 500;
/// What the quota itself takes at the least, in seconds, is to be exceeded by no more than this.
const BOUND: f64 = 1.25;
/// The reconnect window, over the time that the quota takes: full, so that hardly anybody is refused and has to wait for a
/// second window.
const WINDOW: f64 = 1.1;
/// For how long all are connected before they are dropped.
const CALM_MS: u64 = 60_000;
/// More than any return takes.
const PATIENCE_MS: u64 = 600_000;

/// Drops all, and waits for them.
pub(super) fn measure(quick: bool, report: &mut Report) -> Result<()> {
    let clients = if quick { 500 } else { 10_000_u32 };
    let quota_s = f64::from(clients) / f64::from(PER_SECOND);
    let mut section = Section::new(
        "All clients dropped at once, under the quota of 500 connects/s: until the last one has its channel again, in s",
        [
            "clients",
            "window",
            "back",
            "of the quota's time",
            "refused",
            "bound",
        ],
    );
    for (window, is_bound) in [(WINDOW, true), (3.0, false)] {
        let window_s = quota_s * window;
        eprintln!("returns: {clients} clients, a window of {window_s} s");
        let mut world = World::new(1, Config::default(), window_s * 1e3)?;
        for number in 0..clients {
            let channel = format!("chat:{}", number / 20);
            world.add_client(&channel, u64::from(number) * 2)?;
        }
        world.run_until(world.now() + CALM_MS)?;
        ensure!(world.all_whole(), "not every client could connect");
        world.gate = Some(Gate::new(PER_SECOND, world.now()));
        let dropped = world.now();
        world.drop_all()?;
        while !world.all_whole() {
            ensure!(world.now() < dropped + PATIENCE_MS, "they do not come back");
            world.run_until(world.now() + 10)?;
        }
        let back_s = seconds(world.now() - dropped);
        let ratio = back_s / quota_s;
        let verdict = if is_bound {
            report.number("return_s", back_s);
            report.bound("return_over_quota", ratio, Aim::AtMost(BOUND), "")
        } else {
            report.number("return_default_window_s", back_s);
            String::new()
        };
        section.row([
            plain(f64::from(clients)),
            plain(window_s),
            plain(back_s),
            plain(ratio),
            plain(f64::from(world.refused)),
            verdict,
        ]);
        ensure!(world.missed() == 0, "publications were missed in silence");
    }
    section.note("a virtual clock: the real client's machine and the real message function, over the store in memory");
    section.note("the window is `gateway.reconnectWindowSeconds`, which every `subscribed` says beforehand; the second line has 60 s, which is its default");
    report.section(section);
    Ok(())
}

fn seconds(ms: u64) -> f64 {
    // Minutes at the most.
    u32::try_from(ms).map_or(f64::INFINITY, f64::from) / 1e3
}
