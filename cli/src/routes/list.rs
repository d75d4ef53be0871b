//! The lists in the sources that have an entry for each route.

use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, bail};

use super::change::Change;

/// The comment that the entries stand below.
const HEAD: &str = "// Routes of your own.";

/// Where a list is.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    /// The file.
    pub(super) path: &'static str,
    /// What it is called in errors.
    pub(super) what: &'static str,
}

/// A list as it was read.
pub(super) struct Read {
    list: List,
    text: String,
    indent: String,
    /// The bytes of its entries.
    body: Range<usize>,
}

/// One entry, with the comments above it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) text: String,
    at: Range<usize>,
}

impl Entry {
    /// Whether its first line of code begins so.
    pub(super) fn begins(&self, with: &str) -> bool {
        let mut code = self.text.lines().map(str::trim_start);
        code.find(|line| !is_above(line))
            .is_some_and(|line| line.starts_with(with))
    }

    /// The text behind `name:`.
    pub(super) fn quoted(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!("{name}: \""))?;
        Some(rest.split_once('"')?.0)
    }
}

impl List {
    /// Reads the list.
    pub(super) fn read(self, root: &Path) -> anyhow::Result<Read> {
        let Self { path, what } = self;
        let text = fs::read_to_string(root.join(path)).with_context(|| {
            format!("{path}, which has {what}, cannot be read: is this a Tidegate project?")
        })?;
        let mut heads = text.lines().filter(|line| line.trim() == HEAD);
        let (Some(head), None) = (heads.next(), heads.next()) else {
            bail!("{path} must have the line `{HEAD}` once, at the head of {what}: put it there");
        };
        let indent = head[..head.len() - head.trim_start().len()].to_owned();
        let start = text.find(head).unwrap_or_default() + head.len() + 1;
        let mut end = start;
        let closing = text.get(start..).unwrap_or_default().split_inclusive('\n');
        for line in closing {
            let deeper = line.trim().is_empty() || line.starts_with(&indent);
            if !deeper {
                if !line.trim_start().starts_with('}') {
                    break;
                }
                let body = start..end;
                return Ok(Read {
                    list: self,
                    text,
                    indent,
                    body,
                });
            }
            end += line.len();
        }
        bail!(
            "{path}: {what} below `{HEAD}` does not end with a `}}` on a line of its own: put it there"
        )
    }
}

impl Read {
    /// Its entries: each ends with a comma, where all its brackets are closed.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        let (mut from, mut at, mut depth) = (self.body.start, self.body.start, 0_i32);
        for line in self.text[self.body.clone()].split_inclusive('\n') {
            at += line.len();
            if is_above(line.trim()) {
                continue;
            }
            depth += brackets(line);
            if depth == 0 && line.trim_end().ends_with(',') {
                entries.push(Entry {
                    text: self.text[from..at].to_owned(),
                    at: from..at,
                });
                from = at;
            }
        }
        entries
    }

    /// The file with one more entry, at the end.
    pub(super) fn with(&self, entry: &str) -> Change {
        let line = format!("{}{entry}\n", self.indent);
        let (before, after) = self.text.split_at(self.body.end);
        let text = format!("{before}{line}{after}");
        Change::edit(self.list.path, &self.text, text, line)
    }

    /// The file without the entry that begins so.
    pub(super) fn without(&self, beginning: &str) -> anyhow::Result<Change> {
        let entries = self.entries();
        let mut found = entries.iter().filter(|entry| entry.begins(beginning));
        let (Some(entry), None) = (found.next(), found.next()) else {
            let List { path, what } = self.list;
            bail!("{path} must have `{beginning} …` once in {what}: take the route away by hand");
        };
        let mut text = self.text.clone();
        text.replace_range(entry.at.clone(), "");
        Ok(Change::edit(
            self.list.path,
            &self.text,
            text,
            entry.text.clone(),
        ))
    }
}

/// A comment or an attribute: it belongs to what follows.
fn is_above(line: &str) -> bool {
    line.is_empty() || line.starts_with("//") || line.starts_with("#[")
}

/// How many more brackets a line opens than it closes, but for those in texts and behind `//`.
fn brackets(line: &str) -> i32 {
    let (mut depth, mut text, mut escaped) = (0, false, false);
    let code = line.split("//").next().unwrap_or_default();
    for c in code.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if text => escaped = true,
            '"' => text = !text,
            '(' | '[' | '{' if !text => depth += 1,
            ')' | ']' | '}' if !text => depth -= 1,
            _ => {}
        }
    }
    depth
}
