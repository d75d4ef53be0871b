//! The name that was probably meant.

/// How alike two names must be, from 0 to 1, for one to be taken for the other misspelt.
const ALIKE: f64 = 0.8;

/// The known name that is most like this one, if any is like it.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = letters(name);
    let likeness = |candidate: &str| {
        let candidate = letters(candidate);
        strsim::jaro_winkler(&wanted, &candidate)
            .max(strsim::normalized_damerau_levenshtein(&wanted, &candidate))
    };
    known
        .into_iter()
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        // Among equals the first in the alphabet, so that the answer does not depend on the order of a map.
        .max_by(|(a, x), (b, y)| a.total_cmp(b).then_with(|| y.cmp(x)))
        .map(|(_, candidate)| candidate)
}

/// A name without its style: `hash_key` is `hashKey`.
fn letters(name: &str) -> String {
    name.chars()
        .filter(|letter| !matches!(letter, '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelt_name_is_recognised() {
        let known = ["hashKey", "rangeKey", "billingMode", "tags", "tagsAll"];
        for (name, expected) in [
            ("hash_key", Some("hashKey")),
            ("hashkey", Some("hashKey")),
            ("rangKey", Some("rangeKey")),
            ("biling_mode", Some("billingMode")),
            ("tag", Some("tags")),
            ("streams", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
    }
}
