//! (f): memory by idle connected sockets, each a real session.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::arguments::Plan;
use crate::binaries::Binaries;
use crate::report::{Aim, Report, Section, plain};
use crate::socket::{Socket, tokens};
use crate::stacks;
use crate::statistics::number;
use crate::usage::{MEMORY, Share, Tree};

const USERS: usize = 32;
/// What all processes together may take at that many sockets.
const AIM: (usize, Aim) = (10_000, Aim::Below(250.0));
/// How long the stack may tidy up before it is measured.
const PAUSE: Duration = Duration::from_millis(500);

/// Opens ever more sockets, and weighs.
pub(super) async fn measure(plan: &Plan, binaries: &Binaries, report: &mut Report) -> Result<()> {
    let mut stack = stacks::tidegate(binaries).await?;
    let tokens = tokens(&stack.running, USERS).await?;
    let mut section = Section::new(
        "(f) Resident memory with idle sockets, in MiB",
        [
            "sockets",
            "runtime",
            "Lambdas",
            "processes",
            "total",
            "KiB a socket",
            "aim",
        ],
    );
    let mut sockets: Vec<Socket> = Vec::new();
    let mut last: Option<(usize, Share)> = None;
    for count in [0].into_iter().chain(plan.idle.iter().copied()) {
        eprintln!("(f) memory at {count} sockets");
        let more = count.saturating_sub(sockets.len());
        sockets.extend(Socket::connect_many(&stack.running.websocket_url, &tokens, more).await?);
        stack.server.at_rest(count).await?;
        tokio::time::sleep(PAUSE).await;
        let tree = Tree::of(stack.server.pid().context("the stack is gone")?)?;
        let memory = tree.memory();
        // From none to some, processes start: only from some to more is it the sockets alone.
        let each = last.map(|(before, share)| {
            (memory.server - share.server) * 1024.0 / number(count - before)
        });
        last = Some((count, memory));
        let total = report.number(format!("f_{count}_total_mib"), memory.total());
        report.number(format!("f_{count}_runtime_mib"), memory.server);
        report.number(format!("f_{count}_functions_mib"), memory.functions);
        if let Some(each) = each {
            report.number(format!("f_{count}_socket_kib"), each);
        }
        section.row([
            plain(number(count)),
            plain(memory.server),
            plain(memory.functions),
            plain(number(tree.functions() + 1)),
            plain(total),
            each.map(plain).unwrap_or_default(),
            if count == AIM.0 {
                AIM.1.verdict(total, " MiB")
            } else {
                String::new()
            },
        ]);
    }
    section.note(MEMORY);
    section.note("KiB a socket: what the runtime's own process grew by since the line above, rows in DynamoDB included");
    report.section(section);
    Ok(())
}
