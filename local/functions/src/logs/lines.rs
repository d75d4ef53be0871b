//! Bytes to lines.

use std::mem;

/// The longest line; what is longer is cut into pieces.
const MAX_LINE: usize = 256 * 1_024;

/// Collects bytes until they are a line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    partial: Vec<u8>,
}

impl Lines {
    /// Takes what was read and gives the lines that it completes.
    pub(super) fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(String)) {
        while !bytes.is_empty() {
            let room = MAX_LINE - self.partial.len();
            let window = &bytes[..bytes.len().min(room)];
            if let Some(end) = window.iter().position(|byte| *byte == b'\n') {
                self.partial.extend_from_slice(&window[..end]);
                bytes = &bytes[end + 1..];
                each(self.take());
            } else {
                self.partial.extend_from_slice(window);
                bytes = &bytes[window.len()..];
                // A line of exactly the limit is whole: look for its end before cutting.
                if self.partial.len() == MAX_LINE {
                    bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
                    each(self.take());
                }
            }
        }
    }

    /// Gives the last line, if it has no end.
    pub(super) fn finish(&mut self, each: impl FnOnce(String)) {
        if !self.partial.is_empty() {
            each(self.take());
        }
    }

    fn take(&mut self) -> String {
        let bytes = mem::take(&mut self.partial);
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(chunks: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for chunk in chunks {
            lines.push(chunk, |line| found.push(line));
        }
        lines.finish(|line| found.push(line));
        found
    }

    #[test]
    fn a_line_may_come_in_pieces() {
        assert_eq!(
            lines_of(&[b"on", b"e\ntwo\nth", b"ree\n"]),
            ["one", "two", "three"]
        );
    }

    #[test]
    fn the_last_line_needs_no_end() {
        assert_eq!(lines_of(&[b"one\ntwo"]), ["one", "two"]);
    }

    #[test]
    fn an_empty_line_is_a_line() {
        assert_eq!(lines_of(&[b"one\n\ntwo\n"]), ["one", "", "two"]);
    }

    #[test]
    fn a_long_line_is_cut() {
        let long = vec![b'x'; MAX_LINE * 2 + 1];
        let lengths: Vec<usize> = lines_of(&[&long, b"\nend\n"])
            .iter()
            .map(String::len)
            .collect();
        assert_eq!(lengths, [MAX_LINE, MAX_LINE, 1, 3]);
    }

    #[test]
    fn a_line_of_just_the_limit_is_not_followed_by_an_empty_one() {
        let mut long = vec![b'x'; MAX_LINE];
        long.extend_from_slice(b"\nend\n");
        let lengths: Vec<usize> = lines_of(&[&long]).iter().map(String::len).collect();
        assert_eq!(lengths, [MAX_LINE, 3]);
    }

    #[test]
    fn what_is_not_utf8_is_shown_as_far_as_it_can_be() {
        assert_eq!(lines_of(&[b"a\xFFb\n"]), ["a\u{FFFD}b"]);
    }
}
