//! Deliveries a second to many receivers, posted by the message Lambda itself, and by way of the queue.

use anyhow::Result;

use crate::arguments::Plan;
use crate::binaries::Binaries;
use crate::measure::deliveries::{Room, USERS};
use crate::report::{Report, Section, plain};
use crate::socket::tokens;
use crate::stacks;
use crate::statistics::{Samples, number};

/// Up to how many receivers the message Lambda posts by itself, each way: as many as may be set, and none.
const WAYS: [(&str, u32); 2] = [("direct", 1_000), ("queue", 0)];

/// Measures both ways at each number of receivers.
pub(super) async fn measure(
    plan: &Plan,
    quick: bool,
    binaries: &Binaries,
    report: &mut Report,
) -> Result<()> {
    let receivers: &[usize] = if quick { &[10] } else { &[100, 1_000] };
    let mut section = Section::new(
        "Deliveries in the local runtime",
        [
            "way",
            "receivers",
            "publications/s",
            "deliveries/s",
            "range",
        ],
    );
    for (way, direct) in WAYS {
        let mut stack = stacks::tidegate_with(binaries, Some(direct)).await?;
        let tokens = tokens(&stack.running, USERS).await?;
        for &count in receivers {
            eprintln!("deliveries: {way}, {count} receivers");
            let url = &stack.running.websocket_url;
            let mut room = Room::open(url, &tokens, &format!("{way}-{count}"), count).await?;
            let publications = room.publications_in(plan).await?;
            let mut rates = Samples::default();
            for _ in 0..plan.rounds {
                let seconds = room.round(publications).await?;
                rates.push(number(publications * count) / seconds);
            }
            let deliveries =
                report.number(format!("deliveries_{way}_{count}_per_s"), rates.median());
            let range = rates
                .range()
                .map(|(low, high)| format!("{}–{}", plain(low), plain(high)));
            section.row([
                way.to_owned(),
                plain(number(count)),
                plain(deliveries / number(count)),
                plain(deliveries),
                range.unwrap_or_default(),
            ]);
            drop(room);
            stack.server.at_rest(0).await?;
        }
    }
    section.note("every receiver got every publication once; four publish at once, each the next one when it has its ack");
    report.section(section);
    Ok(())
}
