//! Versions of functions, their names, and what is kept ready for them.

use serde_json::{Value, json};

use super::says;
use crate::support::*;

const ALIAS: &str = "aws:lambda/alias:Alias";
const PROVISIONED: &str = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig";

async fn published(engine: &Engine) -> (Resource, Value) {
    let role = engine.role().await;
    let mut inputs = function(&role);
    inputs["publish"] = json!(true);
    inputs["reservedConcurrentExecutions"] = json!(10);
    let made = engine.create(FUNCTION, "f", inputs.clone()).await;
    (made, inputs)
}

fn alias(function: &Resource, version: &str) -> Value {
    json!({"functionName": function.id, "functionVersion": version, "name": "live"})
}

fn provisioned(function: &Resource, qualifier: &str, count: u32) -> Value {
    json!({
        "functionName": function.id,
        "qualifier": qualifier,
        "provisionedConcurrentExecutions": count,
    })
}

#[tokio::test]
async fn a_published_function_has_a_version_for_each_change_of_it() {
    let engine = Engine::start().await;
    let (first, mut inputs) = published(&engine).await;
    assert_eq!(first.text("version"), "1");
    inputs["tags"] = json!({"team": "chat"});
    let tagged = engine.update(&first, inputs.clone()).await.unwrap();
    assert_eq!(tagged.text("version"), "1");
    inputs["timeout"] = json!(10);
    let second = engine.update(&tagged, inputs).await.unwrap();
    assert_eq!(second.text("version"), "2");
    assert!(second.text("qualifiedArn").ends_with(":2"));
}

#[tokio::test]
async fn an_alias_is_of_a_version_that_there_is_and_keeps_its_function() {
    let engine = Engine::start().await;
    let (function, _) = published(&engine).await;
    says(
        engine.try_create(ALIAS, "a", alias(&function, "2")).await,
        "Function not found",
    );
    let live = engine.create(ALIAS, "a", alias(&function, "1")).await;
    assert_eq!(live.text("arn"), format!("{}:live", function.text("arn")));
    says(
        engine
            .try_create(ALIAS, "again", alias(&function, "1"))
            .await,
        "Alias already exists",
    );
    engine.delete(&function).await.unwrap();
    says(engine.delete(&live).await, "Function not found");
}

#[tokio::test]
async fn what_is_provisioned_is_for_a_version_and_within_what_is_reserved() {
    let engine = Engine::start().await;
    let (function, _) = published(&engine).await;
    let made = engine.try_create(PROVISIONED, "p", provisioned(&function, "live", 1));
    says(made.await, "Function not found");
    let live = engine.create(ALIAS, "a", alias(&function, "1")).await;
    let made = engine.try_create(PROVISIONED, "p", provisioned(&function, "live", 11));
    says(
        made.await,
        "should not be greater than the reservedConcurrentExecution",
    );
    let made = engine.try_create(PROVISIONED, "p", provisioned(&function, "$LATEST", 1));
    says(made.await, "not `$LATEST`");
    let kept = engine
        .create(PROVISIONED, "p", provisioned(&function, "live", 10))
        .await;
    says(
        engine.delete(&live).await,
        "it has a provisioned concurrency config",
    );
    engine.delete(&kept).await.unwrap();
    engine.delete(&live).await.unwrap();
}

#[tokio::test]
async fn an_account_keeps_something_for_functions_that_reserve_nothing() {
    let engine = Engine::start().await;
    let role = engine.role().await;
    let mut inputs = function(&role);
    inputs["reservedConcurrentExecutions"] = json!(900);
    engine.create(FUNCTION, "greedy", inputs.clone()).await;
    inputs["reservedConcurrentExecutions"] = json!(1);
    says(
        engine.try_create(FUNCTION, "late", inputs).await,
        "UnreservedConcurrentExecution below its minimum value",
    );
}

#[tokio::test]
async fn an_event_source_mapping_may_name_an_alias_that_there_is() {
    let engine = Engine::start().await;
    let (function, _) = published(&engine).await;
    let queue = engine.create(QUEUE, "jobs", json!({})).await;
    let mapping = json!({
        "functionName": format!("{}:live", function.text("arn")),
        "eventSourceArn": queue.outputs["arn"],
    });
    says(
        engine.try_create(MAPPING, "m", mapping.clone()).await,
        "Function not found",
    );
    engine.create(ALIAS, "a", alias(&function, "1")).await;
    // There it is; what is missing now is a right of the function's role.
    says(
        engine.try_create(MAPPING, "m", mapping).await,
        "does not have permissions to call ReceiveMessage",
    );
}
