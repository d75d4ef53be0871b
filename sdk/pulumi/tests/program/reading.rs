//! Resources that exist already, and resources as values.

use pulumi::prelude::*;
use pulumi::{PropertyValue, ReferenceId, ResourceBuilder, ResourceReference, node, wire};

use crate::support::{Fake, object, urn};

fn shelf(name: &str) -> ResourceBuilder {
    ResourceBuilder::new("shop:index:Shelf", name)
}

#[tokio::test]
async fn what_is_read_is_read_by_its_id_and_not_registered() {
    let record = Fake::update()
        .outputs("old", [("colour", "blue".into())])
        .run(|ctx| async move {
            let old = shelf("old")
                .input("near", node("door"))
                .version("1.2.3")
                .plugin_download_url("https://plugins.example")
                .additional_secret_outputs(&["key"])
                .get(&ctx, "shelf-7");
            shelf("next")
                .input("colour", node(old.output::<String>("colour")))
                .input("beside", node(old.id()))
                .register(&ctx);
            Ok(())
        })
        .await
        .ok();
    let [read] = &record.reads[..] else {
        panic!("{:?}", record.reads)
    };
    assert_eq!((read.id.as_str(), read.name.as_str()), ("shelf-7", "old"));
    assert_eq!(read.r#type, "shop:index:Shelf");
    assert_eq!(read.parent, urn("pulumi:pulumi:Stack", "shop-dev"));
    let properties = wire::from_struct(read.properties.as_ref().unwrap()).unwrap();
    assert_eq!(properties, object([("near", "door".into())]));
    assert_eq!(read.version, "1.2.3");
    assert_eq!(read.plugin_download_url, "https://plugins.example");
    assert_eq!(read.additional_secret_outputs, ["key"]);
    assert!(read.accept_secrets && read.accept_resources);
    let expected = [("colour", "blue".into()), ("beside", "shelf-7".into())];
    assert_eq!(record.inputs("next"), object(expected));
    assert!(record.registered.iter().all(|it| it.name != "old"));
}

#[tokio::test]
async fn the_id_may_come_from_another_resource() {
    let program = |ctx: Context| async move {
        let first = shelf("first").register(&ctx);
        let old = shelf("old").get(&ctx, first.id());
        ctx.export("id", old.id());
        Ok(())
    };
    let update = Fake::update().run(program).await.ok();
    assert_eq!(update.reads[0].id, "first-id");
    assert_eq!(
        update.reads[0].dependencies,
        [urn("shop:index:Shelf", "first")]
    );
    let preview = Fake::preview().run(program).await.ok();
    assert_eq!(preview.reads[0].id, wire::UNKNOWN);
    assert_eq!(preview.exports(), object([("id", PropertyValue::Unknown)]));
}

#[tokio::test]
async fn nothing_can_be_read_without_an_id() {
    let run = Fake::update()
        .run(|ctx| async move {
            shelf("old").get(&ctx, "");
            Ok(())
        })
        .await;
    assert!(run.reports()[0].contains("cannot be read without an id"));
}

#[tokio::test]
async fn a_resource_can_be_the_value_of_a_property() {
    let program = |ctx: Context| async move {
        let oak = shelf("oak").register(&ctx);
        let corner = ctx.component("shop:index:Corner", "corner");
        shelf("next")
            .input("beside", node(&oak))
            .input("in", node(&corner))
            .register(&ctx);
        Ok(())
    };
    let reference = |kind: &str, name: &str, id| {
        PropertyValue::ResourceReference(ResourceReference {
            urn: urn(kind, name).into(),
            id,
            package_version: None,
        })
    };
    let oak = |id| reference("shop:index:Shelf", "oak", id);
    let corner = reference("shop:index:Corner", "corner", ReferenceId::Component);
    let update = Fake::update().run(program).await.ok();
    let known = ReferenceId::Known("oak-id".to_owned());
    let expected = [("beside", oak(known)), ("in", corner.clone())];
    assert_eq!(update.inputs("next"), object(expected));
    let dependencies = &update.resource("next").property_dependencies;
    assert_eq!(
        dependencies["beside"].urns,
        [urn("shop:index:Shelf", "oak")]
    );
    let preview = Fake::preview().run(program).await.ok();
    let expected = [("beside", oak(ReferenceId::Unknown)), ("in", corner)];
    assert_eq!(preview.inputs("next"), object(expected));
}

#[tokio::test]
async fn a_dynamic_resource_is_refused_with_what_to_do() {
    let run = Fake::update()
        .run(|ctx| async move {
            ResourceBuilder::new("pulumi-nodejs:dynamic:Resource", "odd").register(&ctx);
            Ok(())
        })
        .await;
    let reports = run.reports();
    assert!(
        reports[0].contains("`odd`") && reports[0].contains("write a provider"),
        "{reports:?}"
    );
    assert_eq!(run.record.registered.len(), 1, "only the stack");
}
