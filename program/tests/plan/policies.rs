//! What the functions may do, and who may have them do it: no more than each needs.

use pulumi::testing::Deployment;
use serde_json::Value;

use crate::support::{every_plan, input};

/// The patterns that AWS itself asks for, and why.
const PATTERNS: [(&str, &str); 2] = [
    ("logs:", ":*"), // the streams of a log group, whose names Lambda makes
    ("execute-api:", "/@connections/*"), // connections, whose ids nobody knows beforehand
];

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
fn no_policy_allows_an_action_by_a_pattern() {
    every_plan(|deployment| {
        let statements = statements(deployment);
        assert!(statements.len() >= 8, "{}", statements.len());
        for (policy, statement) in statements {
            for action in texts(&statement["Action"]) {
                assert!(!action.contains(['*', '?']), "{policy} allows {action}");
            }
        }
    });
}

#[test]
fn no_policy_reaches_beyond_the_stack() {
    every_plan(|deployment| {
        for (policy, statement) in statements(deployment) {
            let actions = texts(&statement["Action"]);
            // X-Ray has no resources that these could be limited to.
            if actions.iter().all(|action| action.starts_with("xray:")) {
                continue;
            }
            for resource in texts(&statement["Resource"]) {
                let pattern = PATTERNS
                    .iter()
                    .find(|(service, _)| actions.iter().all(|action| action.starts_with(service)));
                let rest = pattern.and_then(|(_, pattern)| resource.strip_suffix(pattern));
                let rest = rest.unwrap_or(&resource);
                assert!(!rest.contains(['*', '?']), "{policy} reaches {resource}");
                assert!(rest.starts_with("arn:aws:"), "{policy} reaches {resource}");
            }
        }
    });
}

#[test]
fn a_function_writes_to_its_own_log_and_to_no_other() {
    every_plan(|deployment| {
        for (policy, statement) in statements(deployment) {
            if !texts(&statement["Action"]).contains(&"logs:PutLogEvents".to_owned()) {
                continue;
            }
            let own = format!(":loggroup/{policy}:*");
            for resource in texts(&statement["Resource"]) {
                assert!(resource.ends_with(&own), "{policy} writes to {resource}");
            }
        }
    });
}

#[test]
fn every_log_group_forgets_or_it_costs_for_ever() {
    every_plan(|deployment| {
        let groups = deployment.of_type("aws:cloudwatch/logGroup:LogGroup");
        let functions = deployment.of_type("aws:lambda/function:Function");
        for group in groups {
            let days = input(group, "retentionInDays").as_i64().unwrap_or_default();
            assert!(days > 0, "{}", group.name);
        }
        for function in functions {
            // Otherwise Lambda makes a group of its own, which nothing ever empties.
            let group = &input(function, "loggingConfig")["logGroup"];
            assert_eq!(*group, format!("{}-1234567", function.name));
        }
    });
}

#[test]
fn a_function_is_invoked_by_its_own_route_and_by_nothing_else() {
    every_plan(|deployment| {
        let permissions = deployment.of_type("aws:lambda/permission:Permission");
        let mut sources: Vec<String> = permissions
            .map(|permission| {
                assert_eq!(input(permission, "principal"), "apigateway.amazonaws.com");
                input(permission, "sourceArn").as_str().unwrap().to_owned()
            })
            .collect();
        for source in &sources {
            assert!(
                !source.contains('*'),
                "any route of any stage could be {source}"
            );
        }
        let all = sources.len();
        sources.sort();
        sources.dedup();
        assert_eq!(sources.len(), all, "each is for one route");
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
