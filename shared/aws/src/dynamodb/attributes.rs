//! Attributes and how they are read.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use tidegate_core::rights::Rights;

pub(super) type Item = HashMap<String, AttributeValue>;

/// When a token ends, in epoch seconds.
pub(super) const EXPIRES: &str = "exp";
/// When a token was issued, in epoch seconds.
pub(super) const ISSUED: &str = "iat";
/// The groups that a token names: a list, for there is no empty set.
pub(super) const GROUPS: &str = "groups";
/// The API that serves a connection.
pub(super) const ENDPOINT: &str = "api";
/// A user.
pub(super) const USER: &str = "user";
/// A session of that user.
pub(super) const SESSION: &str = "session";
/// A publication's id.
pub(super) const PUBLICATION: &str = "id";
/// When something was, in epoch milliseconds.
pub(super) const AT: &str = "at";
/// A number of things.
pub(super) const COUNT: &str = "n";

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A set of one text, to be added to or taken from one.
pub(super) fn one(value: impl Into<String>) -> AttributeValue {
    AttributeValue::Ss(vec![value.into()])
}

pub(super) fn list(values: &BTreeSet<String>) -> AttributeValue {
    AttributeValue::L(values.iter().map(text).collect())
}

/// The attributes of an item with their names.
pub(super) fn attributes<const N: usize>(of: [(&str, AttributeValue); N]) -> Item {
    of.map(|(name, value)| (name.to_owned(), value)).into()
}

pub(super) fn read_text(item: &Item, name: &str) -> Result<String, String> {
    let value = item.get(name).and_then(|value| value.as_s().ok());
    value
        .cloned()
        .ok_or_else(|| format!("`{name}` is missing or no text"))
}

pub(super) fn read_number(item: &Item, name: &str) -> Result<u64, String> {
    let value = item.get(name).and_then(|value| value.as_n().ok());
    value
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| format!("`{name}` is missing or no whole number"))
}

pub(super) fn read_set<'a>(item: &'a Item, name: &str) -> Result<&'a [String], String> {
    let value = item.get(name).and_then(|value| value.as_ss().ok());
    value
        .map(Vec::as_slice)
        .ok_or_else(|| format!("`{name}` is missing or no set of texts"))
}

/// Reads what a token gave to `user`.
pub(super) fn read_rights(item: &Item, user: String) -> Result<Rights, String> {
    let groups = item.get(GROUPS).and_then(|value| value.as_l().ok());
    let groups: Option<BTreeSet<String>> = groups.and_then(|groups| {
        let texts = groups.iter().map(|group| group.as_s().ok().cloned());
        texts.collect()
    });
    Ok(Rights {
        user,
        groups: groups.ok_or_else(|| format!("`{GROUPS}` is missing or no list of texts"))?,
        issued_at: read_number(item, ISSUED)?,
        expires_at: read_number(item, EXPIRES)?,
    })
}

/// How many write units an item takes: one for each kilobyte, and at least one.
pub(super) fn write_units(item: Option<&Item>) -> f64 {
    let attributes = item.into_iter().flatten();
    let bytes: usize = attributes
        .map(|(name, value)| name.len() + size(value))
        .sum();
    let kilobytes = bytes.div_ceil(1024).max(1);
    f64::from(u32::try_from(kilobytes).unwrap_or(u32::MAX))
}

/// As DynamoDB counts it ("Item sizes and formats" of its guide), of those kinds that stand in our items.
fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + size(value)).sum::<usize>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_takes_a_unit_for_each_kilobyte() {
        let of = |bytes: usize| attributes([("four", text("x".repeat(bytes - 4)))]);
        assert!((write_units(None) - 1.0).abs() < f64::EPSILON);
        for (bytes, units) in [(4, 1.0), (1024, 1.0), (1025, 2.0), (32_768, 32.0)] {
            let taken = write_units(Some(&of(bytes)));
            assert!((taken - units).abs() < f64::EPSILON, "{bytes}: {taken}");
        }
    }
}
