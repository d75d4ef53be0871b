//! What a resource refers to.

use std::collections::{BTreeMap, HashMap};

use pulumi_gestalt_proto::pulumi::pulumirpc::register_resource_request::{
    CustomTimeouts, PropertyDependencies,
};
use pulumi_gestalt_proto::pulumi::pulumirpc::{Alias, alias};
use tidegate_local_engine::{self as engine, AliasParent};
use tonic::Code;

use crate::support::{Program, component, log_group};

const GROUP: &str = "aws:cloudwatch/logGroup:LogGroup";

#[tokio::test]
async fn dependencies_and_options_are_recorded() {
    let program = Program::new().await;
    let first = program.register(log_group("first")).await.unwrap().urn;
    let mut request = log_group("second");
    request.dependencies = vec![first.clone()];
    let on_first = PropertyDependencies {
        urns: vec![first.clone()],
    };
    request.property_dependencies = HashMap::from([
        ("name".to_owned(), on_first),
        ("tags".to_owned(), PropertyDependencies::default()),
    ]);
    request.protect = Some(true);
    request.delete_before_replace_defined = true;
    request.retain_on_delete = Some(false);
    request.ignore_changes = vec!["tags".to_owned()];
    request.custom_timeouts = Some(CustomTimeouts {
        create: "5m".to_owned(),
        ..CustomTimeouts::default()
    });
    request.aliases = vec![Alias {
        alias: Some(alias::Alias::Spec(alias::Spec {
            name: "old".to_owned(),
            parent: Some(alias::spec::Parent::NoParent(true)),
            ..alias::Spec::default()
        })),
    }];
    program.register(request).await.unwrap();

    let resources = program.finish().unwrap().resources;
    let second = &resources[2];
    assert_eq!(second.dependencies, [&*first]);
    assert_eq!(
        second.property_dependencies,
        BTreeMap::from([
            ("name".to_owned(), vec![first]),
            ("tags".to_owned(), vec![])
        ])
    );
    let options = &second.options;
    assert_eq!(options.protect, Some(true));
    assert_eq!(options.delete_before_replace, Some(false));
    assert_eq!(options.retain_on_delete, Some(false));
    assert_eq!(options.ignore_changes, ["tags"]);
    assert_eq!(options.custom_timeouts.as_ref().unwrap().create, "5m");
    assert_eq!(
        options.aliases,
        [engine::Alias::Spec {
            name: Some("old".to_owned()),
            type_token: None,
            stack: None,
            project: None,
            parent: AliasParent::None,
        }]
    );
    assert_eq!(resources[1].options, engine::Options::default());
}

#[tokio::test]
async fn a_parent_must_have_been_registered() {
    let mut request = log_group("a");
    request.parent = "urn:pulumi:dev::shop::x:y:Z::lost".to_owned();
    let (code, message) = Program::new().await.refused(request).await;
    assert_eq!(code, Code::NotFound);
    assert_eq!(
        message,
        format!(
            "{GROUP} `a` stands in `urn:pulumi:dev::shop::x:y:Z::lost`, which has not been registered"
        )
    );
}

#[tokio::test]
async fn a_dependency_must_have_been_registered() {
    let lost = "urn:pulumi:dev::shop::x:y:Z::lost".to_owned();
    let expected = format!("{GROUP} `a` depends on `{lost}`, which has not been registered");

    let mut request = log_group("a");
    request.dependencies = vec![lost.clone()];
    assert_eq!(Program::new().await.refused(request).await.1, expected);

    let mut request = log_group("a");
    let urns = vec![lost];
    request.property_dependencies =
        HashMap::from([("name".to_owned(), PropertyDependencies { urns })]);
    assert_eq!(Program::new().await.refused(request).await.1, expected);
}

#[tokio::test]
async fn a_resource_that_was_refused_is_nothing_to_depend_on() {
    let program = Program::new().await;
    let mut wrong = log_group("a");
    wrong.r#type = "aws:cloudwatch/logGroup:Nothing".to_owned();
    program.register(wrong).await.unwrap_err();
    let mut request = component("shop:index:Part", "b", "");
    request.parent = "urn:pulumi:dev::shop::aws:cloudwatch/logGroup:Nothing::a".to_owned();
    let status = program.register(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}
