//! What the functions may do, and who may have them do it, beside the traps that `traps` looks for.

use pulumi::testing::Deployment;
use serde_json::Value;

use crate::support::{every_plan, input};

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
                assert_eq!(input(permission, "principal"), "apigateway.amazonaws.com");
                input(permission, "sourceArn").as_str().unwrap().to_owned()
            })
            .collect();
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
