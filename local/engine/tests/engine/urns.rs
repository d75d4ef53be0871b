//! How resources are named.

use tonic::Code;

use crate::support::{Program, STACK, component, log_group, stack};

#[tokio::test]
async fn a_urn_has_the_types_of_all_that_the_resource_stands_in() {
    let program = Program::new().await;
    let register = async |type_token, name, parent: &str| {
        let request = component(type_token, name, parent);
        program.register(request).await.unwrap().urn
    };
    let outer = register("shop:index:Outer", "a", STACK).await;
    assert_eq!(outer, "urn:pulumi:dev::shop::shop:index:Outer::a");
    let inner = register("shop:index:Inner", "b", &outer).await;
    assert_eq!(
        inner,
        "urn:pulumi:dev::shop::shop:index:Outer$shop:index:Inner::b"
    );

    let mut group = log_group("c");
    group.parent.clone_from(&inner);
    assert_eq!(
        program.register(group).await.unwrap().urn,
        "urn:pulumi:dev::shop::shop:index:Outer$shop:index:Inner$aws:cloudwatch/logGroup:LogGroup::c"
    );
    let resources = program.finish().unwrap().resources;
    let parents: Vec<_> = resources.iter().map(|r| r.parent.as_deref()).collect();
    assert_eq!(parents, [None, Some(STACK), Some(&*outer), Some(&*inner)]);
}

#[tokio::test]
async fn a_resource_without_a_parent_is_named_like_one_in_the_stack() {
    let program = Program::new().await;
    let mut group = log_group("a");
    group.parent.clear();
    assert_eq!(
        program.register(group).await.unwrap().urn,
        "urn:pulumi:dev::shop::aws:cloudwatch/logGroup:LogGroup::a"
    );
}

#[tokio::test]
async fn a_name_may_look_like_the_end_of_a_urn() {
    let program = Program::new().await;
    let outer = component("shop:index:Outer", "a::b$c", STACK);
    let outer = program.register(outer).await.unwrap().urn;
    let inner = component("shop:index:Inner", "d", &outer);
    assert_eq!(
        program.register(inner).await.unwrap().urn,
        "urn:pulumi:dev::shop::shop:index:Outer$shop:index:Inner::d"
    );
}

#[tokio::test]
async fn no_two_resources_have_the_same_urn() {
    let program = Program::new().await;
    program.register(log_group("a")).await.unwrap();
    let (code, message) = program.refused(log_group("a")).await;
    assert_eq!(code, Code::AlreadyExists);
    assert_eq!(
        message,
        "Duplicate resource URN 'urn:pulumi:dev::shop::aws:cloudwatch/logGroup:LogGroup::a'; \
         try giving it a unique name (aws:cloudwatch/logGroup:LogGroup `a`)"
    );
}

#[tokio::test]
async fn the_same_name_in_another_component_is_another_urn() {
    let program = Program::new().await;
    let outer = component("shop:index:Outer", "a", STACK);
    let outer = program.register(outer).await.unwrap().urn;
    program.register(log_group("a")).await.unwrap();
    let mut other = log_group("a");
    other.parent = outer;
    program.register(other).await.unwrap();
    assert_eq!(program.finish().unwrap().resources.len(), 4);
}

#[tokio::test]
async fn there_is_one_stack() {
    let program = Program::new().await;
    let mut other = stack();
    other.name = "another".to_owned();
    let (_, message) = program.refused(other).await;
    assert_eq!(
        message,
        "pulumi:pulumi:Stack `another`: the stack has been registered already"
    );
}

#[tokio::test]
async fn a_resource_has_a_name() {
    let (_, message) = Program::new().await.refused(log_group("")).await;
    assert_eq!(message, "aws:cloudwatch/logGroup:LogGroup `` has no name");
}
