//! What the engine is told of the order of things.

use pulumi::prelude::*;
use pulumi::{ResourceBuilder, node};

use crate::support::{Fake, Record, urn};

const SHELF: &str = "shop:index:Shelf";

fn shelf(name: &str) -> ResourceBuilder {
    ResourceBuilder::new(SHELF, name)
}

fn property_dependencies<'a>(record: &'a Record, name: &str, property: &str) -> &'a [String] {
    &record.resource(name).property_dependencies[property].urns
}

#[tokio::test]
async fn an_input_from_another_resource_is_a_dependency_of_that_property() {
    let record = Fake::update()
        .run(|ctx| async move {
            let a = shelf("a").register(&ctx);
            let b = shelf("b").register(&ctx);
            shelf("c")
                .input("plain", node("text"))
                .input("left", node(a.id()))
                .input("both", node([interpolate!("{}/{}", a.id(), "x"), b.id()]))
                .register(&ctx);
            Ok(())
        })
        .await
        .ok();
    let (a, b) = (urn(SHELF, "a"), urn(SHELF, "b"));
    let both = [a, b];
    assert_eq!(record.resource("c").dependencies, both);
    assert_eq!(property_dependencies(&record, "c", "left"), &both[..1]);
    assert_eq!(property_dependencies(&record, "c", "both"), both);
    // An empty entry: without any, the engine takes every property to depend on everything.
    assert!(property_dependencies(&record, "c", "plain").is_empty());
}

#[tokio::test]
async fn a_computed_output_keeps_its_dependencies() {
    let record = Fake::update()
        .run(|ctx| async move {
            let a = shelf("a").register(&ctx);
            let b = shelf("b").register(&ctx);
            let computed = a
                .id()
                .map(|id| id.len())
                .zip(&b.id())
                .try_map(|(length, id)| Ok::<_, std::fmt::Error>(format!("{length}{id}")));
            let nested = computed.and_then(Output::known);
            shelf("c").input("label", node(nested)).register(&ctx);
            Ok(())
        })
        .await
        .ok();
    assert_eq!(
        property_dependencies(&record, "c", "label"),
        [urn(SHELF, "a"), urn(SHELF, "b")]
    );
}

#[tokio::test]
async fn an_unknown_input_keeps_its_dependencies() {
    let record = Fake::preview()
        .run(|ctx| async move {
            let a = shelf("a").register(&ctx);
            shelf("b")
                .input("label", node(a.id().map(|id| id + "!")))
                .register(&ctx);
            Ok(())
        })
        .await
        .ok();
    assert_eq!(
        property_dependencies(&record, "b", "label"),
        [urn(SHELF, "a")]
    );
}

#[tokio::test]
async fn depends_on_is_a_dependency_of_no_property() {
    let record = Fake::update()
        .run(|ctx| async move {
            let a = shelf("a").register(&ctx);
            shelf("b")
                .input("label", node("text"))
                .depends_on(&[&a])
                .register(&ctx);
            Ok(())
        })
        .await
        .ok();
    assert_eq!(record.resource("b").dependencies, [urn(SHELF, "a")]);
    assert!(property_dependencies(&record, "b", "label").is_empty());
}

#[tokio::test]
async fn to_depend_on_a_component_is_to_depend_on_what_is_in_it() {
    let record = Fake::update()
        .run(|ctx| async move {
            let room = ctx.component("shop:index:Room", "room");
            let corner = room.component("shop:index:Corner", "corner");
            shelf("a").register(&room);
            shelf("b").register(&corner);
            shelf("c").depends_on(&[&room]).register(&ctx);
            shelf("later").register(&room);
            Ok(())
        })
        .await
        .ok();
    assert_eq!(
        record.resource("c").dependencies,
        [
            urn("shop:index:Corner", "corner"),
            urn("shop:index:Room", "room"),
            urn(SHELF, "a"),
            urn(SHELF, "b"),
        ]
    );
}

#[tokio::test]
async fn a_resource_is_registered_after_what_it_depends_on() {
    let record = Fake::update()
        .run(|ctx| async move {
            let a = shelf("a").register(&ctx);
            let b = shelf("b").depends_on(&[&a]).register(&ctx);
            shelf("c").input("label", node(b.id())).register(&ctx);
            Ok(())
        })
        .await
        .ok();
    let names: Vec<_> = record.registered.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["shop-dev", "a", "b", "c"]);
}
