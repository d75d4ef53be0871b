//! The stack itself.

use pulumi::PropertyValue;
use pulumi::prelude::*;
use pulumi::{ResourceBuilder, node};
use pulumi_gestalt_proto::pulumi::pulumirpc::LogSeverity;
use tonic::Code;

use crate::support::{Fake, object, secret, urn};

#[tokio::test]
async fn the_stack_is_the_root_of_all_resources() {
    let record = Fake::update()
        .run(|ctx| async move {
            ResourceBuilder::new("shop:index:Shelf", "shelf").register(&ctx);
            Ok(())
        })
        .await
        .ok();
    let stack = &record.registered[0];
    assert_eq!(
        (stack.r#type.as_str(), stack.name.as_str(), stack.custom),
        ("pulumi:pulumi:Stack", "shop-dev", false)
    );
    let root = urn("pulumi:pulumi:Stack", "shop-dev");
    assert_eq!(record.root.as_deref(), Some(root.as_str()));
    assert_eq!(record.resource("shelf").parent, root);
}

#[tokio::test]
async fn exports_are_the_outputs_of_the_stack() {
    let record = Fake::update()
        .run(|ctx| async move {
            let shelf = ResourceBuilder::new("shop:index:Shelf", "shelf").register(&ctx);
            ctx.export("plain", "text");
            ctx.export("number", 3);
            ctx.export("id", shelf.id());
            ctx.export("password", Output::secret("hunter2".to_owned()));
            ctx.export("list", ["a", "b"]);
            ctx.export("map", [("id", shelf.id())]);
            Ok(())
        })
        .await
        .ok();
    let expected = object([
        ("plain", "text".into()),
        ("number", PropertyValue::Number(3.0)),
        ("id", "shelf-id".into()),
        ("password", secret("hunter2")),
        ("list", PropertyValue::Array(vec!["a".into(), "b".into()])),
        (
            "map",
            PropertyValue::Object(object([("id", "shelf-id".into())])),
        ),
    ]);
    assert_eq!(record.exports(), expected);
}

#[tokio::test]
async fn a_program_without_exports_has_empty_outputs() {
    let record = Fake::update().run(|_| async { Ok(()) }).await.ok();
    assert!(record.exports().is_empty());
    assert_eq!(record.shutdowns, 1);
}

#[tokio::test]
async fn a_name_cannot_be_exported_twice() {
    let run = Fake::update()
        .run(|ctx| async move {
            ctx.export("url", "a");
            ctx.export("url", "b");
            Ok(())
        })
        .await;
    assert_eq!(run.reports(), ["the stack output `url` is exported twice"]);
}

#[tokio::test]
async fn a_resource_that_nothing_waits_for_is_registered() {
    let record = Fake::update()
        .run(|ctx| async move {
            let slow = Output::known(()).and_then(|()| Output::known("late".to_owned()));
            ResourceBuilder::new("shop:index:Shelf", "first")
                .input("label", node(&slow))
                .register(&ctx);
            let inner = ctx.clone();
            // Declared while the program is already being waited for.
            ctx.export(
                "nested",
                slow.and_then(move |_| {
                    ResourceBuilder::new("shop:index:Shelf", "second")
                        .register(&inner)
                        .id()
                }),
            );
            Ok(())
        })
        .await
        .ok();
    assert_eq!(record.inputs("first"), object([("label", "late".into())]));
    assert_eq!(record.exports(), object([("nested", "second-id".into())]));
}

#[tokio::test]
async fn the_context_says_where_it_runs() {
    let fake = Fake::preview();
    fake.run(|ctx| async move {
        assert_eq!((ctx.project(), ctx.stack()), ("shop", "dev"));
        assert_eq!(ctx.organization(), "organization");
        assert!(ctx.dry_run());
        assert_eq!(ctx.root_directory(), None);
        Ok(())
    })
    .await
    .ok();
}

#[tokio::test]
async fn messages_reach_the_engine_with_the_resource_they_are_about() {
    let record = Fake::update()
        .run(|ctx| async move {
            let shelf = ResourceBuilder::new("shop:index:Shelf", "shelf").register(&ctx);
            ctx.log().info("hello");
            ctx.log().about(&shelf).warn("crooked");
            Ok(())
        })
        .await
        .ok();
    assert_eq!(record.messages(LogSeverity::Info), ["hello"]);
    let warning = record.logs.iter().find(|log| log.message == "crooked");
    assert_eq!(warning.unwrap().urn, urn("shop:index:Shelf", "shelf"));
}

#[tokio::test]
async fn an_engine_without_the_last_call_is_an_old_one() {
    let fake = Fake::update().fails_shutdown(Code::Unimplemented);
    fake.run(|_| async { Ok(()) }).await.ok();
}

#[tokio::test]
async fn any_other_failure_of_the_last_call_is_one() {
    let fake = Fake::update().fails_shutdown(Code::Internal);
    let run = fake.run(|_| async { Ok(()) }).await;
    assert_eq!(run.reports().len(), 1);
}

#[tokio::test]
async fn an_engine_that_cannot_say_what_it_supports_is_an_old_one() {
    let fake = Fake::update().fails_probe(Code::Unimplemented);
    let record = fake
        .run(|ctx| async move {
            ResourceBuilder::new("shop:index:Shelf", "shelf")
                .aliases(["urn:old"])
                .register(&ctx);
            Ok(())
        })
        .await
        .ok();
    let shelf = record.resource("shelf");
    assert!(!shelf.accept_resources);
    assert_eq!(shelf.alias_ur_ns, ["urn:old"]);
    assert!(shelf.aliases.is_empty());
}

#[tokio::test]
async fn any_other_failure_of_the_question_is_one() {
    let fake = Fake::update().fails_probe(Code::Internal);
    let run = fake.run(|_| async { Ok(()) }).await;
    assert!(run.reports()[0].contains("secrets"), "{:?}", run.reports());
    assert!(run.record.registered.is_empty());
}

#[tokio::test]
async fn what_is_exported_while_exports_are_computed_is_exported_too() {
    let record = Fake::update()
        .run(|ctx| async move {
            let inner = ctx.clone();
            let first = Output::known(1).map(move |value| {
                inner.export("second", value + 1);
                value
            });
            ctx.export("first", first);
            Ok(())
        })
        .await
        .ok();
    assert_eq!(
        record.exports(),
        object([("first", 1.0.into()), ("second", 2.0.into())])
    );
    assert_eq!(record.outputs.len(), 1, "it is sent once");
}
