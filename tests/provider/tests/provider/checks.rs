//! Inputs that are checked before anything is made.

use pulumi::{PropertyValue, wire};
use pulumi_gestalt_proto::pulumi::pulumirpc as rpc;
use pulumi_gestalt_proto::pulumi::pulumirpc::check_request::AutonamingOptions;
use pulumi_gestalt_proto::pulumi::pulumirpc::check_request::autonaming_options::Mode;
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn inputs_that_do_not_fit_the_schema_are_refused_property_by_property() {
    let engine = Engine::start().await;
    for (token, inputs, property, reason) in [
        (
            TABLE,
            json!({"hash_key": "a"}),
            "hash_key",
            "there is no such property; did you mean `hashKey`?",
        ),
        (
            TABLE,
            json!({"arn": "a"}),
            "arn",
            "is an output, which cannot be given",
        ),
        (FUNCTION, json!({}), "role", "is required, and not given"),
        (
            FUNCTION,
            json!({"role": "r", "memorySize": "big"}),
            "memorySize",
            "must be an integer",
        ),
        (QUEUE, json!({"tags": ["a"]}), "tags", "must be an object"),
    ] {
        let found = engine.failures(token, &inputs).await;
        assert_eq!(
            found,
            [(property.to_owned(), reason.to_owned())],
            "{token} {inputs}"
        );
    }
}

#[tokio::test]
async fn inputs_that_aws_does_not_take_are_refused_with_the_source_of_the_constraint() {
    let engine = Engine::start().await;
    let mut inputs = function_of("arn:aws:iam::000000000000:role/r");
    inputs["memorySize"] = json!(64);
    let found = engine.failures(FUNCTION, &inputs).await;
    let reason =
        "must be at least 128 (AWS's model: lambda/MemorySize/CreateFunctionRequest.MemorySize)";
    assert_eq!(found, [("memorySize".to_owned(), reason.to_owned())]);
}

#[tokio::test]
async fn what_is_unknown_in_a_preview_fits_everywhere() {
    let engine = Engine::start().await;
    let news = wire::to_struct(
        &[
            ("role".to_owned(), PropertyValue::Unknown),
            ("memorySize".to_owned(), PropertyValue::Unknown),
            ("s3Bucket".to_owned(), PropertyValue::Unknown),
            ("handler".to_owned(), "bootstrap".into()),
            ("runtime".to_owned(), "provided.al2023".into()),
        ]
        .into(),
    );
    let request = rpc::CheckRequest {
        urn: urn(FUNCTION, "f"),
        news: Some(news.unwrap()),
        ..Default::default()
    };
    let checked = engine
        .client
        .clone()
        .check(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(checked.failures, []);
    let inputs = wire::from_struct(&checked.inputs.unwrap()).unwrap();
    assert_eq!(inputs["role"], PropertyValue::Unknown);
}

#[tokio::test]
async fn a_secret_is_checked_like_any_value_and_never_quoted() {
    let engine = Engine::start().await;
    let secret = PropertyValue::Secret(Box::new("hunter2".into()));
    let news = wire::to_struct(&[("protocolType".to_owned(), secret)].into()).unwrap();
    let request = rpc::CheckRequest {
        urn: urn(API, "api"),
        news: Some(news),
        ..Default::default()
    };
    let checked = engine
        .client
        .clone()
        .check(request)
        .await
        .unwrap()
        .into_inner();
    let [failure] = &checked.failures[..] else {
        panic!("{checked:?}");
    };
    assert!(failure.reason.starts_with("must be one of WEBSOCKET, HTTP"));
    assert!(!failure.reason.contains("hunter2"));
}

#[tokio::test]
async fn what_the_real_provider_puts_in_is_put_in() {
    let engine = Engine::start().await;
    let inputs = engine
        .checked(ROUTE, "r", &json!({"apiId": "a", "routeKey": "$connect"}))
        .await;
    let expected = json!({
        "apiId": "a", "routeKey": "$connect", "apiKeyRequired": false, "authorizationType": "NONE",
    });
    assert_eq!(inputs, expected);
}

#[tokio::test]
async fn a_name_comes_from_the_engines_seed_and_is_kept() {
    let engine = Engine::start().await;
    let name = |checked: rpc::CheckResponse| from_struct(&checked.inputs.unwrap())["name"].clone();
    let first = name(engine.check(QUEUE, "jobs", None, &json!({}), b"1").await);
    let again = name(engine.check(QUEUE, "jobs", None, &json!({}), b"1").await);
    let other = name(engine.check(QUEUE, "jobs", None, &json!({}), b"2").await);
    assert!(first.as_str().unwrap().starts_with("jobs-"));
    assert_eq!(first, again);
    assert_ne!(first, other);
    let old = json!({"name": first});
    let kept = name(
        engine
            .check(QUEUE, "jobs", Some(&old), &json!({}), b"2")
            .await,
    );
    assert_eq!(first, kept);
}

#[tokio::test]
async fn a_project_may_name_things_its_own_way() {
    let engine = Engine::start().await;
    let check = |mode: Mode| {
        let request = rpc::CheckRequest {
            urn: urn(QUEUE, "jobs"),
            news: Some(to_struct(&json!({}))),
            autonaming: Some(AutonamingOptions {
                proposed_name: "my-jobs".to_owned(),
                mode: mode.into(),
            }),
            ..Default::default()
        };
        let mut client = engine.client.clone();
        async move { client.check(request).await.unwrap().into_inner() }
    };
    let proposed = check(Mode::Propose).await;
    assert_eq!(from_struct(&proposed.inputs.unwrap())["name"], "my-jobs");
    let disabled = check(Mode::Disable).await;
    assert_eq!(disabled.failures[0].property, "name");
}

#[tokio::test]
async fn in_a_preview_everything_that_aws_computes_is_unknown() {
    let engine = Engine::start().await;
    let request = rpc::CreateRequest {
        urn: urn(QUEUE, "jobs"),
        properties: Some(to_struct(&json!({"name": "jobs"}))),
        preview: true,
        ..Default::default()
    };
    let created = engine
        .client
        .clone()
        .create(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(created.id, "");
    let outputs = wire::from_struct(&created.properties.unwrap()).unwrap();
    assert_eq!(outputs["name"], "jobs".into());
    assert_eq!(outputs["arn"], PropertyValue::Unknown);
    assert!(!engine.cloud.path().join("cloud.json").exists());
}

#[tokio::test]
async fn outputs_that_the_schema_calls_secret_are_marked() {
    let engine = Engine::start().await;
    let pool = engine.create(POOL, "users", json!({})).await;
    let request = rpc::CreateRequest {
        urn: urn(CLIENT, "client"),
        properties: Some(to_struct(
            &json!({"userPoolId": pool.id, "generateSecret": true}),
        )),
        ..Default::default()
    };
    let created = engine
        .client
        .clone()
        .create(request)
        .await
        .unwrap()
        .into_inner();
    let outputs = wire::from_struct(&created.properties.unwrap()).unwrap();
    assert!(matches!(&outputs["clientSecret"], PropertyValue::Secret(_)));
}
