//! Ids as AWS forms them, made from the resource's URN: the same program gives the same ids in every run, so that a
//! program that is run again finds its resources.

use std::hash::{DefaultHasher, Hash, Hasher};

const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

fn hash(urn: &str, purpose: &str, round: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    (urn, purpose, round).hash(&mut hasher);
    hasher.finish()
}

fn digits(urn: &str, purpose: &str, length: usize, alphabet: &[u8]) -> String {
    let base = alphabet.len() as u64;
    (0..length)
        .map(|round| alphabet.get(usize::try_from(hash(urn, purpose, round) % base).unwrap_or(0)))
        .map(|digit| char::from(digit.copied().unwrap_or(b'0')))
        .collect()
}

/// Lower-case letters and digits.
pub(crate) fn base36(urn: &str, purpose: &str, length: usize) -> String {
    digits(urn, purpose, length, BASE36)
}

/// The name that Pulumi's provider gives a resource whose program names none: the logical name and seven hex digits.
pub(crate) fn auto_name(urn: &str, logical_name: &str) -> String {
    format!("{logical_name}-{}", digits(urn, "name", 7, &BASE36[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_and_differ_by_resource() {
        assert_eq!(base36("urn:a", "api", 10), base36("urn:a", "api", 10));
        assert_ne!(base36("urn:a", "api", 10), base36("urn:b", "api", 10));
        assert_eq!(base36("urn:a", "api", 10).len(), 10);
    }
}
