//! (e): connections a second through the authorizer and `$connect`.

use anyhow::{Context, Result};

use crate::arguments::Plan;
use crate::binaries::Binaries;
use crate::clock;
use crate::report::{Report, Section, plain};
use crate::socket::{Socket, tokens};
use crate::stacks;
use crate::statistics::{Samples, number};
use crate::usage::{Tree, own_cpu};

const USERS: usize = 32;

/// Connects so many a round; each round begins when all of the last are gone.
pub(super) async fn measure(plan: &Plan, binaries: &Binaries, report: &mut Report) -> Result<()> {
    eprintln!("(e) connects");
    let count = plan.connects;
    let mut stack = stacks::tidegate(binaries).await?;
    let tokens = tokens(&stack.running, USERS).await?;
    let url = &stack.running.websocket_url;
    // Starts the processes.
    drop(Socket::connect_many(url, &tokens, count / 4).await?);
    let before = stack.server.at_rest(0).await?;
    let tree = Tree::of(stack.server.pid().context("the stack is gone")?)?;
    let mut rates = Samples::default();
    let mut costs: [Samples; 3] = Default::default();
    for _ in 0..plan.rounds {
        let (cpu_before, client_before) = (tree.cpu(), own_cpu());
        let start = clock::now();
        let sockets = Socket::connect_many(url, &tokens, count).await?;
        rates.push(number(count) / clock::seconds_since(start));
        let (cpu_after, client_after) = (tree.cpu(), own_cpu());
        let spent = [
            cpu_after.server - cpu_before.server,
            cpu_after.functions - cpu_before.functions,
            client_after - client_before,
        ];
        for (samples, spent) in costs.iter_mut().zip(spent) {
            samples.push(spent * 1e6 / number(count));
        }
        drop(sockets);
        stack.server.at_rest(0).await?;
    }
    let after = stack.server.status().await?;
    let invocations =
        after.invocations.values().sum::<u64>() - before.invocations.values().sum::<u64>();
    let each = number(usize::try_from(invocations)?) / number(count * plan.rounds);
    report.number("e_invocations_per_session", each);
    let per_s = report.number("e_connects_per_s", rates.median());
    let [gateway, functions, client] = costs.map(|samples| samples.median());
    report.number("e_server_us", gateway);
    report.number("e_functions_us", functions);
    report.number("e_client_us", client);
    let range = rates
        .range()
        .map(|(low, high)| format!("{}–{}", plain(low), plain(high)));
    let mut section = Section::new(
        "(e) Connections through authorizer and $connect, with real tokens",
        [
            "connects/s",
            "range",
            "gateway µs",
            "Lambdas µs",
            "client µs",
            "invocations a session",
        ],
    );
    section.row([
        plain(per_s),
        range.unwrap_or_default(),
        plain(gateway),
        plain(functions),
        plain(client),
        plain(each),
    ]);
    section.note("µs: time on a core for one connect; a session's invocations are authorizer, $connect and $disconnect");
    report.section(section);
    Ok(())
}
