//! The outcome as a page of its own: nothing is loaded from anywhere, and it is light or dark as the reader likes it.

mod chart;

use std::fmt::Write as _;

use crate::outcome::{Outcome, Second};
use crate::saturation;
use crate::verdict::{Use, sentence};
use chart::{Chart, Series};

const STYLE: &str = include_str!("report/style.css");

/// The page.
#[must_use]
pub fn html(outcome: &Outcome, uses: &[Use]) -> String {
    let mut page = String::new();
    let title = format!("{} users, {}", outcome.users, outcome.mix.name);
    let title = escaped(&title);
    // Writing to a text does not fail; so below.
    let _written = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Tidegate load: {title}</title>\n<style>\n{STYLE}</style>\n<h1>{title}</h1>\n"
    );
    page.push_str(&summary(outcome, uses));
    page.push_str(&charts(outcome));
    page.push_str(&publications(outcome));
    page.push_str(&times(outcome));
    page.push_str(&quotas(uses));
    page.push_str(&trouble(outcome));
    page.push_str(&settings(outcome));
    page.push_str("</html>\n");
    page
}

fn summary(outcome: &Outcome, uses: &[Use]) -> String {
    let publications = &outcome.publications;
    let (class, kept) = if publications.is_kept() {
        ("good", "Nothing was lost in silence.")
    } else {
        ("bad", "What is promised was not kept: see below.")
    };
    let mut text = format!("<p class=\"verdict {class}\">{kept}</p>\n");
    if let Some(behind) = saturation::sentence(&outcome.saturation) {
        let _written = writeln!(text, "<p class=\"verdict bad\">{}</p>", escaped(&behind));
    }
    let _written = writeln!(
        text,
        "<p class=\"verdict\">{}</p>",
        escaped(&sentence(uses))
    );
    text
}

fn charts(outcome: &Outcome) -> String {
    let series = |name, of: fn(&Second) -> Option<f64>| Series {
        name,
        points: outcome
            .seconds
            .iter()
            .map(|second| (second.at_s, of(second)))
            .collect(),
    };
    let charts = [
        Chart {
            title: "Users connected",
            unit: "",
            series: vec![series("connected", |second| Some(second.online.into()))],
        },
        Chart {
            title: "Handshakes a second",
            unit: "/s",
            series: vec![
                series("all", |second| Some(second.handshakes)),
                series("refused", |second| Some(second.refused)),
            ],
        },
        Chart {
            title: "Publications a second",
            unit: "/s",
            series: vec![
                series("delivered", |second| Some(second.delivered)),
                series("acked", |second| Some(second.acked)),
            ],
        },
        Chart {
            title: "From publication to receiver",
            unit: " ms",
            series: vec![
                series("99 %", |second| second.delivery_p99),
                series("50 %", |second| second.delivery_p50),
            ],
        },
    ];
    let drawn: String = charts
        .iter()
        .map(|chart| chart.draw(outcome.steady))
        .collect();
    format!("<div class=\"charts\">\n{drawn}</div>\n")
}

fn publications(outcome: &Outcome) -> String {
    let of = &outcome.publications;
    let unpromised = of.unpromised.to_string();
    let rows = [
        ("sent", of.sent.to_string(), "publications that users made"),
        ("acked", of.acked.to_string(), "taken by the server"),
        (
            "delivered",
            of.delivered.to_string(),
            "one publication for one user each",
        ),
        (
            "recovered",
            of.recovered.to_string(),
            "of those, missed in a break and had afterwards",
        ),
        (
            "lost with notice",
            of.lost_with_notice.to_string(),
            "not delivered, and the user was told",
        ),
        (
            "lost in silence",
            of.lost_in_silence.to_string(),
            "not delivered, and nobody was told: must be 0",
        ),
        (
            "doubled",
            of.doubled.to_string(),
            "delivered twice: must be 0",
        ),
        (
            "contradictions",
            of.contradictions.to_string(),
            "places at which two users saw different publications: must be 0",
        ),
        (
            "missing without history",
            unpromised,
            "in channels that promise at most once",
        ),
    ];
    let rows = rows.map(|(name, value, what)| [name.to_owned(), value, what.to_owned()]);
    table(
        "Publications",
        &["", "number", "what it is"],
        rows.iter().map(|row| &row[..]),
    )
}

fn times(outcome: &Outcome) -> String {
    let rows: Vec<[String; 7]> = outcome
        .times
        .iter()
        .filter(|times| times.count > 0)
        .map(|times| {
            let ms = |value: f64| format!("{value:.1}");
            [
                times.what.to_owned(),
                times.count.to_string(),
                ms(times.p50),
                ms(times.p90),
                ms(times.p99),
                ms(times.p999),
                ms(times.max),
            ]
        })
        .collect();
    table(
        "Times, in milliseconds",
        &["", "count", "50 %", "90 %", "99 %", "99.9 %", "longest"],
        rows.iter().map(|row| &row[..]),
    )
}

fn quotas(uses: &[Use]) -> String {
    let rows: Vec<[String; 5]> = uses
        .iter()
        .map(|one| {
            [
                one.quota.name.to_owned(),
                format!("{:.1}", one.needed),
                one.quota.limit.to_string(),
                format!("{:.1} %", one.share * 100.0),
                one.breaks_at_users
                    .map_or_else(|| "-".to_owned(), |users| format!("{users:.0}")),
            ]
        })
        .collect();
    table(
        "Quotas of AWS, the first to break first",
        &["", "needed", "quota", "used", "used up at users"],
        rows.iter().map(|row| &row[..]),
    )
}

fn trouble(outcome: &Outcome) -> String {
    let counts = &outcome.counts;
    let kinds = [
        ("handshake failed", &counts.refused),
        ("not published", &counts.failed),
        ("given up", &counts.given_up),
        ("no token", &counts.without_token),
        ("unexpected frame", &counts.unexpected),
    ];
    let mut rows = vec![
        [
            "connection".to_owned(),
            "broke off in a storm".to_owned(),
            counts.dropped.to_string(),
        ],
        [
            "connection".to_owned(),
            "ended otherwise".to_owned(),
            counts.ended.to_string(),
        ],
        [
            "user".to_owned(),
            "not there or not whole at the end".to_owned(),
            outcome.unfinished.to_string(),
        ],
    ];
    for (kind, whys) in kinds {
        for (why, count) in whys {
            rows.push([kind.to_owned(), why.clone(), count.to_string()]);
        }
    }
    table(
        "What went wrong, or was made to",
        &["what", "why", "how often"],
        rows.iter().map(|row| &row[..]),
    )
}

fn settings(outcome: &Outcome) -> String {
    let mix = serde_json::to_string_pretty(&outcome.mix).unwrap_or_default();
    let Outcome {
        users,
        connects_per_second,
        steady: (from, until),
        seed,
        ..
    } = outcome;
    format!(
        "<h2>What was done</h2>\n<p>{users} users, {connects_per_second} of them a second; from second {from:.0} to second \
         {until:.0} they did this (seed {seed}):</p>\n<pre>{}</pre>\n",
        escaped(&mix)
    )
}

fn table<'a>(title: &str, header: &[&str], rows: impl Iterator<Item = &'a [String]>) -> String {
    let mut text = format!("<h2>{}</h2>\n<table>\n<tr>", escaped(title));
    for cell in header {
        let _written = write!(text, "<th>{}</th>", escaped(cell));
    }
    text.push_str("</tr>\n");
    for row in rows {
        text.push_str("<tr>");
        for cell in row {
            let _written = write!(text, "<td>{}</td>", escaped(cell));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</table>\n");
    text
}

/// A text as HTML shows it: some of it comes from the server.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
