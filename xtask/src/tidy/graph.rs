//! Who depends on whom, as plain data.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use cargo_metadata::DependencyKind;

use crate::environment::Environment;
use crate::process;
use crate::tidy::dependencies;
use crate::workspace::Workspace;

/// The workspace's crates, and what the watched ones bring with them.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) members: Vec<Member>,
    /// For each watched member every crate in its tree of normal dependencies, by name.
    pub(crate) trees: BTreeMap<String, BTreeSet<String>>,
}

/// One crate of ours.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// From the workspace's root: `shared/core`.
    pub(crate) folder: String,
    pub(crate) edges: Vec<Edge>,
}

/// A dependency on another crate of ours.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) to: String,
    /// Whether only tests, examples and benches see it.
    pub(crate) dev: bool,
}

/// The graph of the real workspace.
pub(crate) fn of(workspace: &Workspace, environment: &Environment) -> Result<Graph> {
    let mut graph = Graph::default();
    for package in workspace.packages() {
        let edges = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.path.is_some())
            .map(|dependency| Edge {
                to: dependency.name.clone(),
                dev: dependency.kind == DependencyKind::Development,
            })
            .collect();
        let folder = workspace.folder_of(package);
        let name = package.name.to_string();
        if dependencies::is_watched(&folder) {
            let tree = tree_of(&name, workspace, environment)?;
            graph.trees.insert(name.clone(), tree);
        }
        graph.members.push(Member {
            name,
            folder,
            edges,
        });
    }
    Ok(graph)
}

/// Every crate in the tree of normal dependencies of one package built alone.
///
/// Not from `cargo metadata`, whose resolution unifies features over the whole workspace: a feature
/// that only a Lambda asks for would put its crates under the program too.
fn tree_of(
    package: &str,
    workspace: &Workspace,
    environment: &Environment,
) -> Result<BTreeSet<String>> {
    let selection = ["--package", package, "--edges", "normal"];
    let text = printed_tree(&selection, "{p}", workspace, environment)?;
    Ok(names(&text))
}

/// What `cargo tree` prints, a crate a line.
pub(crate) fn printed_tree(
    selection: &[&str],
    format: &str,
    workspace: &Workspace,
    environment: &Environment,
) -> Result<String> {
    let mut command = process::cargo(environment);
    command
        .arg("tree")
        .args(selection)
        .args(["--prefix", "none"])
        .args(["--format", format])
        .current_dir(workspace.root());
    let line = process::shown(&command);
    let output = command
        .output()
        .with_context(|| format!("could not start `{line}`"))?;
    anyhow::ensure!(
        output.status.success(),
        "`{line}` failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The first word of each line.
fn names(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(String::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_as_the_names_in_it() {
        let tree = "pulumi v0.1.0 (somewhere)\ntonic v0.14.9\nhttp v1.5.0 (*)\n\nhttp v1.5.0\n";
        assert_eq!(
            names(tree).into_iter().collect::<Vec<_>>(),
            ["http", "pulumi", "tonic"]
        );
    }
}
