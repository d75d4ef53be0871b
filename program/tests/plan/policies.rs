//! What the functions may do, and who may have them do it, beside the traps that `traps` looks for.

use std::collections::BTreeSet;

use pulumi::testing::Deployment;
use serde_json::Value;

use crate::support::{every_plan, input, is_own};

fn statements(deployment: &Deployment) -> Vec<(String, Value)> {
    let policies = deployment.of_type("aws:iam/rolePolicy:RolePolicy");
    let statements = policies.flat_map(|policy| {
        let document = input(policy, "policy");
        let document: Value = serde_json::from_str(document.as_str().unwrap()).unwrap();
        let statements = document["Statement"].as_array().unwrap().clone();
        statements.into_iter().map(|it| (policy.name.clone(), it))
    });
    statements.collect()
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().unwrap().iter();
    items
        .map(|item| item.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_function_writes_to_its_own_log_and_to_no_other() {
    every_plan(|deployment| {
        for (policy, statement) in statements(deployment) {
            if !texts(&statement["Action"]).contains(&"logs:PutLogEvents".to_owned()) {
                continue;
            }
            let own = format!(":log-group:{policy}:*");
            for resource in texts(&statement["Resource"]) {
                assert!(resource.ends_with(&own), "{policy} writes to {resource}");
            }
        }
    });
}

#[test]
fn a_function_is_invoked_by_its_own_route_and_by_nothing_else() {
    every_plan(|deployment| {
        let permissions = deployment.of_type("aws:lambda/permission:Permission");
        let mut sources: Vec<String> = permissions
            .map(|permission| {
                let source = input(permission, "sourceArn").as_str().unwrap().to_owned();
                let service = match source.split(':').nth(2) {
                    Some("events") => "events.amazonaws.com",
                    _ => "apigateway.amazonaws.com",
                };
                assert_eq!(input(permission, "principal"), service);
                source
            })
            .collect();
        let all = sources.len();
        sources.sort();
        sources.dedup();
        assert_eq!(sources.len(), all, "each is for one route or rule");
    });
}

#[test]
fn a_function_is_there_only_once_it_may_do_its_work() {
    every_plan(|deployment| {
        for function in deployment.of_type("aws:lambda/function:Function") {
            let policies = deployment.of_type("aws:iam/rolePolicy:RolePolicy");
            let mut own = policies.filter(|policy| policy.name == function.name);
            assert!(own.any(|policy| function.dependencies.contains(&policy.urn)));
        }
    });
}

/// What a function may do with the table, and with connections.
type Rights = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const ALL: &[&str] = &["DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"];

const RIGHTS: [Rights; 9] = [
    ("api", &["GetItem", "PutItem"], &[]),
    ("authorizer", &["DeleteItem"], &[]),
    ("connect", ALL, &["DELETE", "GET", "POST"]),
    ("disconnect", &["DeleteItem", "UpdateItem"], &[]),
    (
        "fanout",
        &["DeleteItem", "GetItem", "Query", "UpdateItem"],
        &["DELETE", "POST"],
    ),
    (
        "inlet",
        &["DeleteItem", "PutItem", "Query", "UpdateItem"],
        &["DELETE", "POST"],
    ),
    ("message", ALL, &["DELETE", "POST"]),
    ("server", ALL, &["DELETE", "POST"]),
    ("sweep", ALL, &["GET"]),
];

/// What every function behind a route of one's own may do at the least.
const OWN: Rights = ("own", &["GetItem"], &["DELETE", "POST"]);

#[test]
fn a_function_may_do_what_it_does_with_the_table_and_with_connections_and_no_more() {
    every_plan(|deployment| {
        let statements = statements(deployment);
        let functions = deployment.of_type("aws:lambda/function:Function");
        for function in functions {
            let own = statements.iter().filter(|(of, _)| *of == function.name);
            let (mut table, mut methods) = (BTreeSet::new(), BTreeSet::new());
            for (_, statement) in own {
                let resources = texts(&statement["Resource"]);
                for action in texts(&statement["Action"]) {
                    if let Some(action) = action.strip_prefix("dynamodb:") {
                        assert!(resources.iter().all(|it| it.ends_with(":table/registry")));
                        table.insert(action.to_owned());
                    } else if action == "execute-api:ManageConnections" {
                        // ARN/STAGE/METHOD/@connections/*
                        methods.extend(resources.iter().map(|resource| {
                            let mut parts = resource.rsplit('/');
                            parts.nth(2).unwrap().to_owned()
                        }));
                    }
                }
            }
            let set = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
            let name = &function.name;
            if is_own(name) {
                let (_, may_table, may_methods) = OWN;
                assert!(table.is_superset(&set(may_table)), "{name}: {table:?}");
                assert!(
                    methods.is_superset(&set(may_methods)),
                    "{name}: {methods:?}"
                );
                continue;
            }
            let rights = RIGHTS.iter().find(|(of, ..)| of == name);
            let (_, may_table, may_methods) = rights.unwrap();
            assert_eq!(table, set(may_table), "{name}");
            assert_eq!(methods, set(may_methods), "{name}");
        }
    });
}
