//! `tidegate:tags`.

use std::collections::BTreeMap;

use super::SettingsError;
use super::range::ensure;

/// What every service takes as a tag, and cost reports too.
pub(super) fn check(tags: &BTreeMap<String, String>) -> Result<(), SettingsError> {
    let right = |text: &str, longest: usize| {
        let plain =
            |character: char| character.is_alphanumeric() || " +-=._:/@".contains(character);
        text.chars().count() <= longest && text.chars().all(plain)
    };
    for (key, value) in tags {
        let reserved = ["aws:", "tidegate:"].iter().any(|it| key.starts_with(it));
        ensure(
            !key.is_empty() && !reserved && right(key, 128) && right(value, 256),
            "tags",
            format!("{key}: {value}"),
            "a key of 1 to 128 and a value of up to 256 letters, digits, spaces or `+-=._:/@`, and no key may begin with `aws:` or `tidegate:`",
        )?;
    }
    ensure(
        tags.len() <= 40,
        "tags",
        tags.len(),
        "at most 40: AWS takes 50, some of which are ours",
    )
}
