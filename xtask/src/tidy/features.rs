//! `cargo run` and `cargo build --workspace` build each dependency once.
//!
//! Cargo gives a dependency the features that the selected packages ask for. `cargo run` selects the CLI, and all else
//! the workspace: where the two differ, a dependency and all that stands on it is built twice, which is minutes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::environment::Environment;
use crate::tidy::Violation;
use crate::tidy::graph::printed_tree;
use crate::workspace::Workspace;

/// The package that `cargo run` runs.
const CLI: &str = "tidegate";
type Features = BTreeMap<String, BTreeSet<String>>;

/// Every dependency of the CLI that has other features in the workspace.
pub(crate) fn violations(
    workspace: &Workspace,
    environment: &Environment,
) -> Result<Vec<Violation>> {
    // Of macros too: what they are built with decides whether they, and all that uses them, are built again.
    let tree = |selection: &[&str]| {
        let selection = [selection, &["--edges", "normal,build"]].concat();
        printed_tree(&selection, "{p}|{f}", workspace, environment)
    };
    let alone = features(&tree(&["--package", CLI])?);
    let together = features(&tree(&["--workspace"])?);
    Ok(differing(&alone, &together))
}

fn differing(alone: &Features, together: &Features) -> Vec<Violation> {
    let lacking = alone.iter().filter_map(|(name, features)| {
        let lacking: Vec<&str> = together
            .get(name)?
            .difference(features)
            .map(String::as_str)
            .collect();
        (!lacking.is_empty()).then(|| (name, lacking.join(", ")))
    });
    lacking
        .map(|(name, lacking)| Violation {
            rule: "cargo run and cargo build --workspace build each dependency once",
            place: "cli/Cargo.toml".to_owned(),
            what: format!("{name} has these features in the workspace only: {lacking}"),
            remedy: "name them in cli/Cargo.toml, where the others are named".to_owned(),
        })
        .collect()
}

/// The features of each crate, by name and version.
fn features(tree: &str) -> Features {
    let mut features = Features::new();
    for line in tree.lines() {
        if let Some((package, listed)) = line.trim_end_matches(" (*)").split_once('|') {
            let name: Vec<&str> = package.split(' ').take(2).collect();
            let listed = listed.split(',').filter(|feature| !feature.is_empty());
            features
                .entry(name.join(" "))
                .or_default()
                .extend(listed.map(str::to_owned));
        }
    }
    features
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_that_only_the_workspace_has_is_found() {
        let alone = features("a v1.0.0|std\nb v1.0.0|\n");
        let together = features("a v1.0.0|std,extra\nb v1.0.0| (*)\nc v1.0.0|x\n");
        let found = differing(&alone, &together);
        assert_eq!(found.len(), 1);
        assert!(found[0].what.contains("a v1.0.0") && found[0].what.contains("extra"));
    }
}
