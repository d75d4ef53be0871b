//! Colours, and tables.

use std::fmt;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::presets;
use comfy_table::{ContentArrangement, Table};

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const NAME: Style = AnsiColor::Cyan.on_default();

/// A table without lines.
pub(crate) fn table() -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table
}

/// A text without what would steer the terminal: it comes from others.
pub(crate) fn plain(text: &str) -> String {
    let shown = text.chars().map(|character| {
        if character.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            character
        }
    });
    shown.collect()
}

/// Writes a line to standard output. Whoever reads it may have gone, which is no reason to panic.
pub(crate) fn line(text: fmt::Arguments<'_>) -> io::Result<()> {
    writeln!(anstream::stdout().lock(), "{text}")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn nothing_of_a_text_steers_the_terminal() {
        let text = "Zoë\u{1b}[2J\u{9b}31m\r\n\u{7}☃";
        assert_eq!(
            plain(text),
            "Zoë\u{fffd}[2J\u{fffd}31m\u{fffd}\u{fffd}\u{fffd}☃"
        );
    }
}
