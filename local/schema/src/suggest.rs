//! The name that was probably meant.

/// How many of the letters must be the same, from 0 to 1, for one name to be taken for the other misspelt.
const ALIKE: f64 = 0.75;

/// The same for names of which the beginning counts more: `memory` is `memorySize`.
const ALIKE_AT_FIRST: f64 = 0.85;

/// The known property that is most like this one, if any is like it.
pub(super) fn property<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = letters(name);
    nearest(known, |candidate| {
        let candidate = letters(candidate);
        let all = strsim::normalized_damerau_levenshtein(&wanted, &candidate);
        let first = strsim::jaro_winkler(&wanted, &candidate);
        (all >= ALIKE || first >= ALIKE_AT_FIRST).then_some(all.max(first))
    })
}

/// The known type that is most like this one, if any is like it.
pub(super) fn type_token<'a>(
    token: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = short(token);
    nearest(known, |candidate| {
        let alike = strsim::normalized_damerau_levenshtein(&wanted, &short(candidate));
        (alike >= ALIKE).then_some(alike)
    })
}

fn nearest<'a>(
    known: impl IntoIterator<Item = &'a str>,
    likeness: impl Fn(&str) -> Option<f64>,
) -> Option<&'a str> {
    known
        .into_iter()
        .filter_map(|candidate| Some((likeness(candidate)?, candidate)))
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

/// A type as people write it: `aws:dynamodb/table:Table` is `aws:dynamodb:Table`.
fn short(token: &str) -> String {
    let parts = token.split(':');
    let parts: Vec<_> = parts.map(|p| p.split('/').next().unwrap_or(p)).collect();
    letters(&parts.join(":"))
}

#[cfg(test)]
mod tests {
    use super::{property, type_token};

    #[test]
    fn a_misspelt_property_is_recognised() {
        let known = [
            "hashKey",
            "rangeKey",
            "billingMode",
            "tags",
            "tagsAll",
            "memorySize",
        ];
        for (name, expected) in [
            ("hash_key", Some("hashKey")),
            ("hashkey", Some("hashKey")),
            ("rangKey", Some("rangeKey")),
            ("biling_mode", Some("billingMode")),
            ("tag", Some("tags")),
            ("memory", Some("memorySize")),
            ("streams", None),
            ("key", None),
        ] {
            assert_eq!(property(name, known), expected, "{name}");
        }
    }

    #[test]
    fn a_misspelt_type_is_recognised() {
        let known = [
            "aws:dynamodb/table:Table",
            "aws:sns/topic:Topic",
            "aws:sqs/queue:Queue",
        ];
        for (token, expected) in [
            ("aws:dynamodb:Table", Some("aws:dynamodb/table:Table")),
            (
                "aws:dynamodb/tables:Tables",
                Some("aws:dynamodb/table:Table"),
            ),
            ("aws:sns:topic", Some("aws:sns/topic:Topic")),
            ("aws:rds/cluster:Cluster", None),
            ("aws:nothing", None),
        ] {
            assert_eq!(type_token(token, known), expected, "{token}");
        }
    }
}
