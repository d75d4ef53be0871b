//! What the engine asks before it asks for resources.

use pulumi_gestalt_proto::pulumi::pulumirpc as rpc;
use serde_json::{Value, json};
use tonic::Code;

use crate::support::*;

#[tokio::test]
async fn the_provider_has_the_schema_and_the_version_of_the_bindings() {
    let engine = Engine::start().await;
    let mut client = engine.client.clone();
    let schema = client
        .get_schema(rpc::GetSchemaRequest::default())
        .await
        .unwrap();
    let schema: Value = serde_json::from_str(&schema.into_inner().schema).unwrap();
    let info = client.get_plugin_info(()).await.unwrap().into_inner();
    assert_eq!(schema["name"], "aws");
    assert_eq!(schema["version"], json!(info.version));
}

#[tokio::test]
async fn the_engine_is_told_that_previews_are_supported() {
    let engine = Engine::start().await;
    let mut client = engine.client.clone();
    let handshake = rpc::ProviderHandshakeRequest::default();
    client.handshake(handshake).await.unwrap();
    let configured = client
        .configure(rpc::ConfigureRequest::default())
        .await
        .unwrap();
    assert!(configured.into_inner().supports_preview);
}

#[tokio::test]
async fn the_configured_region_is_in_every_arn_unless_a_resource_has_its_own() {
    let engine = Engine::start().await;
    let mut client = engine.client.clone();
    let args = Some(to_struct(&json!({"region": "eu-central-1"})));
    let configure = rpc::ConfigureRequest {
        args,
        ..Default::default()
    };
    client.configure(configure).await.unwrap();
    let queue = engine.create(QUEUE, "jobs", json!({})).await;
    assert!(
        queue
            .text("arn")
            .starts_with("arn:aws:sqs:eu-central-1:000000000000:jobs-")
    );
    let there = engine
        .create(QUEUE, "there", json!({"region": "us-west-2"}))
        .await;
    assert!(there.text("arn").starts_with("arn:aws:sqs:us-west-2:"));
}

#[tokio::test]
async fn a_setting_that_the_real_provider_does_not_have_is_refused() {
    let engine = Engine::start().await;
    let check = |settings: Value| {
        let request = rpc::CheckRequest {
            news: Some(to_struct(&settings)),
            ..Default::default()
        };
        let mut client = engine.client.clone();
        async move { client.check_config(request).await.unwrap().into_inner() }
    };
    let good = json!({"region": "us-east-1", "version": "7.48.0"});
    assert_eq!(check(good).await.failures, []);
    let wrong = check(json!({"regoin": "us-east-1"})).await;
    assert_eq!(wrong.failures[0].property, "regoin");
    assert!(wrong.failures[0].reason.ends_with("did you mean `region`?"));
}

#[tokio::test]
async fn a_function_is_answered_and_an_unknown_one_refused_by_name() {
    let engine = Engine::start().await;
    let mut client = engine.client.clone();
    let identity = "aws:index/getCallerIdentity:getCallerIdentity";
    let request = rpc::InvokeRequest {
        tok: identity.to_owned(),
        ..Default::default()
    };
    let answer = client.invoke(request).await.unwrap().into_inner();
    assert_eq!(
        from_struct(&answer.r#return.unwrap())["accountId"],
        "000000000000"
    );
    let unknown = "aws:kms/getAlias:getAlias".to_owned();
    let request = rpc::InvokeRequest {
        tok: unknown,
        ..Default::default()
    };
    let refused = client.invoke(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented);
    assert!(refused.message().contains("`aws:kms/getAlias:getAlias`"));
}

#[tokio::test]
async fn a_type_that_is_not_known_is_refused_by_name() {
    let engine = Engine::start().await;
    let request = rpc::CheckRequest {
        urn: urn("aws:dax/cluster:Cluster", "cache"),
        ..Default::default()
    };
    let refused = engine.client.clone().check(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented);
    assert!(
        refused
            .message()
            .contains("does not know `aws:dax/cluster:Cluster`")
    );
}

#[tokio::test]
async fn everything_that_the_program_may_use_is_known() {
    let types = tidegate_test_provider::known_types();
    let known: Vec<_> = types
        .chain(tidegate_local_schema::functions::FUNCTIONS)
        .collect();
    let list = include_str!("../../../../sdk/pulumi-aws/resources.txt");
    for line in list.lines().filter(|line| line.starts_with("aws:")) {
        let token = line.split_whitespace().next().unwrap_or_default();
        assert!(known.contains(&token), "no service knows {token}");
    }
}
