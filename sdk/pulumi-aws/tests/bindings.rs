//! What the bindings send, as an engine receives it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this is a test, also what is not in a `#[test]` function"
)]

#[path = "../../pulumi/tests/support/mod.rs"]
#[expect(dead_code, reason = "the engine can do more than is asked of it here")]
mod support;

use pulumi::PropertyValue;
use pulumi::prelude::*;
use pulumi_aws::{VERSION, apigatewayv2, cloudwatch, cognito, dynamodb, index, lambda};

use support::{Fake, object, urn};

#[tokio::test]
async fn a_resource_is_sent_with_its_properties_and_its_version() {
    let record = Fake::update()
        .run(|ctx| async move {
            dynamodb::Table::builder("connections")
                .billing_mode("PAY_PER_REQUEST")
                .hash_key("pk")
                .attributes([dynamodb::TableAttribute::builder()
                    .type_("S")
                    .name("pk")
                    .build()])
                .tags([("service", "chat")])
                .protect(true)
                .create(&ctx);
            Ok(())
        })
        .await
        .ok();
    let table = record.resource("connections");
    assert_eq!(table.r#type, "aws:dynamodb/table:Table");
    assert_eq!(table.version, VERSION);
    assert_eq!(table.protect, Some(true));
    let attribute = object([("name", "pk".into()), ("type", "S".into())]);
    assert_eq!(
        record.inputs("connections"),
        object([
            ("billingMode", "PAY_PER_REQUEST".into()),
            ("hashKey", "pk".into()),
            (
                "attributes",
                PropertyValue::Array(vec![PropertyValue::Object(attribute)])
            ),
            (
                "tags",
                PropertyValue::Object(object([("service", "chat".into())]))
            ),
        ])
    );
}

#[tokio::test]
async fn resources_refer_to_each_other_without_ceremony() {
    let record = Fake::preview()
        .run(|ctx| async move {
            let api = apigatewayv2::Api::builder("api")
                .protocol_type("WEBSOCKET")
                .create(&ctx);
            let log = cloudwatch::LogGroup::builder("log")
                .retention_in_days(30)
                .create(&ctx);
            let function = lambda::Function::builder("echo")
                .role("arn:aws:iam::123456789012:role/echo")
                .runtime(lambda::Runtime::CustomAL2023)
                .code(Archive::file("target/lambda/echo.zip"))
                .depends_on(&[&log])
                .create(&ctx);
            apigatewayv2::Integration::builder("echo-integration")
                .api_id(&api.id)
                .integration_type("AWS_PROXY")
                .integration_uri(&function.invoke_arn)
                .create(&ctx);
            lambda::Permission::builder("invoke")
                .function(&function.name)
                .action("lambda:InvokeFunction")
                .principal("apigateway.amazonaws.com")
                .source_arn(interpolate!("{}/*/$default", &api.execution_arn))
                .create(&ctx);
            Ok(())
        })
        .await
        .ok();
    let api = urn("aws:apigatewayv2/api:Api", "api");
    let function = urn("aws:lambda/function:Function", "echo");
    let integration = record.resource("echo-integration");
    assert_eq!(integration.dependencies, [api.clone(), function.clone()]);
    assert_eq!(integration.property_dependencies["apiId"].urns, [api]);
    assert_eq!(
        integration.property_dependencies["integrationUri"].urns,
        [function]
    );
    assert_eq!(
        record.resource("echo").dependencies,
        [urn("aws:cloudwatch/logGroup:LogGroup", "log")]
    );
    let echo = record.inputs("echo");
    assert_eq!(echo["runtime"], "provided.al2023".into());
    assert_eq!(
        echo["code"],
        PropertyValue::Archive(Archive::file("target/lambda/echo.zip"))
    );
}

#[tokio::test]
async fn secret_outputs_of_the_schema_stay_secret() {
    let record = Fake::update()
        .run(|ctx| async move {
            cognito::UserPoolClient::builder("client")
                .user_pool_id("pool")
                .create(&ctx);
            Ok(())
        })
        .await
        .ok();
    assert_eq!(
        record.resource("client").additional_secret_outputs,
        ["clientSecret"]
    );
}

#[tokio::test]
async fn a_function_gives_typed_outputs() {
    let record = Fake::update()
        .outputs(
            "aws:index/getRegion:getRegion",
            [("region", "eu-central-1".into())],
        )
        .run(|ctx| async move {
            let region = index::GetRegion::builder().call(&ctx);
            ctx.export("region", &region.region);
            Ok(())
        })
        .await
        .ok();
    assert_eq!(record.invokes[0].version, VERSION);
    assert_eq!(
        record.exports(),
        object([("region", "eu-central-1".into())])
    );
}

#[tokio::test]
async fn a_resource_that_exists_is_read_with_the_version_of_the_bindings() {
    let record = Fake::update()
        .outputs("old", [("arn", "arn:aws:old".into())])
        .run(|ctx| async move {
            let table = dynamodb::Table::get(&ctx, "old", "orders");
            ctx.export("arn", &table.arn);
            Ok(())
        })
        .await
        .ok();
    let read = &record.reads[0];
    assert_eq!(
        (read.id.as_str(), read.version.as_str()),
        ("orders", VERSION)
    );
    assert_eq!(record.exports(), object([("arn", "arn:aws:old".into())]));
}
