//! What stays secret.

use pulumi::PropertyValue;
use tidegate_local_engine::redacted;

use crate::support::{
    Program, fields, number, object, outputs, resource, secret, table_inputs, text,
};

const TABLE: &str = "aws:dynamodb/table:Table";
const POOL: &str = "aws:cognito/userPool:UserPool";

#[tokio::test]
async fn a_secret_input_is_a_secret_output() {
    let program = Program::new().await;
    let mut inputs = table_inputs();
    let tags = fields([("open", text("a")), ("closed", secret("hunter2"))]);
    inputs.insert("tags".to_owned(), tags.clone());
    let response = program
        .register(resource(TABLE, "a", &inputs))
        .await
        .unwrap();
    let answered = outputs(response);
    assert_eq!(answered["tags"], tags);
    assert_eq!(answered["hashKey"], text("pk"));

    let deployment = program.finish().unwrap();
    assert_eq!(deployment.resources[1].inputs["tags"], tags);
    assert_eq!(deployment.resources[1].outputs["tags"], tags);
    let shown = redacted(&deployment.resources[1].outputs["tags"]).to_string();
    assert_eq!(shown, r#"{"closed":"[secret]","open":"a"}"#);
}

#[tokio::test]
async fn outputs_that_the_schema_or_the_program_calls_secret_are() {
    let program = Program::new().await;
    let pool = resource(POOL, "pool", &object([]));
    let pool = program.register(pool).await.unwrap().id;
    let inputs = object([
        ("userPoolId", text(&pool)),
        ("accessTokenValidity", number(1.0)),
    ]);
    let mut client = resource(
        "aws:cognito/userPoolClient:UserPoolClient",
        "client",
        &inputs,
    );
    client.additional_secret_outputs = vec!["name".to_owned()];
    let answered = outputs(program.register(client).await.unwrap());
    assert!(matches!(answered["clientSecret"], PropertyValue::Secret(_)));
    assert!(matches!(answered["name"], PropertyValue::Secret(_)));
    assert_eq!(answered["userPoolId"], text(&pool));
}

#[tokio::test]
async fn a_program_that_cannot_read_secrets_gets_plain_values() {
    let program = Program::new().await;
    let mut inputs = table_inputs();
    inputs.insert("tags".to_owned(), fields([("closed", secret("hunter2"))]));
    let mut request = resource(TABLE, "a", &inputs);
    request.accept_secrets = false;
    let answered = outputs(program.register(request).await.unwrap());
    assert_eq!(answered["tags"], fields([("closed", text("hunter2"))]));
    let kept = program.finish().unwrap().resources[1].outputs["tags"].clone();
    assert_eq!(kept, fields([("closed", secret("hunter2"))]));
}

#[tokio::test]
async fn a_refusal_does_not_quote_a_secret() {
    let mut inputs = table_inputs();
    inputs.insert("hashKey".to_owned(), secret("hunter2"));
    let program = Program::new().await;
    let messages = program.messages.clone();
    let (_, message) = program.refused(resource(TABLE, "a", &inputs)).await;
    assert!(message.contains("[secret]"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
    assert!(!messages.texts().concat().contains("hunter2"));
}
