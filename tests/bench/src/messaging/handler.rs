//! The message handler, with store and sender in its process, beside the no-op Lambda: round trips over the Runtime API.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tidegate_test_handler::{CONNECTIONS, Frame, event, frames};

use super::awake::{Cores, awake};
use crate::arguments::Plan;
use crate::binaries::Binaries;
use crate::clock;
use crate::report::{Aim, Report, Section, plain};
use crate::serve::processes::Processes;
use crate::statistics::{Samples, number};

/// The handler's round trip over that of the no-op.
const AIM: Aim = Aim::AtMost(1.3);
/// Round trips of each in a round.
const TURNS: usize = 2_000;
/// How many of one are made before the other has its turn.
const BLOCK: usize = 50;

/// Measures both in turns.
pub(super) async fn measure(
    plan: &Plan,
    quick: bool,
    binaries: &Binaries,
    report: &mut Report,
) -> Result<()> {
    let noop = Processes::start(&binaries.get("tidegate-noop")?, &[], 1).await?;
    let handler = Processes::start(&binaries.get("tidegate-test-handler")?, &[], 1).await?;
    let mut cores = Cores::kept_awake();
    let turns = if quick { 2 * BLOCK } else { TURNS };
    let mut section = Section::new(
        "A frame through a function, one at a time: median of the round trips over the Runtime API, in µs",
        ["frame", "handler", "no-op", "ratio", "of", "bound"],
    );
    for frame in frames() {
        eprintln!("handler: {}", frame.name);
        let events = events(&frame)?;
        let (mut handlers, mut noops) = (Samples::default(), Samples::default());
        run(&handler, &noop, &events, &frame, BLOCK).await?;
        for _ in 0..plan.rounds {
            let (one, other) = awake(run(&handler, &noop, &events, &frame, turns)).await?;
            handlers.push(one);
            noops.push(other);
        }
        let key = frame.name.replace(' ', "_");
        let ratios = handlers.over(&noops);
        report.number(format!("handler_{key}_us"), handlers.median());
        report.number(format!("noop_{key}_us"), noops.median());
        let ratio = ratios.median();
        let verdict = report.bound(format!("handler_{key}_over_noop"), ratio, AIM, "");
        let range = ratios
            .range()
            .map(|(low, high)| format!("{}–{}", plain(low), plain(high)));
        section.row([
            frame.name.to_owned(),
            plain(handlers.median()),
            plain(noops.median()),
            plain(ratio),
            range.unwrap_or_default(),
            verdict,
        ]);
    }
    section.note("the store and the sender are in the handler's process, the no-op answers the same event with its body; both have one process");
    section.note("each publication has one receiver; `of` is the range of the rounds' ratios");
    if !cores.are_awake() {
        section.note("`chrt` does not keep the cores awake here: how long one takes to wake up is in both times");
    }
    report.section(section);
    Ok(())
}

/// One event for each connection: no connection may send so fast alone.
fn events(frame: &Frame) -> Result<Vec<Vec<u8>>> {
    let of = |connection| Ok(serde_json::to_vec(&event(connection, frame))?);
    (0..CONNECTIONS).map(of).collect()
}

/// The medians of the handler and of the no-op, in microseconds.
async fn run(
    handler: &Processes,
    noop: &Processes,
    events: &[Vec<u8>],
    frame: &Frame,
    turns: usize,
) -> Result<(f64, f64)> {
    let (mut handlers, mut noops) = (Samples::default(), Samples::default());
    let mut events = events.iter().cycle();
    for _ in 0..turns.div_ceil(BLOCK) {
        for _ in 0..BLOCK {
            let event = events.next().context("no event")?;
            let start = clock::now();
            let reply = handler.invoke(event, reply_type).await??;
            handlers.push(clock::seconds_since(start) * 1e6);
            ensure!(
                reply == frame.reply,
                "instead of {} came {reply}",
                frame.reply
            );
        }
        for _ in 0..BLOCK {
            let event = events.next().context("no event")?;
            let start = clock::now();
            noop.invoke(event, |_| ()).await?;
            noops.push(clock::seconds_since(start) * 1e6);
        }
    }
    ensure!(handlers.median() < number(usize::MAX), "nothing was timed");
    Ok((handlers.median(), noops.median()))
}

/// What the handler replied, by its type.
fn reply_type(answer: &[u8]) -> Result<String> {
    let answer: Value = serde_json::from_slice(answer).context("no proxy answer")?;
    let body = answer["body"].as_str().unwrap_or("{}");
    let body: Value = serde_json::from_str(body).context("no frame")?;
    Ok(body
        .get("type")
        .unwrap_or(&json!(""))
        .as_str()
        .unwrap_or("")
        .to_owned())
}
