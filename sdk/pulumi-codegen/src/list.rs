//! The list of the resources that are wanted.

use crate::Error;

/// A line of the list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) token: String,
    pub(crate) line: usize,
}

pub(crate) fn parse(text: &str) -> Result<Vec<Entry>, Error> {
    let mut entries: Vec<Entry> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let token = line.split('#').next().unwrap_or_default().trim();
        if token.is_empty() {
            continue;
        }
        let line = index + 1;
        if entries.iter().any(|entry| entry.token == token) {
            let token = token.to_owned();
            return Err(Error::DuplicateResource { token, line });
        }
        entries.push(Entry {
            token: token.to_owned(),
            line,
        });
    }
    Ok(entries)
}
