//! What it costs, and what the change adds to that.

use std::collections::BTreeMap;

use super::Review;
use super::markdown::{Lines, code, text};
use crate::cost::{Certainty, Estimate, Money, estimate, thousands};

/// How many bytes of a comment costs may take.
const ROOM: usize = 12_000;

pub(super) fn section(review: &Review<'_>) -> String {
    let plan = review.plan;
    // Of half a plan the cost would be wrong, and look right.
    if plan.unlisted > 0 || plan.failed() {
        return String::new();
    }
    let before = plan.before();
    let is_new = before.is_empty();
    let before = estimate(&before, review.load, review.prices);
    let after = estimate(&plan.after(), review.load, review.prices);
    let change = after.total() - before.total();
    let change = if is_new {
        String::new()
    } else {
        format!(" ({} to what is there now)", change.signed())
    };
    let mut lines = Lines::up_to(ROOM);
    lines.add(format!(
        "\n#### Cost: about {} a month{change}\n",
        after.total()
    ));
    lines.add("| service | now | after | change |\n|---|--:|--:|--:|");
    for (service, now, then) in services(&before, &after) {
        lines.add(format!(
            "| {} | {now} | {then} | {} |",
            text(service),
            (then - now).signed()
        ));
    }
    lines.add("\n<details><summary>Each item, and the load</summary>\n");
    lines.add("| service | item | quantity | a month | price |\n|---|---|--:|--:|---|");
    for item in &after.items {
        let certainty = match item.certainty {
            Certainty::Documented => "documented",
            Certainty::Observed => "observed",
            Certainty::Memory => "from memory",
        };
        lines.add(format!(
            "| {} | {} | {} {} | {} | {certainty} |",
            text(&item.service),
            text(&item.what),
            thousands(item.quantity),
            text(&item.unit),
            item.cost
        ));
    }
    lines.add(format!("\n{}", assumptions(review)));
    let mut section = lines.text().to_owned();
    section.push_str("\n</details>\n");
    section.push_str(&unpriced(&after));
    section
}

fn services<'a>(before: &'a Estimate, after: &'a Estimate) -> Vec<(&'a str, Money, Money)> {
    let mut sums: BTreeMap<&str, (Money, Money)> = BTreeMap::new();
    for (service, cost) in before.by_service() {
        sums.entry(service).or_default().0 = cost;
    }
    for (service, cost) in after.by_service() {
        sums.entry(service).or_default().1 = cost;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(service, (now, then))| (std::cmp::Reverse(*then.max(now)), *service));
    let sums = sums.into_iter();
    sums.map(|(service, (now, then))| (service, now, then))
        .collect()
}

fn assumptions(review: &Review<'_>) -> String {
    let numbers = review.load.numbers().into_iter();
    let numbers = numbers.map(|(name, value)| format!("{name}={value}"));
    let numbers: Vec<_> = numbers.collect();
    let free = if review.load.free_tier {
        "What is free each month for an account is taken off, as if this stack were alone in it."
    } else {
        "What is free each month for an account is not taken off."
    };
    format!(
        "Load: {}. Prices of {}, {}, without taxes. {free}",
        code_all(&numbers),
        text(&review.prices.region),
        text(&review.prices.as_of)
    )
}

fn code_all(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| code(name)).collect();
    names.join(" ")
}

fn unpriced(estimate: &Estimate) -> String {
    if estimate.unpriced.is_empty() {
        return String::new();
    }
    let names: Vec<_> = estimate
        .unpriced
        .iter()
        .take(20)
        .map(|it| code(it))
        .collect();
    format!(
        "\nNot in the estimate, as their price is not known here: {}\n",
        names.join(", ")
    )
}
