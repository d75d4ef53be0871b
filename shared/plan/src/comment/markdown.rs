//! GitHub's Markdown, for text that anybody may have written.

use std::fmt::Write as _;

/// How long any text may be, in characters.
const LONGEST_TEXT: usize = 4_000;

/// How long a name may be before it is cut, in characters.
const LONGEST_NAME: usize = 160;

/// Text that is only text: no markup, no link, no mention of anybody.
pub(super) fn text(text: &str) -> String {
    let mut safe = String::new();
    for character in visible(text, LONGEST_TEXT).chars() {
        escape(character, &mut safe);
        // `@name` and `#1` are looked for after the markup is read: a character between them that nobody sees.
        if "@#".contains(character) {
            safe.push('\u{200b}');
        }
    }
    safe
}

/// A name or a value, as code.
pub(super) fn code(name: &str) -> String {
    let mut safe = String::from("<code>");
    for character in visible(name, LONGEST_NAME).chars() {
        escape(character, &mut safe);
    }
    safe.push_str("</code>");
    safe
}

/// A sentence of ours, in which names stand between backticks.
pub(super) fn sentence(message: &str) -> String {
    let parts = message.split('`').enumerate();
    let parts = parts.map(|(at, part)| if at % 2 == 1 { code(part) } else { text(part) });
    parts.collect()
}

/// Punctuation by its number: to Markdown and HTML it is then no markup, wherever it stands.
fn escape(character: char, safe: &mut String) {
    if character.is_ascii_punctuation() && !".,'()".contains(character) {
        let _ = write!(safe, "&#{};", u32::from(character));
    } else {
        safe.push(character);
    }
}

/// Text on one line, without characters that are not seen or turn others round: these are spelled out. What is longer
/// than so many characters is cut, and says how long it was.
pub(super) fn visible(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    for character in text.chars().take(longest) {
        let is_format = matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        );
        match character {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            _ if character.is_control() || is_format => shown.extend(character.escape_unicode()),
            _ => shown.push(character),
        }
    }
    if text.chars().nth(longest).is_some() {
        shown.push_str(&format!("… ({} characters)", text.chars().count()));
    }
    shown
}

/// Lines, as long as there is room.
#[derive(Debug)]
pub(super) struct Lines {
    text: String,
    room: usize,
    /// Lines that found none.
    left_out: usize,
}

impl Lines {
    /// None, with room for so many bytes.
    pub(super) fn up_to(room: usize) -> Self {
        Self {
            text: String::new(),
            room,
            left_out: 0,
        }
    }

    /// Adds a line. After one that found no room there is none for any other: nothing is left out in the middle.
    pub(super) fn add(&mut self, line: impl AsRef<str>) -> bool {
        let line = line.as_ref();
        if self.left_out > 0 || self.text.len() + line.len() + 1 > self.room {
            self.left_out += 1;
            return false;
        }
        self.text.push_str(line);
        self.text.push('\n');
        true
    }

    pub(super) fn left_out(&self) -> usize {
        self.left_out
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        let hostile = "<img src=x>|`a`[b](https://c)*d*\n@team #1 \u{202e}x --> </details>";
        for safe in [text(hostile), code(hostile), sentence(hostile)] {
            let inner = safe.replace("<code>", "").replace("</code>", "");
            for markup in [
                "<", ">", "|", "`", "[", "](", "*", "\n", "://", "@t", "\u{202e}",
            ] {
                assert!(!inner.contains(markup), "{markup}: {safe}");
            }
        }
        // Neither when the numbers are turned back into characters.
        for (name, number) in [("@team", "&#64;team"), ("#1", "&#35;1")] {
            assert!(!text(name).contains(number), "{name}");
        }
    }

    #[test]
    fn a_long_name_is_cut_and_says_so() {
        let long = code(&"é".repeat(500));
        assert!(long.contains("… (500 characters)"), "{long}");
        assert!(long.chars().count() < 220);
    }

    #[test]
    fn lines_stop_where_there_is_no_more_room() {
        let mut lines = Lines::up_to(8);
        assert!(lines.add("abc"));
        assert!(!lines.add("defgh"));
        assert!(!lines.add("i"), "nothing comes after a gap");
        assert_eq!((lines.text(), lines.left_out()), ("abc\n", 2));
    }
}
