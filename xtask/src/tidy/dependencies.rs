//! Who may know whom.
//!
//! Normal and build dependencies follow the table below. Development dependencies may go anywhere
//! (a test may start more than the code may know) with three exceptions: `sdk` stays alone, as it
//! could be published; the program and the Lambdas never meet; and no development dependency closes
//! a circle with the others.

use std::collections::BTreeSet;

use crate::tidy::Violation;
use crate::tidy::graph::{Edge, Graph, Member};

const WHO_MAY_KNOW_WHOM: &str = "who may know whom";
const NOTHING_OF_IT_BELOW: &str = "what must not be below a crate";
const NO_CIRCLES: &str = "no circles through development dependencies";

/// A folder, and the folders that its crates may depend on.
const MAY_KNOW: [(&str, &[&str]); 10] = [
    ("build", &["shared/contract"]),
    (
        "program",
        &[
            "shared/contract",
            "shared/core",
            "shared/protocol",
            "shared/plan",
            "sdk",
        ],
    ),
    ("lambdas", &["shared"]),
    ("shared", &["shared"]),
    ("sdk", &["sdk"]),
    ("local", &["shared", "sdk", "local", "build"]),
    (
        "clients",
        &["shared/protocol", "shared/server-api", "clients"],
    ),
    ("cli", &["local", "shared", "clients", "build"]),
    // The generator of the SDK's bindings is run by `cargo xtask generate`, the builder by `cargo xtask reproducible`.
    ("xtask", &["sdk", "build", "shared/contract"]),
    (
        "tests",
        &[
            "build", "program", "lambdas", "shared", "sdk", "local", "clients", "cli", "xtask",
            "tests",
        ],
    ),
];

/// Pairs that do not meet even in tests.
const NEVER: [(&str, &str); 2] = [("program", "lambdas"), ("lambdas", "program")];

/// A folder, and what must be nowhere in its crate's tree of normal dependencies, and why.
/// A name ending in `*` stands for all that begin so.
const NOT_BELOW: [(&str, &[&str], &str); 4] = [
    (
        "program",
        &["aws-*", "aws_*", "lambda_runtime"],
        "the program is built on every preview, and the AWS SDKs are minutes of that",
    ),
    (
        "shared/core",
        PURE,
        "time, randomness and IO come in as values",
    ),
    (
        "shared/contract",
        PURE,
        "both the program and the Lambdas build it",
    ),
    (
        "shared/plan",
        PURE,
        "it judges what it is handed, and the program's tests build it",
    ),
];

const PURE: &[&str] = &[
    "tokio", "tokio-*", "hyper", "hyper-*", "http", "http-*", "h2", "tonic", "tonic-*", "reqwest",
    "aws-*", "aws_*",
];

/// Whether a crate's whole tree is needed for the rules.
pub(crate) fn is_watched(folder: &str) -> bool {
    NOT_BELOW.iter().any(|(watched, ..)| *watched == folder)
}

/// Everything in the graph that must not be.
pub(crate) fn violations(graph: &Graph) -> Vec<Violation> {
    let mut found = Vec::new();
    for member in &graph.members {
        for edge in &member.edges {
            found.extend(forbidden_edge(graph, member, edge));
        }
        found.extend(forbidden_below(graph, member));
        found.extend(circle(graph, member));
    }
    found
}

fn forbidden_edge(graph: &Graph, from: &Member, edge: &Edge) -> Option<Violation> {
    let to = graph.members.iter().find(|member| member.name == edge.to)?;
    let known = MAY_KNOW
        .iter()
        .find(|(folder, _)| is_in(&from.folder, folder));
    let Some((_, allowed)) = known else {
        return Some(Violation {
            rule: WHO_MAY_KNOW_WHOM,
            place: from.folder.clone(),
            what: "stands in a folder that no rule speaks of".into(),
            remedy: "move it, or decide whom it may know in xtask/src/tidy/dependencies.rs".into(),
        });
    };
    let never = NEVER
        .iter()
        .any(|(one, other)| is_in(&from.folder, one) && is_in(&to.folder, other));
    let loose = edge.dev && !never && !is_in(&from.folder, "sdk");
    if loose || allowed.iter().any(|folder| is_in(&to.folder, folder)) {
        return None;
    }
    Some(Violation {
        rule: WHO_MAY_KNOW_WHOM,
        place: format!("{}/Cargo.toml", from.folder),
        what: format!(
            "{} may not depend on {} ({})",
            from.name, to.name, to.folder
        ),
        remedy: format!(
            "take what both need into one of: {}; or pass it in as a value",
            allowed.join(", ")
        ),
    })
}

fn forbidden_below(graph: &Graph, member: &Member) -> Vec<Violation> {
    let Some(tree) = graph.trees.get(&member.name) else {
        return Vec::new();
    };
    let rules = NOT_BELOW
        .iter()
        .filter(|(folder, ..)| *folder == member.folder);
    rules
        .flat_map(|(_, forbidden, why)| {
            let breaches = tree
                .iter()
                .filter(|name| forbidden.iter().any(|pattern| matches(pattern, name)));
            breaches.map(move |name| Violation {
                rule: NOTHING_OF_IT_BELOW,
                place: format!("{}/Cargo.toml", member.folder),
                what: format!("{name} is in the tree of {}: {why}", member.name),
                remedy: format!(
                    "`cargo tree -p {} -e normal -i {name}` shows the way it came in",
                    member.name
                ),
            })
        })
        .collect()
}

/// A circle through this member that a development dependency of its own closes.
fn circle(graph: &Graph, start: &Member) -> Option<Violation> {
    let closing = start
        .edges
        .iter()
        .filter(|edge| edge.dev && edge.to != start.name)
        .find(|edge| reaches(graph, &edge.to, &start.name))?;
    Some(Violation {
        rule: NO_CIRCLES,
        place: format!("{}/Cargo.toml", start.folder),
        what: format!(
            "{} tests with {}, which itself depends on it",
            start.name, closing.to
        ),
        remedy: "move the test to a crate in tests/".into(),
    })
}

fn reaches(graph: &Graph, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if !seen.insert(name) {
            continue;
        }
        let member = graph.members.iter().find(|member| member.name == name);
        let edges = member.map(|member| member.edges.as_slice());
        open.extend(
            edges
                .unwrap_or_default()
                .iter()
                .map(|edge| edge.to.as_str()),
        );
    }
    false
}

fn is_in(folder: &str, parent: &str) -> bool {
    folder
        .strip_prefix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Crates named by their folder, and `from -> to` or (development) `from ~> to`.
    fn graph(edges: &[&str]) -> Graph {
        let mut graph = Graph::default();
        let member = |graph: &mut Graph, folder: &str| {
            if !graph.members.iter().any(|known| known.folder == folder) {
                graph.members.push(Member {
                    name: folder.into(),
                    folder: folder.into(),
                    edges: Vec::new(),
                });
            }
        };
        for line in edges {
            let parts: Vec<_> = line.split(' ').collect();
            let [from, arrow, to] = parts[..] else {
                panic!("not an edge: {line}")
            };
            member(&mut graph, from);
            member(&mut graph, to);
            for known in &mut graph.members {
                if known.folder == from {
                    known.edges.push(Edge {
                        to: to.into(),
                        dev: arrow == "~>",
                    });
                }
            }
        }
        graph
    }

    fn found(edges: &[&str]) -> Vec<String> {
        let violations = violations(&graph(edges));
        violations.into_iter().map(|found| found.what).collect()
    }

    #[track_caller]
    fn refused(edge: &str) {
        assert_eq!(found(&[edge]).len(), 1, "{edge} should be refused");
    }

    #[test]
    fn the_arrows_of_the_design_are_allowed() {
        let edges = [
            "program -> shared/contract",
            "program -> shared/core",
            "program -> shared/plan",
            "program -> sdk/pulumi",
            "lambdas/message -> shared/aws",
            "shared/aws -> shared/core",
            "sdk/pulumi-aws -> sdk/pulumi",
            "local/engine -> sdk/pulumi-codegen",
            "local/runtime -> local/engine",
            "cli -> local/runtime",
            "cli -> clients/rust",
            "clients/rust -> shared/protocol",
            "clients/server -> shared/server-api",
            "xtask -> sdk/pulumi-codegen",
            "tests/e2e -> cli",
            "tests/e2e -> lambdas/message",
        ];
        assert_eq!(found(&edges), Vec::<String>::new());
    }

    #[test]
    fn the_program_may_know_only_the_contract_the_domain_and_the_sdk() {
        for adapter in ["aws", "tokens", "lambda"] {
            refused(&format!("program -> shared/{adapter}"));
        }
        refused("program -> local/cloud");
    }

    #[test]
    fn production_code_may_not_point_upwards() {
        refused("shared/core -> lambdas/message");
        refused("local/engine -> cli");
        refused("lambdas/message -> lambdas/connect");
        refused("lambdas/message -> local/cloud");
        refused("xtask -> local/cloud");
        refused("cli -> sdk/pulumi");
    }

    #[test]
    fn the_sdk_knows_nothing_of_tidegate_even_in_its_tests() {
        refused("sdk/pulumi -> shared/contract");
        refused("sdk/pulumi ~> shared/contract");
    }

    #[test]
    fn the_program_and_the_lambdas_do_not_meet_even_in_tests() {
        refused("program ~> lambdas/message");
        refused("lambdas/message ~> program");
    }

    #[test]
    fn tests_may_know_more_than_the_code_they_test() {
        assert!(found(&["program ~> local/engine"]).is_empty());
        assert!(found(&["shared/aws ~> tests/support"]).is_empty());
    }

    #[test]
    fn a_development_dependency_may_not_close_a_circle() {
        assert_eq!(
            found(&["shared/aws ~> local/cloud", "local/cloud -> shared/aws"]),
            ["shared/aws tests with local/cloud, which itself depends on it"]
        );
    }

    #[test]
    fn a_folder_that_no_rule_speaks_of_is_refused() {
        refused("tools -> shared/core");
    }

    #[test]
    fn a_folder_is_not_in_another_that_it_only_begins_like() {
        assert!(is_in("shared/core", "shared"));
        assert!(!is_in("sharedness", "shared"));
        assert!(!is_in("shared/core-aws", "shared/core"));
    }

    fn below(folder: &str, crates: &[&str]) -> Vec<String> {
        let mut graph = graph(&[&format!("{folder} ~> {folder}")]);
        graph.trees.insert(
            folder.into(),
            crates.iter().map(|name| (*name).into()).collect(),
        );
        let violations = violations(&graph);
        violations.into_iter().map(|found| found.what).collect()
    }

    #[test]
    fn no_aws_sdk_is_below_the_program() {
        assert_eq!(
            below("program", &["aws-lc-sys", "aws-sdk-dynamodb"]).len(),
            2
        );
        assert!(below("program", &["pulumi-aws", "tonic", "tokio"]).is_empty());
    }

    #[test]
    fn nothing_that_does_io_is_below_the_core_the_contract_and_the_plan() {
        for folder in ["shared/core", "shared/contract", "shared/plan"] {
            assert_eq!(below(folder, &["http", "tokio-util", "serde"]).len(), 2);
        }
        assert!(below("shared/aws", &["tokio", "aws-sdk-dynamodb"]).is_empty());
    }
}
