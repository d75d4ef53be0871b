//! What is not emulated is refused, and says so.

use std::collections::HashMap;

use pulumi::PropertyValue;
use pulumi_gestalt_proto::pulumi::pulumirpc::{
    self as rpc, Callback, RegisterResourceRequest, RequirePulumiVersionRequest,
    register_resource_request::ResourceHooksBinding,
};
use tonic::Code;

use crate::support::{Object, Program, component, log_group, resource, table_inputs};

async fn refused(request: RegisterResourceRequest) -> String {
    let (code, message) = Program::new().await.refused(request).await;
    assert_eq!(code, Code::FailedPrecondition);
    message
}

#[tokio::test]
async fn other_packages_are_refused() {
    let request = resource("random:index/randomId:RandomId", "a", &Object::new());
    assert_eq!(
        refused(request).await,
        "the local runtime does not emulate resources of the package `random` \
         (random:index/randomId:RandomId `a`); it emulates `aws` only"
    );
}

#[tokio::test]
async fn explicit_providers_are_refused() {
    let request = resource("pulumi:providers:aws", "a", &Object::new());
    let message = refused(request).await;
    assert!(
        message.starts_with(
            "the local runtime does not emulate explicit providers (pulumi:providers:aws `a`)"
        ),
        "{message}"
    );

    let mut request = log_group("a");
    request.provider = "urn:pulumi:dev::shop::pulumi:providers:aws::b::id".to_owned();
    let (_, message) = Program::new().await.refused(request).await;
    assert!(
        message.contains("names the provider `urn:pulumi:dev"),
        "{message}"
    );
}

#[tokio::test]
async fn types_that_are_in_the_schema_and_not_emulated_are_refused() {
    let request = resource("aws:ec2/vpc:Vpc", "a", &Object::new());
    let message = refused(request).await;
    assert!(
        message
            .starts_with("aws:ec2/vpc:Vpc `a`: resources of type aws:ec2/vpc:Vpc are not emulated"),
        "{message}"
    );
}

#[tokio::test]
async fn what_aws_would_refuse_is_refused() {
    let mut inputs = table_inputs();
    inputs.remove("attributes");
    let message = refused(resource("aws:dynamodb/table:Table", "a", &inputs)).await;
    assert_eq!(
        message,
        "aws:dynamodb/table:Table `a`: `attributes`: the key `pk` has no attribute"
    );
}

#[tokio::test]
async fn options_that_could_only_be_ignored_are_refused() {
    type Change = fn(&mut RegisterResourceRequest);
    let cases: [(Change, &str); 7] = [
        (
            |r| r.import_id = "x".to_owned(),
            "the import of existing resources",
        ),
        (
            |r| r.remote = true,
            "components of other languages' packages",
        ),
        (|r| r.transforms = vec![Callback::default()], "transforms"),
        (|r| r.package_ref = "x".to_owned(), "parameterized packages"),
        (
            |r| r.plugin_download_url = "x".to_owned(),
            "providers from other servers",
        ),
        (
            |r| r.version = "6.0.0".to_owned(),
            "version 6.0.0 of the aws provider",
        ),
        (
            |r| {
                r.hooks = Some(ResourceHooksBinding {
                    after_create: vec!["x".to_owned()],
                    ..ResourceHooksBinding::default()
                });
            },
            "resource hooks",
        ),
    ];
    for (change, expected) in cases {
        let mut request = log_group("a");
        change(&mut request);
        let message = refused(request).await;
        let expected = format!("the local runtime does not emulate {expected} (");
        assert!(message.starts_with(&expected), "{message}");
    }
}

#[tokio::test]
async fn an_unknown_value_is_refused() {
    let mut inputs = table_inputs();
    inputs.insert("hashKey".to_owned(), PropertyValue::Unknown);
    let request = resource("aws:dynamodb/table:Table", "a", &inputs);
    let (code, message) = Program::new().await.refused(request).await;
    assert_eq!(code, Code::InvalidArgument);
    assert_eq!(
        message,
        "aws:dynamodb/table:Table `a`: `hashKey` has no value, and this is not a preview"
    );
}

#[tokio::test]
async fn other_calls_are_refused_by_name() {
    let program = Program::new().await;
    let mut monitor = program.monitor.clone();
    let invoke = rpc::ResourceInvokeRequest {
        tok: "aws:ssm/getParameter:getParameter".to_owned(),
        ..rpc::ResourceInvokeRequest::default()
    };
    let read = rpc::ReadResourceRequest {
        r#type: "pulumi:pulumi:StackReference".to_owned(),
        name: "network".to_owned(),
        ..rpc::ReadResourceRequest::default()
    };
    let package = rpc::RegisterPackageRequest {
        name: "terraform-provider".to_owned(),
        ..rpc::RegisterPackageRequest::default()
    };
    let statuses = [
        (
            monitor.invoke(invoke).await.unwrap_err(),
            "`aws:ssm/getParameter:getParameter`",
        ),
        (
            monitor.read_resource(read).await.unwrap_err(),
            "references to other stacks",
        ),
        (
            monitor
                .call(rpc::ResourceCallRequest::default())
                .await
                .unwrap_err(),
            "methods",
        ),
        (
            monitor.register_package(package).await.unwrap_err(),
            "`terraform-provider`",
        ),
        (
            monitor
                .register_stack_transform(Callback::default())
                .await
                .unwrap_err(),
            "transforms",
        ),
    ];
    for (status, expected) in statuses {
        // `Unimplemented` would tell an SDK that it may go on without.
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert!(status.message().contains(expected), "{status}");
    }
    assert!(program.finish().is_err());
}

#[tokio::test]
async fn the_engine_says_what_it_supports() {
    let program = Program::new().await;
    let expected = HashMap::from([
        ("secrets", true),
        ("resourceReferences", true),
        ("outputValues", true),
        ("aliasSpecs", true),
        ("transforms", false),
        ("resourceHooks", false),
        ("parameterization", false),
    ]);
    for (id, expected) in expected {
        let request = rpc::SupportsFeatureRequest { id: id.to_owned() };
        let response = program.monitor.clone().supports_feature(request).await;
        assert_eq!(response.unwrap().into_inner().has_support, expected, "{id}");
    }
}

#[tokio::test]
async fn a_program_for_a_later_pulumi_is_refused() {
    let ask = async |program: &Program, range: &str| {
        let request = RequirePulumiVersionRequest {
            pulumi_version_range: range.to_owned(),
        };
        program.engine.clone().require_pulumi_version(request).await
    };
    let program = Program::new().await;
    ask(&program, ">=3.100.0").await.unwrap();
    let status = ask(&program, ">=99.0.0").await.unwrap_err();
    assert!(
        status.message().contains("stands in for 3.260.0"),
        "{status}"
    );
    assert!(program.finish().is_err());
}

#[tokio::test]
async fn a_component_may_have_any_type() {
    let program = Program::new().await;
    program
        .register(component("random:index:Part", "a", ""))
        .await
        .unwrap();
    program.finish().unwrap();
}
