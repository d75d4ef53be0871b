//! What must not go by accident.

use serde_json::json;

use crate::support::{input, run};

const TABLE: &str = "aws:dynamodb/table:Table";
const USER_POOL: &str = "aws:cognito/userPool:UserPool";

#[test]
fn what_is_protected_is_so_in_aws_and_in_the_stack() {
    let config = [
        (
            "registry",
            r#"{"pointInTimeRecovery": true, "deletionProtection": true}"#,
        ),
        ("identity", r#"{"deletionProtection": true}"#),
        ("gateway", r#"{"deletionProtection": true}"#),
    ];
    let deployment = run(&config.into()).unwrap();
    let table = deployment.of_type(TABLE).next().unwrap();
    assert_eq!(input(table, "deletionProtectionEnabled"), true);
    assert_eq!(
        input(table, "pointInTimeRecovery"),
        json!({"enabled": true})
    );
    assert_eq!(table.protect, Some(true));
    let pool = deployment.of_type(USER_POOL).next().unwrap();
    assert_eq!(input(pool, "deletionProtection"), "ACTIVE");
    assert_eq!(pool.protect, Some(true));
    // It needs the table and the functions, which stay as long as it does.
    let stage = deployment
        .of_type("aws:apigatewayv2/stage:Stage")
        .next()
        .unwrap();
    assert_eq!(stage.protect, Some(true));
}

#[test]
fn a_small_stack_can_be_destroyed() {
    let deployment = run(&[].into()).unwrap();
    for resource in &deployment.resources {
        assert_ne!(resource.protect, Some(true), "{}", resource.urn);
    }
    let table = deployment.of_type(TABLE).next().unwrap();
    assert_eq!(input(table, "deletionProtectionEnabled"), false);
}
