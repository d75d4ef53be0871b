//! What comes back from the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pulumi::prelude::*;
use pulumi::{PropertyValue, ResourceBuilder, node};

use crate::support::{Fake, Run, object, secret, urn};

async fn export<T>(fake: Fake, property: &'static str) -> Run
where
    T: pulumi::FromValue + pulumi::ToValue + Clone + Send + Sync + 'static,
{
    fake.run(|ctx| async move {
        let shelf = ResourceBuilder::new("shop:index:Shelf", "shelf").register(&ctx);
        ctx.export("value", shelf.output::<T>(property));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn outputs_are_typed() {
    let fake = Fake::update().outputs(
        "shelf",
        [
            ("size", PropertyValue::Number(1_700_000_000_000.0)),
            ("tags", PropertyValue::Object(object([("a", "b".into())]))),
        ],
    );
    let record = export::<i64>(fake.clone(), "size").await.ok();
    assert_eq!(
        record.exports(),
        object([("value", PropertyValue::Number(1_700_000_000_000.0))])
    );
    let record = export::<std::collections::BTreeMap<String, String>>(fake, "tags")
        .await
        .ok();
    assert_eq!(
        record.exports()["value"],
        PropertyValue::Object(object([("a", "b".into())]))
    );
}

#[tokio::test]
async fn an_output_of_another_type_is_an_error_that_names_the_property() {
    let fake = Fake::update().outputs("shelf", [("size", PropertyValue::Number(1.5))]);
    let reports = export::<i64>(fake, "size").await.reports();
    assert_eq!(reports.len(), 1);
    assert!(
        reports[0].contains("property `size` of `shelf`"),
        "{reports:?}"
    );
    assert!(reports[0].contains("not whole"), "{reports:?}");
}

#[tokio::test]
async fn a_secret_output_stays_a_secret() {
    let fake = Fake::update().outputs("shelf", [("key", secret("hunter2"))]);
    let record = export::<String>(fake, "key").await.ok();
    assert_eq!(record.exports(), object([("value", secret("hunter2"))]));
}

#[tokio::test]
async fn a_missing_output_is_unknown_in_a_preview() {
    let record = export::<String>(Fake::preview(), "arn").await.ok();
    assert_eq!(
        record.exports(),
        object([("value", PropertyValue::Unknown)])
    );
    let record = export::<Option<String>>(Fake::preview(), "arn").await.ok();
    assert_eq!(
        record.exports(),
        object([("value", PropertyValue::Unknown)])
    );
}

#[tokio::test]
async fn a_missing_output_that_is_used_is_an_error_in_an_update() {
    let reports = export::<String>(Fake::update(), "arn").await.reports();
    assert_eq!(reports.len(), 1);
    assert!(
        reports[0].contains("`shelf` (shop:index:Shelf) at sdk/pulumi/tests/program/outputs.rs:"),
        "{reports:?}"
    );
    assert!(reports[0].contains(" has no property `arn`"), "{reports:?}");
}

#[tokio::test]
async fn a_missing_output_that_is_not_used_is_no_error() {
    Fake::update()
        .run(|ctx| async move {
            let shelf = ResourceBuilder::new("shop:index:Shelf", "shelf").register(&ctx);
            let _ = shelf.output::<String>("arn");
            Ok(())
        })
        .await
        .ok();
}

#[tokio::test]
async fn a_missing_optional_output_is_none_in_an_update() {
    let record = export::<Option<String>>(Fake::update(), "arn").await.ok();
    assert_eq!(record.exports(), object([]));
}

#[tokio::test]
async fn what_a_skipped_resource_would_have_had_takes_the_place_of_nothing() {
    let record = export::<String>(Fake::update().skips("shelf"), "arn")
        .await
        .ok();
    // The engine keeps what it knew of the stack's output; "unknown" in the state would be no one's gain.
    assert_eq!(record.exports(), object([]));
}

#[tokio::test]
async fn functions_do_not_run_on_what_is_unknown() {
    let calls = Arc::new(AtomicUsize::new(0));
    let program = |ctx: Context| {
        let calls = Arc::clone(&calls);
        async move {
            let shelf = ResourceBuilder::new("shop:index:Shelf", "shelf").register(&ctx);
            let computed = shelf.id().map(move |id| {
                calls.fetch_add(1, Ordering::Relaxed);
                id
            });
            ctx.export("once", &computed);
            ctx.export("twice", &computed);
            Ok(())
        }
    };
    Fake::preview().run(program).await.ok();
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    Fake::update().run(program).await.ok();
    assert_eq!(calls.load(Ordering::Relaxed), 1, "and only once on what is");
}

#[tokio::test]
async fn a_urn_is_known_even_in_a_preview() {
    let record = Fake::preview()
        .run(|ctx| async move {
            let shelf = ResourceBuilder::new("shop:index:Shelf", "shelf").register(&ctx);
            ctx.export::<String>("urn", shelf.urn());
            Ok(())
        })
        .await
        .ok();
    assert_eq!(
        record.exports(),
        object([("urn", urn("shop:index:Shelf", "shelf").into())])
    );
}

#[tokio::test]
async fn debug_never_shows_a_secret() {
    let output = Output::secret("hunter2".to_owned());
    let resolved = output.resolved().await.unwrap();
    let input = node("hunter2");
    assert!(!format!("{output:?}{resolved:?}{input:?}").contains("hunter2"));
}
