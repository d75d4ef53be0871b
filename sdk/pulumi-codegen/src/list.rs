//! The list of the resources that are wanted.

use crate::Error;

/// A line of the list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) token: String,
    pub(crate) line: usize,
    /// Properties that are left out: those whose types would be most of what is generated.
    pub(crate) without: Vec<String>,
}

pub(crate) fn parse(text: &str) -> Result<Vec<Entry>, Error> {
    let mut entries: Vec<Entry> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let entry = line.split('#').next().unwrap_or_default().trim();
        if entry.is_empty() {
            continue;
        }
        let line = index + 1;
        let (token, without) = entry.split_once(" without ").unwrap_or((entry, ""));
        let token = token.trim_end();
        if entries.iter().any(|entry| entry.token == token) {
            let token = token.to_owned();
            return Err(Error::DuplicateResource { token, line });
        }
        entries.push(Entry {
            token: token.to_owned(),
            line,
            without: without.split_whitespace().map(str::to_owned).collect(),
        });
    }
    Ok(entries)
}
