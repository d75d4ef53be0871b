//! The version of Pulumi that the engine stands in for, and the ranges that programs ask for.

/// The version of the CLI whose behaviour this engine follows.
pub(crate) const PULUMI_VERSION: [u64; 3] = [3, 260, 0];

/// Whether the version is in a range such as `>=3.200.0 <4.0.0 || !3.1.2`; `None` if that is no range.
pub(crate) fn matches(range: &str, version: [u64; 3]) -> Option<bool> {
    let mut any = false;
    for alternative in range.split("||") {
        let mut comparisons = 0;
        let mut all = true;
        for comparison in alternative.split_whitespace() {
            all &= compares(comparison, version)?;
            comparisons += 1;
        }
        if comparisons == 0 {
            return None;
        }
        any |= all;
    }
    Some(any)
}

fn compares(comparison: &str, version: [u64; 3]) -> Option<bool> {
    let digits = comparison.find(|c: char| c.is_ascii_digit())?;
    let (operator, wanted) = comparison.split_at(digits);
    let wanted = parse(wanted)?;
    match operator {
        "" | "=" | "==" => Some(version == wanted),
        "!" | "!=" => Some(version != wanted),
        ">" => Some(version > wanted),
        ">=" => Some(version >= wanted),
        "<" => Some(version < wanted),
        "<=" => Some(version <= wanted),
        _ => None,
    }
}

/// A whole version: missing parts and `x` are not ranges that we would guess the meaning of.
fn parse(text: &str) -> Option<[u64; 3]> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    let version = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(version)
}

pub(crate) fn display(version: [u64; 3]) -> String {
    version.map(|part| part.to_string()).join(".")
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_range_is_read_as_the_engine_reads_it() {
        let check = |range| matches(range, [3, 260, 0]);
        for range in [
            ">=3.200.0",
            ">=3.0.0 <4.0.0",
            "<3.0.0 || >3.1.0",
            "!3.1.2",
            "3.260.0",
            "=3.260.0",
        ] {
            assert_eq!(check(range), Some(true), "{range}");
        }
        for range in [">3.260.0", ">=3.5.0 !=3.260.0", "<3.0.0 || >4.0.0"] {
            assert_eq!(check(range), Some(false), "{range}");
        }
        for range in ["", "latest", "~3.1.0", ">=3", "3.x", ">=3.0.0 ||"] {
            assert_eq!(check(range), None, "{range}");
        }
    }
}
