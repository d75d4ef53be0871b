//! Made, changed, looked at, deleted: and what is left of it in the folder.

use pulumi_gestalt_proto::pulumi::pulumirpc as rpc;
use serde_json::{Value, json};

use crate::support::*;

#[tokio::test]
async fn a_resource_gives_every_output_that_the_schema_calls_required() {
    let engine = Engine::start().await;
    let schema: Value = serde_json::from_str(pulumi_aws::SCHEMA).unwrap();
    let role = engine.role().await;
    let made = engine.create(FUNCTION, "f", function(&role)).await;
    for (token, resource) in [(ROLE, role), (FUNCTION, made)] {
        for name in schema["resources"][token]["required"].as_array().unwrap() {
            let name = name.as_str().unwrap();
            assert!(
                resource.outputs.get(name).is_some(),
                "{token} has no {name}"
            );
        }
    }
}

#[tokio::test]
async fn a_resource_is_changed_in_its_place() {
    let engine = Engine::start().await;
    let queue = engine
        .create(QUEUE, "jobs", json!({"delaySeconds": 1}))
        .await;
    let changed = engine
        .update(&queue, json!({"delaySeconds": 2}))
        .await
        .unwrap();
    assert_eq!(changed.outputs["delaySeconds"], 2);
    assert_eq!(changed.text("arn"), queue.text("arn"));
    let read = engine.read(&changed).await;
    assert_eq!(from_struct(&read.properties.unwrap()), changed.outputs);
}

#[tokio::test]
async fn every_operation_is_noted_in_its_order() {
    let engine = Engine::start().await;
    let queue = engine.create(QUEUE, "jobs", json!({"name": "jobs"})).await;
    let changed = engine
        .update(&queue, json!({"name": "jobs", "delaySeconds": 2}))
        .await
        .unwrap();
    engine.read(&changed).await;
    engine.delete(&changed).await.unwrap();
    let done = engine.operations();
    let operations: Vec<_> = done
        .iter()
        .map(|line| line["operation"].as_str().unwrap())
        .collect();
    assert_eq!(operations, ["create", "update", "read", "delete"]);
    assert!(
        done.iter()
            .all(|line| line["type"] == QUEUE && line["name"] == "jobs")
    );
    assert_eq!(done[1]["changed"], json!(["delaySeconds"]));
    assert_eq!(done[3]["id"], json!(queue.id));
    assert_eq!(engine.state()["resources"], json!({}));
}

#[tokio::test]
async fn a_refresh_sees_what_somebody_changed() {
    let engine = Engine::start().await;
    let queue = engine
        .create(QUEUE, "jobs", json!({"delaySeconds": 1}))
        .await;
    engine.drift(&queue, "delaySeconds", json!(9));
    let read = engine.read(&queue).await;
    assert_eq!(from_struct(&read.properties.unwrap())["delaySeconds"], 9);
    assert_eq!(from_struct(&read.inputs.unwrap())["delaySeconds"], 9);
}

#[tokio::test]
async fn a_refresh_sees_what_somebody_deleted() {
    let engine = Engine::start().await;
    let queue = engine.create(QUEUE, "jobs", json!({})).await;
    engine.set_state(&json!({}));
    assert_eq!(engine.read(&queue).await.id, "");
    engine.delete(&queue).await.unwrap();
}

#[tokio::test]
async fn a_resource_is_imported_by_its_id() {
    let engine = Engine::start().await;
    let api = engine.api().await;
    let mock = engine.mock(&api).await;
    let request = rpc::ReadRequest {
        id: format!("{}/{}", api.id, mock.id),
        urn: urn(INTEGRATION, "imported"),
        ..Default::default()
    };
    let read = engine
        .client
        .clone()
        .read(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(read.id, mock.id);
    assert_eq!(from_struct(&read.properties.unwrap()), mock.outputs);
    assert_eq!(from_struct(&read.inputs.unwrap()), mock.inputs);
}

#[tokio::test]
async fn a_replacement_has_another_id() {
    let engine = Engine::start().await;
    let first = engine.create(POOL, "users", json!({})).await;
    let second = engine.create(POOL, "users", json!({})).await;
    assert_ne!(first.id, second.id);
}

#[tokio::test]
async fn two_providers_work_on_one_cloud() {
    let engine = Engine::start().await;
    let other = Engine {
        client: provider_of(engine.cloud.path()).await,
        cloud: tempfile::tempdir().unwrap(),
    };
    let many = (0..20).map(|number| {
        let engine = if number % 2 == 0 { &engine } else { &other };
        let name = format!("queue{number}");
        async move { engine.create(QUEUE, &name, json!({})).await }
    });
    futures::future::join_all(many).await;
    assert_eq!(engine.state()["resources"].as_object().unwrap().len(), 20);
    assert_eq!(engine.operations().len(), 20);
}
