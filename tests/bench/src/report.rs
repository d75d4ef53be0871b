//! The figures: for people as tables, for programs as one flat object.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result};
use comfy_table::{CellAlignment, Table, presets};

/// All figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    numbers: BTreeMap<String, f64>,
    sections: Vec<Section>,
    broken: Vec<String>,
}

impl Report {
    /// Keeps a figure by its key, and gives it back.
    pub(crate) fn number(&mut self, key: impl Into<String>, value: f64) -> f64 {
        self.numbers.insert(key.into(), value);
        value
    }

    /// Keeps a figure that has a bound, and says whether it is within it.
    pub(crate) fn bound(
        &mut self,
        key: impl Into<String>,
        value: f64,
        bound: Aim,
        unit: &str,
    ) -> String {
        let key = key.into();
        if !bound.is_met(value) {
            self.broken.push(format!("{key} ({})", plain(value)));
        }
        self.number(key, value);
        bound.verdict(value, unit)
    }

    /// The figures that are beyond their bounds.
    pub(crate) fn broken(&self) -> Vec<String> {
        self.broken.clone()
    }

    pub(crate) fn section(&mut self, section: Section) {
        self.sections.push(section);
    }

    /// Writes the figures as one flat JSON object; what could not be measured here is not in it.
    pub(crate) fn write_json(&self, path: &Path) -> Result<()> {
        let finite: BTreeMap<_, _> = self
            .numbers
            .iter()
            .filter(|(_, value)| value.is_finite())
            .collect();
        let text = serde_json::to_string_pretty(&finite)?;
        std::fs::write(path, text + "\n")
            .with_context(|| format!("{} cannot be written", path.display()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sections
            .iter()
            .try_for_each(|section| writeln!(f, "{section}"))
    }
}

/// One table.
#[derive(Debug)]
pub(crate) struct Section {
    title: &'static str,
    table: Table,
    notes: Vec<String>,
}

impl Section {
    pub(crate) fn new<const N: usize>(title: &'static str, header: [&str; N]) -> Self {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(header);
        for column in table.column_iter_mut() {
            column.set_cell_alignment(CellAlignment::Right);
        }
        Self {
            title,
            table,
            notes: Vec::new(),
        }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.table.add_row(cells);
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}", self.title, self.table)?;
        self.notes
            .iter()
            .try_for_each(|note| writeln!(f, "  {note}"))
    }
}

/// What a figure should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Aim {
    AtLeast(f64),
    Below(f64),
    AtMost(f64),
}

impl Aim {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::Below(bound) => value < bound,
            Self::AtMost(bound) => value <= bound,
        }
    }

    /// The aim, and whether `value` meets it.
    pub(crate) fn verdict(self, value: f64, unit: &str) -> String {
        let (sign, bound) = match self {
            Self::AtLeast(bound) => ('≥', bound),
            Self::Below(bound) => ('<', bound),
            Self::AtMost(bound) => ('≤', bound),
        };
        let outcome = if self.is_met(value) { "met" } else { "not met" };
        format!("{sign} {}{unit} {outcome}", plain(bound))
    }
}

/// A number as people read it: three digits that count, thousands apart.
pub(crate) fn plain(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    match value.abs() {
        size if size >= 100.0 || size.fract() == 0.0 => thousands(&format!("{value:.0}")),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn thousands(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        for (value, text) in [
            (0.8512, "0.85"),
            (1.0, "1"),
            (36.04, "36.0"),
            (999.6, "1,000"),
            (1_234_567.0, "1,234,567"),
            (-1_000.0, "-1,000"),
            (f64::NAN, "-"),
        ] {
            assert_eq!(plain(value), text);
        }
    }

    #[test]
    fn an_aim_says_whether_it_is_met() {
        assert_eq!(Aim::AtLeast(0.85).verdict(0.9, ""), "≥ 0.85 met");
        assert_eq!(
            Aim::Below(250.0).verdict(250.0, " MiB"),
            "< 250 MiB not met"
        );
    }
}
