//! What a resource's inputs must be. Each shape has its case beside the check; these are of the provider's schema.

use pulumi::PropertyValue;
use tonic::Code;

use crate::support::{
    Object, Program, fields, number, object, resource, secret, table_inputs, text,
};

const STAGE: &str = "aws:apigatewayv2/stage:Stage";
const TABLE: &str = "aws:dynamodb/table:Table";

async fn check(type_token: &str, inputs: Object, expected: &[&str]) {
    let program = Program::new().await;
    let (code, message) = program.refused(resource(type_token, "a", &inputs)).await;
    assert_eq!(code, Code::InvalidArgument);
    let mut lines = message.lines();
    assert_eq!(
        lines.next(),
        Some(&*format!(
            "{type_token} `a` does not fit the schema of the aws provider 7.48.0:"
        ))
    );
    let problems: Vec<_> = lines
        .map(|line| line.strip_prefix("  - ").unwrap())
        .collect();
    assert_eq!(problems, expected);
}

#[tokio::test]
async fn a_misspelt_property_is_recognised() {
    let mut inputs = table_inputs();
    let key = inputs.remove("hashKey").unwrap();
    inputs.insert("hash_key".to_owned(), key);
    check(
        TABLE,
        inputs,
        &["`hash_key`: there is no such property; did you mean `hashKey`?"],
    )
    .await;
}

#[tokio::test]
async fn a_nested_property_is_told_by_its_path() {
    let settings = fields([("throttlingRateLimit", text("100"))]);
    let route = fields([
        ("routeKey", text("ping")),
        ("throttlingBurstLimit", number(1.5)),
    ]);
    let inputs = object([
        ("apiId", text("abc")),
        ("defaultRouteSettings", settings),
        ("routeSettings", PropertyValue::Array(vec![route])),
    ]);
    check(
        STAGE,
        inputs,
        &[
            "`defaultRouteSettings.throttlingRateLimit`: must be a number, and is a string",
            "`routeSettings[0].throttlingBurstLimit`: must be an integer, and is the number 1.5",
        ],
    )
    .await;
}

#[tokio::test]
async fn all_problems_of_a_resource_are_told_at_once() {
    let inputs = object([
        ("autodeploy", true.into()),
        ("name", number(1.0)),
        ("executionArn", text("arn")),
    ]);
    check(
        STAGE,
        inputs,
        &[
            "`apiId`: is required, and not given",
            "`autodeploy`: there is no such property; did you mean `autoDeploy`?",
            "`executionArn`: is an output, which cannot be given",
            "`name`: must be a string, and is a number",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_value_outside_an_enumeration_comes_with_the_valid_ones() {
    let statement = fields([("Effect", text("Permit"))]);
    let policy = fields([
        ("Version", text("2012-10-17")),
        ("Statement", PropertyValue::Array(vec![statement])),
    ]);
    check(
        "aws:iam/role:Role",
        object([("assumeRolePolicy", policy)]),
        &[r#"`assumeRolePolicy.Statement[0].Effect`: must be one of "Allow", "Deny", and is "Permit""#],
    )
    .await;
}

#[tokio::test]
async fn one_shape_of_several_must_fit() {
    check(
        "aws:iam/role:Role",
        object([("assumeRolePolicy", number(1.0))]),
        &["`assumeRolePolicy`: must be a string or an object (PolicyDocument), and is a number"],
    )
    .await;
}

#[tokio::test]
async fn secrets_are_looked_into() {
    let mut inputs = table_inputs();
    inputs.insert("hashKey".to_owned(), secret(number(1.0)));
    check(
        TABLE,
        inputs,
        &["`hashKey`: must be a string, and is a number"],
    )
    .await;
}

#[tokio::test]
async fn an_asset_is_no_text() {
    let inputs = object([("role", text("arn")), ("code", text("a.zip"))]);
    check(
        "aws:lambda/function:Function",
        inputs,
        &["`code`: must be an archive, and is a string"],
    )
    .await;
}

#[tokio::test]
async fn a_misspelt_type_is_recognised() {
    let request = resource("aws:dynamodb/tabel:Table", "a", &table_inputs());
    let (code, message) = Program::new().await.refused(request).await;
    assert_eq!(code, Code::InvalidArgument);
    assert_eq!(
        message,
        "aws:dynamodb/tabel:Table `a`: there is no such type in the schema of the aws provider 7.48.0 \
         (`sdk/pulumi-aws/schema.json`); did you mean `aws:dynamodb/table:Table`?"
    );
}

#[tokio::test]
async fn the_problems_of_several_resources_are_told_in_one_run() {
    let program = Program::new().await;
    for name in ["a", "b"] {
        let wrong = resource(TABLE, name, &object([("tag", text("x"))]));
        program.register(wrong).await.unwrap_err();
    }
    let error = program.finish().unwrap_err().to_string();
    for name in ["a", "b"] {
        let expected = format!("{TABLE} `{name}` does not fit the schema");
        assert!(error.contains(&expected), "{error}");
    }
}

#[tokio::test]
async fn more_problems_than_a_header_holds_are_cut_on_the_wire_and_whole_in_the_run() {
    let program = Program::new().await;
    let mut inputs = table_inputs();
    for index in 0..500 {
        inputs.insert(format!("somethingElse{index}"), true.into());
    }
    let status = program
        .register(resource(TABLE, "a", &inputs))
        .await
        .unwrap_err();
    assert!(status.message().contains("`somethingElse0`"), "{status}");
    assert!(
        status.message().ends_with("see the engine's own message"),
        "{status}"
    );
    let error = program.finish().unwrap_err().to_string();
    assert!(error.contains("`somethingElse499`"), "{error}");
}
