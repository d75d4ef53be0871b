//! The tools that some tests and checks need, and that a machine may lack.

pub(crate) mod pulumi;

use anyhow::{Result, bail};

/// Every name that `TIDEGATE_REQUIRE` may hold.
pub(crate) const KNOWN: [&str; 6] = ["pulumi", "node", "chromium", "java", "python3", "deny"];

/// The tools that must be there: `TIDEGATE_REQUIRE`, checked.
///
/// The tests read the variable themselves; a name that none of them knows would require nothing
/// without anybody noticing, so it is refused here.
pub(crate) fn required(variable: Option<&str>) -> Result<Vec<&'static str>> {
    let names = variable.unwrap_or_default().split(',');
    names
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(known)
        .collect()
}

fn known(name: &str) -> Result<&'static str> {
    if let Some(tool) = KNOWN.iter().find(|tool| **tool == name) {
        return Ok(tool);
    }
    let nearest = KNOWN
        .iter()
        .map(|tool| (strsim::jaro_winkler(name, tool), tool))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|left, right| left.0.total_cmp(&right.0));
    let all = KNOWN.join(", ");
    match nearest {
        Some((_, tool)) => bail!(
            "TIDEGATE_REQUIRE names the unknown tool `{name}`: did you mean `{tool}`? (known: {all})"
        ),
        None => bail!("TIDEGATE_REQUIRE names the unknown tool `{name}` (known: {all})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_required_by_default() {
        assert!(required(None).unwrap().is_empty());
        assert!(required(Some("")).unwrap().is_empty());
    }

    #[test]
    fn names_are_parted_by_commas_and_trimmed() {
        assert_eq!(required(Some("node, deny,")).unwrap(), vec!["node", "deny"]);
    }

    #[test]
    fn a_misspelt_tool_is_refused_with_the_right_spelling() {
        let error = required(Some("node,chromum")).unwrap_err().to_string();
        assert!(error.contains("did you mean `chromium`?"), "{error}");
    }

    #[test]
    fn a_wholly_unknown_tool_is_refused_with_the_known_ones() {
        let error = required(Some("zzz")).unwrap_err().to_string();
        assert!(error.contains("pulumi, node, chromium"), "{error}");
        assert!(!error.contains("did you mean"), "{error}");
    }
}
