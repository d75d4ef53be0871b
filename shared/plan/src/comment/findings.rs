//! The traps that were looked for.

use super::Review;
use super::markdown::{Lines, code, sentence, visible};
use crate::traps::{Finding, Report};

/// How many bytes of a comment findings may take.
const ROOM: usize = 24_000;

/// How many resources are named of which too little is known.
const NAMED: usize = 3;

pub(super) fn section(review: &Review<'_>) -> String {
    let report = review.report;
    let mut lines = Lines::up_to(ROOM);
    let traps: Vec<_> = report.traps().collect();
    let warnings: Vec<_> = report.warnings().collect();
    let looked = report.checked.iter().filter(|it| it.seen > 0).count();
    if traps.is_empty() {
        let all = if review.plan.unlisted > 0 {
            " in what is listed"
        } else {
            ""
        };
        lines.add(format!(
            "\n✅ **No trap**{all}: {looked} rules had something to look at."
        ));
    } else {
        let (count, are) = counted(traps.len(), "trap");
        lines.add(format!(
            "\n❌ **{count}** {are} in this change, and must not be deployed:\n"
        ));
        for finding in &traps {
            lines.add(entry(finding));
        }
    }
    if !warnings.is_empty() {
        lines.add("\n> [!CAUTION]\n> To be confirmed by somebody who knows:\n>");
        for finding in &warnings {
            lines.add(format!("> {}", entry(finding)));
        }
    }
    let mut text = lines.text().to_owned();
    if lines.left_out() > 0 {
        text.push_str(&format!("\n**… and {} more: cut.**\n", lines.left_out()));
    }
    text.push_str(&unknown(report));
    text
}

fn counted(count: usize, what: &str) -> (String, &'static str) {
    match count {
        1 => (format!("1 {what}"), "is"),
        _ => (format!("{count} {what}s"), "are"),
    }
}

fn entry(finding: &Finding) -> String {
    // urn:pulumi:STACK::PROJECT::TYPES::NAME
    let mut parts = finding.urn.rsplit("::");
    let name = parts.next().unwrap_or_default();
    let kind = parts.next().and_then(|kinds| kinds.rsplit(':').next());
    let kind = kind.unwrap_or_default();
    let message = sentence(&visible(&finding.message, 1_200));
    let rule = code(finding.rule);
    format!("- {} {}: {message} ({rule})", code(kind), code(name))
}

/// What could not be judged yet. A stack that is not there has no ARNs, so policies made of them are not known.
fn unknown(report: &Report) -> String {
    let rules: Vec<_> = report
        .checked
        .iter()
        .filter(|it| !it.unknown.is_empty())
        .collect();
    if rules.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n<details><summary>⏳ {} rules could not judge everything: some values are known only after the update</summary>\n\n",
        rules.len()
    );
    for checked in rules {
        let names = checked.unknown.iter().take(NAMED);
        let names: Vec<_> = names
            .map(|urn| code(urn.rsplit("::").next().unwrap_or_default()))
            .collect();
        let more = checked.unknown.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        text.push_str(&format!(
            "- {}: {}{more}\n",
            sentence(checked.rule.title),
            names.join(", ")
        ));
    }
    text.push_str(
        "\n`tidegate plan --json` knows them, from the program run on one machine.\n</details>\n",
    );
    text
}
