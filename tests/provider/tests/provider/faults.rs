//! What a test wants to go wrong.

use pulumi_gestalt_proto::pulumi::pulumirpc as rpc;
use serde_json::json;
use tonic::Code;

use crate::support::*;

#[tokio::test]
async fn the_nth_creation_fails_once() {
    let engine = Engine::start().await;
    let failure =
        json!({"operation": "create", "type": QUEUE, "nth": 2, "message": "InternalError: later"});
    engine.write("fail.json", &json!({"failures": [failure]}));
    engine.create(QUEUE, "first", json!({})).await;
    let failed = engine
        .try_create(QUEUE, "second", json!({}))
        .await
        .unwrap_err();
    assert_eq!(failed.message(), "InternalError: later");
    engine.create(QUEUE, "second", json!({})).await;
    let done = engine.operations();
    assert_eq!(done[1]["error"], "InternalError: later");
    assert_eq!(engine.state()["resources"].as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_deletion_can_fail_too() {
    let engine = Engine::start().await;
    let queue = engine.create(QUEUE, "jobs", json!({})).await;
    let failure = json!({"operation": "delete", "type": QUEUE, "nth": 1});
    engine.write("fail.json", &json!({"failures": [failure]}));
    assert!(engine.delete(&queue).await.is_err());
    engine.delete(&queue).await.unwrap();
}

#[tokio::test]
async fn an_interrupted_engine_does_not_wait_for_the_end_of_a_delay() {
    let engine = Engine::start().await;
    let delay = json!({"operation": "create", "type": QUEUE, "milliseconds": 3_600_000});
    engine.write("fail.json", &json!({"delays": [delay]}));
    let creation = engine.try_create(QUEUE, "jobs", json!({}));
    let mut client = engine.client.clone();
    let (created, _) = tokio::join!(creation, client.cancel(()));
    assert_eq!(created.unwrap_err().code(), Code::Cancelled);
    assert!(!engine.cloud.path().join("cloud.json").exists());
}

#[tokio::test]
async fn a_file_that_is_not_understood_is_an_error_and_not_nothing() {
    let engine = Engine::start().await;
    engine.write("fail.json", &json!({"failure": []}));
    let request = rpc::CreateRequest {
        urn: urn(QUEUE, "jobs"),
        properties: Some(to_struct(&json!({"name": "jobs"}))),
        ..Default::default()
    };
    let error = engine.client.clone().create(request).await.unwrap_err();
    assert!(
        error.message().contains("unknown field `failure`"),
        "{error}"
    );
}
