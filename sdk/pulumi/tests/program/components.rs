//! Resources that group others.

use pulumi::prelude::*;
use pulumi::{ResourceBuilder, node};

use crate::support::{Fake, object, secret, urn};

const SHELF: &str = "shop:index:Shelf";
const ROOM: &str = "shop:index:Room";

#[tokio::test]
async fn what_is_created_in_a_component_is_its_child() {
    let record = Fake::update()
        .run(|ctx| async move {
            let room = ctx.component(ROOM, "room");
            let corner = room.component("shop:index:Corner", "corner");
            ResourceBuilder::new(SHELF, "shelf").register(&corner);
            Ok(())
        })
        .await
        .ok();
    let room = record.resource("room");
    assert!(!room.custom);
    assert_eq!(room.parent, urn("pulumi:pulumi:Stack", "shop-dev"));
    assert_eq!(record.resource("corner").parent, urn(ROOM, "room"));
    assert_eq!(
        record.resource("shelf").parent,
        urn("shop:index:Corner", "corner")
    );
}

#[tokio::test]
async fn an_explicit_parent_wins_over_the_scope() {
    let record = Fake::update()
        .run(|ctx| async move {
            let shelf = ResourceBuilder::new(SHELF, "shelf").register(&ctx);
            let room = ctx.component(ROOM, "room");
            ResourceBuilder::new(SHELF, "board")
                .parent(&shelf)
                .register(&room);
            Ok(())
        })
        .await
        .ok();
    assert_eq!(record.resource("board").parent, urn(SHELF, "shelf"));
}

#[tokio::test]
async fn a_component_registers_its_outputs() {
    let record = Fake::update()
        .run(|ctx| async move {
            let room = ctx.component(ROOM, "room");
            let shelf = ResourceBuilder::new(SHELF, "shelf").register(&room);
            room.register_outputs([
                ("id", node(shelf.id())),
                ("key", node(Output::secret("hunter2".to_owned()))),
            ]);
            Ok(())
        })
        .await
        .ok();
    assert_eq!(
        record.outputs_of(&urn(ROOM, "room")),
        object([("id", "shelf-id".into()), ("key", secret("hunter2"))])
    );
}

#[tokio::test]
async fn a_component_shows_its_inputs() {
    let record = Fake::update()
        .run(|ctx| async move {
            Component::builder(ROOM, "room")
                .input("size", node("small"))
                .create(&ctx);
            Ok(())
        })
        .await
        .ok();
    assert_eq!(record.inputs("room"), object([("size", "small".into())]));
}

#[tokio::test]
async fn children_inherit_protection_unless_they_say_otherwise() {
    let record = Fake::update()
        .run(|ctx| async move {
            let room = Component::builder(ROOM, "room").protect(true).create(&ctx);
            let corner = room.component("shop:index:Corner", "corner");
            ResourceBuilder::new(SHELF, "kept").register(&corner);
            ResourceBuilder::new(SHELF, "free")
                .protect(false)
                .register(&corner);
            ResourceBuilder::new(SHELF, "other").register(&ctx);
            Ok(())
        })
        .await
        .ok();
    assert_eq!(record.resource("kept").protect, Some(true));
    assert_eq!(record.resource("free").protect, Some(false));
    assert_eq!(record.resource("other").protect, None);
}

#[tokio::test]
async fn children_inherit_the_provider_of_their_package() {
    let record = Fake::update()
        .run(|ctx| async move {
            let provider = ResourceBuilder::new("pulumi:providers:shop", "east").register(&ctx);
            let room = Component::builder(ROOM, "room")
                .provider(&provider)
                .create(&ctx);
            let corner = room.component("shop:index:Corner", "corner");
            ResourceBuilder::new(SHELF, "shelf").register(&corner);
            ResourceBuilder::new("bank:index:Account", "account").register(&corner);
            Ok(())
        })
        .await
        .ok();
    let provider = format!("{}::east-id", urn("pulumi:providers:shop", "east"));
    assert_eq!(record.resource("shelf").provider, provider);
    assert_eq!(record.resource("account").provider, "");
    assert_eq!(record.resource("corner").provider, "");
}
