//! `tidegate dlq list`.

use anstream::eprintln;

use super::letter::Summary;
use super::{Queues, peek};
use crate::arguments::ListDlqArguments;
use crate::commands::block_on;
use crate::machine;
use crate::output::{line, plain, table};

pub(super) fn run(arguments: &ListDlqArguments) -> anyhow::Result<()> {
    let queues = Queues::find(&arguments.place)?;
    let most = usize::try_from(arguments.limit)?;
    let chosen = queues.chosen(arguments.queue)?;
    let (mut letters, all) = block_on(async {
        let (mut letters, mut all) = (Vec::new(), 0);
        for of in chosen {
            letters.extend(peek::all(of, most).await?);
            all += of.queue.count().await?;
        }
        anyhow::Ok((letters, all))
    })?;
    letters.truncate(most);
    let now_ms = machine::now_ms();
    let summaries: Vec<_> = letters.iter().map(|it| it.summary(now_ms)).collect();
    if arguments.json {
        let text = serde_json::to_string_pretty(&summaries)?;
        line(format_args!("{text}"))?;
    } else if summaries.is_empty() {
        eprintln!("Nothing was put aside.");
    } else {
        print(&summaries)?;
    }
    if u64::try_from(summaries.len())? < all {
        let shown = summaries.len();
        eprintln!("These are {shown} of about {all}; --limit says how many to list.");
    }
    Ok(())
}

fn print(summaries: &[Summary]) -> std::io::Result<()> {
    let mut rows = table();
    rows.set_header([
        "age",
        "queue",
        "what",
        "channel",
        "publication",
        "receivers",
        "attempts",
        "why",
        "id",
    ]);
    for summary in summaries {
        rows.add_row([
            age(summary.age_seconds),
            summary.queue.name().to_owned(),
            summary.what.to_owned(),
            text(summary.channel.as_deref()),
            text(summary.publication_id.as_deref()),
            number(summary.receivers),
            number(summary.attempts),
            summary.why.clone(),
            plain(&summary.id),
        ]);
    }
    line(format_args!("{rows}"))
}

fn text(value: Option<&str>) -> String {
    value.map_or_else(|| "-".to_owned(), plain)
}

fn number(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// An age in its largest unit, and the next.
fn age(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    if days > 0 {
        format!("{days}d {}h", hours % 24)
    } else if hours > 0 {
        format!("{hours}h {}m", minutes % 60)
    } else if minutes > 0 {
        format!("{minutes}m {}s", seconds % 60)
    } else {
        format!("{seconds}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_as_exact_as_anybody_needs() {
        let ages = [0, 59, 61, 3_600 + 120, 2 * 86_400 + 3_600].map(age);
        assert_eq!(ages, ["0s", "59s", "1m 1s", "1h 2m", "2d 1h"]);
    }
}
