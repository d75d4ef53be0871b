//! What is shown of a load: how it goes, and how it was.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tidegate_load::saturation;
use tidegate_load::verdict::{Use, sentence};
use tidegate_load::{Load, Outcome, Progress, Stage};

use crate::output::{BOLD, ERROR, GOOD, WARNING, line, plain, table};

/// How long a handshake may take before somebody asks what is wrong.
const PATIENCE_S: f64 = 3.0;

/// The bar, on standard error; where that is no terminal, there is none.
pub(super) struct Screen {
    bar: ProgressBar,
    users: u32,
    rate: f64,
    steady: Duration,
}

impl Screen {
    pub(super) fn new(load: &Load) -> Self {
        let bar = ProgressBar::with_draw_target(Some(100), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{prefix:10} {bar:24} {msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self {
            bar,
            users: load.users,
            rate: load.connects_per_second,
            steady: load.duration,
        }
    }

    pub(super) fn show(&self, progress: &Progress) {
        let second = &progress.second;
        let (stage, part) = match progress.stage {
            Stage::Connecting => (
                "connecting",
                f64::from(second.online) / f64::from(self.users),
            ),
            Stage::Steady => (
                "steady",
                progress.steady_s / self.steady.as_secs_f64().max(1.0),
            ),
            _ => ("settling", 1.0),
        };
        self.bar.set_prefix(stage);
        let percent = (part * 100.0).clamp(0.0, 100.0).round();
        // From 0 to 100.
        let position = format!("{percent:.0}").parse().unwrap_or(0);
        self.bar.set_position(position);
        let latency = second
            .delivery_p99
            .map_or_else(String::new, |ms| format!(", 99 % within {ms:.0} ms"));
        let late = match progress.stage {
            Stage::Connecting => self.late(second.at_s, second.online),
            _ => String::new(),
        };
        self.bar.set_message(format!(
            "{} connected{late}, {:.0} published/s, {:.0} delivered/s{latency}",
            second.online, second.acked, second.delivered
        ));
    }

    /// Says that users wait for longer than a few seconds to be let in.
    fn late(&self, at_s: f64, online: u32) -> String {
        let due = (self.rate * (at_s - PATIENCE_S)).clamp(0.0, f64::from(self.users));
        if f64::from(online) < due {
            format!(" of {due:.0} that were to be, as the target lets in no more")
        } else {
            String::new()
        }
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// Prints how it was.
pub(super) fn print(outcome: &Outcome, uses: &[Use]) -> anyhow::Result<()> {
    let counts = &outcome.counts;
    let publications = &outcome.publications;
    line(format_args!(
        "{BOLD}Users{BOLD:#}\n  {} of {} connected when the load began, {} at the end; {} handshakes, {} refused, {} hand-overs, {} broke \
         off, {} ended otherwise",
        outcome.online.0,
        outcome.users,
        outcome.online.1,
        counts.handshakes,
        counts.refused.values().sum::<u64>(),
        counts.handovers,
        counts.dropped,
        counts.ended,
    ))?;
    line(format_args!("\n{BOLD}Times, in ms{BOLD:#}"))?;
    let mut times = table();
    times.set_header(["", "count", "50 %", "90 %", "99 %", "99.9 %", "longest"]);
    for row in outcome.times.iter().filter(|row| row.count > 0) {
        let ms = |value: f64| format!("{value:.1}");
        times.add_row([
            row.what.to_owned(),
            row.count.to_string(),
            ms(row.p50),
            ms(row.p90),
            ms(row.p99),
            ms(row.p999),
            ms(row.max),
        ]);
    }
    line(format_args!("{times}"))?;
    line(format_args!(
        "\n{BOLD}Publications{BOLD:#}\n  {} sent, {} acked, {} delivered, of those {} recovered; {} lost with notice",
        publications.sent,
        publications.acked,
        publications.delivered,
        publications.recovered,
        publications.lost_with_notice,
    ))?;
    let style = if publications.is_kept() { GOOD } else { ERROR };
    line(format_args!(
        "  {style}{} lost in silence, {} doubled, {} contradictions{style:#}",
        publications.lost_in_silence, publications.doubled, publications.contradictions,
    ))?;
    trouble(outcome)?;
    line(format_args!("\n{BOLD}Verdict{BOLD:#}"))?;
    if let Some(behind) = saturation::sentence(&outcome.saturation) {
        line(format_args!("  {WARNING}{behind}{WARNING:#}"))?;
    }
    Ok(line(format_args!("  {}", sentence(uses)))?)
}

fn trouble(outcome: &Outcome) -> anyhow::Result<()> {
    let counts = &outcome.counts;
    let kinds = [
        ("handshake failed", &counts.refused),
        ("not published", &counts.failed),
        ("given up", &counts.given_up),
        ("no token", &counts.without_token),
        ("unexpected frame", &counts.unexpected),
    ];
    if kinds.iter().all(|(_, whys)| whys.is_empty()) && outcome.unfinished == 0 {
        return Ok(());
    }
    line(format_args!("\n{BOLD}Trouble{BOLD:#}"))?;
    let mut rows = table();
    if outcome.unfinished > 0 {
        rows.add_row([
            "not there or not whole at the end",
            "",
            &outcome.unfinished.to_string(),
        ]);
    }
    for (kind, whys) in kinds {
        for (why, count) in whys {
            rows.add_row([kind, &plain(why), &count.to_string()]);
        }
    }
    Ok(line(format_args!("{rows}"))?)
}
