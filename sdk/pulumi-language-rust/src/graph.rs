//! What a program depends on.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, Package, PackageId};

/// The packages that a program is made of, but for itself: those that it names, or all of them.
///
/// What only its tests use is not part of it.
pub(crate) fn dependencies<'a>(
    metadata: &'a Metadata,
    program: &PackageId,
    transitive: bool,
) -> Vec<&'a Package> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let nodes: BTreeMap<_, _> = nodes.map(|node| (&node.id, node)).collect();
    let mut found = BTreeSet::new();
    let mut open = vec![program];
    while let Some(id) = open.pop() {
        let edges = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        let used = edges.filter(|edge| {
            let mut kinds = edge.dep_kinds.iter();
            kinds.any(|kind| kind.kind != DependencyKind::Development)
        });
        for edge in used {
            if edge.pkg != *program && found.insert(&edge.pkg) && transitive {
                open.push(&edge.pkg);
            }
        }
    }
    let packages = metadata.packages.iter();
    let mut packages: Vec<_> = packages
        .filter(|package| found.contains(&package.id))
        .collect();
    packages.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    packages
}
