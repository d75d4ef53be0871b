//! The pages of `docs/`, for tests: what is fenced in them, and the tables in them that are generated.
//!
//! Tests beside the code that an example is about read it here: the program's hold the configuration to its types, the
//! CLI's the commands to its arguments. The tests of `tests/docs` see that no example is of a kind that nobody reads.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "only tests call this, and a failure here is theirs"
)]

use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
/// Set by `cargo xtask generate`: write instead of comparing.
const WRITE: &str = "TIDEGATE_GENERATE";

/// The pages of which every example is held to the code.
pub const HELD: [&str; 6] = [
    "compare.md",
    "limits.md",
    "load.md",
    "publishing.md",
    "reconnects.md",
    "semantics.md",
];

/// What stands between two fences of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The page's file name.
    pub page: String,
    /// The line of the first fence, from 1.
    pub line: usize,
    /// What follows the first fence: the language, and perhaps more words.
    pub info: String,
    /// The lines between.
    pub text: String,
}

impl Block {
    /// The first word after the fence.
    #[must_use]
    pub fn language(&self) -> &str {
        self.info.split(' ').next().unwrap_or_default()
    }

    /// What follows the first word.
    #[must_use]
    pub fn about(&self) -> &str {
        self.info.split_once(' ').map_or("", |(_, rest)| rest)
    }

    /// Where it is, for a test's message.
    #[must_use]
    pub fn place(&self) -> String {
        format!("docs/{}:{}", self.page, self.line)
    }
}

/// Every fenced block of the pages that are held to the code.
#[must_use]
pub fn blocks() -> Vec<Block> {
    let pages = HELD.iter().map(|page| Path::new(FOLDER).join(page));
    pages.flat_map(|page| blocks_of(&page)).collect()
}

/// Those of a language.
///
/// # Panics
/// When there are none: then whoever tests them tests nothing.
#[must_use]
pub fn blocks_in(language: &str) -> Vec<Block> {
    let mut blocks = blocks();
    blocks.retain(|block| block.language() == language);
    assert!(!blocks.is_empty(), "no page has `{language}` in it");
    blocks
}

fn blocks_of(path: &Path) -> Vec<Block> {
    let page = path.file_name().unwrap().to_string_lossy().into_owned();
    parse(&page, &std::fs::read_to_string(path).unwrap())
}

fn parse(page: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        let fence = line.strip_prefix("```");
        match (fence, open.take()) {
            (Some(info), None) => {
                open = Some(Block {
                    page: page.to_owned(),
                    line: index + 1,
                    info: info.trim().to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some(block)) => blocks.push(block),
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(
        open.is_none(),
        "docs/{page}: a fence is not closed: {open:?}"
    );
    blocks
}

/// Compares a generated part of a page with what it would be now: what stands between `<!-- generated: NAME … -->` and
/// `<!-- end: NAME -->`. Told to, it writes it.
///
/// # Panics
/// When it differs, or the page has no such part.
#[expect(
    clippy::disallowed_methods,
    reason = "a test that is told whether to write"
)]
pub fn committed(page: &str, name: &str, text: &str) {
    let path = Path::new(FOLDER).join(page);
    let whole = std::fs::read_to_string(&path).unwrap();
    let (start, end) = part(&whole, name).unwrap_or_else(|| {
        panic!(
            "docs/{page} has no part between <!-- generated: {name} --> and <!-- end: {name} -->"
        )
    });
    let wanted = format!("\n{}\n\n", text.trim());
    if std::env::var_os(WRITE).is_some() {
        let new = format!("{}{wanted}{}", &whole[..start], &whole[end..]);
        std::fs::write(&path, new).unwrap();
        return;
    }
    let committed = &whole[start..end];
    let mut lines = committed.lines().zip(wanted.lines());
    let first = lines.find(|(old, new)| old != new);
    assert!(
        committed == wanted,
        "docs/{page}: the part {name} is not what would be generated: run `cargo xtask generate` and look at what differs\n\
         first: {first:?}"
    );
}

/// From where to where the part reaches: between the lines of its marks.
fn part(page: &str, name: &str) -> Option<(usize, usize)> {
    let opening = page.find(&format!("<!-- generated: {name} "))?;
    let start = opening + page[opening..].find("-->\n")? + "-->\n".len();
    let end = start + page[start..].find(&format!("<!-- end: {name} -->"))?;
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_with_their_language_and_line() {
        let page = "a\n```json server\n{}\n```\nb\n```\nplain\n```\n";
        let blocks = parse("p.md", page);
        assert_eq!(blocks.len(), 2);
        assert_eq!(
            (blocks[0].language(), blocks[0].about()),
            ("json", "server")
        );
        assert_eq!((&*blocks[0].text, blocks[0].line), ("{}\n", 2));
        assert_eq!(blocks[1].language(), "");
        assert_eq!(blocks[1].place(), "docs/p.md:6");
    }

    #[test]
    fn a_generated_part_is_what_is_between_its_marks() {
        let page = "x\n<!-- generated: t by y -->\nold\n<!-- end: t -->\nz";
        let (start, end) = part(page, "t").unwrap();
        assert_eq!(&page[start..end], "old\n");
        assert_eq!(part(page, "u"), None);
    }
}
