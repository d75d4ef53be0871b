//! Checks that a program makes of its resources before they are registered.

use std::sync::{Arc, Mutex};

use pulumi::prelude::*;
use pulumi::testing::{MockResource, MockState, Mocks, Test};
use pulumi::{Checked, ErrorKind, Invoke, PropertyValue, ResourceBuilder, Violation, node, wire};
use pulumi_gestalt_proto::pulumi::pulumirpc::LogSeverity;
use serde_json::json;

use crate::support::{Fake, secret, urn};

fn shelf(name: &str) -> ResourceBuilder {
    ResourceBuilder::new("shop:index:Shelf", name)
}

/// Shelves must not be wide, and need a label.
fn rules(resource: &Checked<'_>) -> Vec<Violation> {
    let inputs = resource.plain_inputs();
    let mut found = Vec::new();
    if inputs.get("width").and_then(serde_json::Value::as_i64) > Some(9) {
        found.push(Violation::new("width", "must be at most 9").note("comes from `shop:width`"));
    }
    if inputs.get("label") == Some(&json!("")) {
        found.push(Violation::new("label", "must not be empty"));
    }
    found
}

#[tokio::test]
async fn what_a_check_finds_in_one_resource_is_one_error_with_the_line_that_declares_it() {
    let run = Fake::preview()
        .run(|ctx| async move {
            ctx.check_resources(rules);
            shelf("wide")
                .input("width", node(10))
                .input("label", node(""))
                .register(&ctx);
            Ok(())
        })
        .await;
    let reports = run.reports();
    let [report] = &reports[..] else {
        panic!("{reports:?}");
    };
    let mut lines = report.lines();
    let first = lines.next().unwrap();
    assert!(
        first.starts_with("`wide` (shop:index:Shelf) at "),
        "{first}"
    );
    assert!(first.contains("checks.rs:"), "{first}");
    assert!(first.ends_with(" was not registered:"), "{first}");
    let expected = [
        "  `width`: must be at most 9 (comes from `shop:width`)",
        "  `label`: must not be empty",
    ];
    assert_eq!(lines.collect::<Vec<_>>(), expected);
    assert_eq!(run.record.messages(LogSeverity::Error), reports);
    assert!(matches!(
        run.result.unwrap_err().errors()[0].kind(),
        ErrorKind::Refused { violations, .. } if violations.len() == 2
    ));
}

#[tokio::test]
async fn what_needs_a_refused_resource_is_checked_too_and_not_registered() {
    let run = Fake::preview()
        .outputs("oak", [("address", "aisle/oak".into())])
        .run(|ctx| async move {
            ctx.check_resources(rules);
            let room = Component::builder("shop:index:Room", "room")
                .input("width", node(10))
                .create(&ctx);
            shelf("inside").register(&room);
            let wide = shelf("wide").input("width", node(10)).register(&ctx);
            shelf("next")
                .input("beside", node(wide.output::<String>("address")))
                .input("label", node(""))
                .register(&ctx);
            shelf("after").depends_on(&[&wide]).register(&ctx);
            let found = shelf("found").get(&ctx, wide.id());
            shelf("beyond")
                .input("beside", node(found.id()))
                .register(&ctx);
            let call = Invoke::new("shop:index:find").input("at", node(wide.id()));
            shelf("last")
                .input("beside", node(call.call(&ctx).output::<String>("at")))
                .register(&ctx);
            room.register_outputs([("label", "a room")]);
            shelf("oak").input("width", node(9)).register(&ctx);
            Ok(())
        })
        .await;
    let mut refused: Vec<String> = run
        .reports()
        .iter()
        .map(|report| report.split('`').nth(1).unwrap().to_owned())
        .collect();
    refused.sort();
    assert_eq!(refused, ["next", "room", "wide"]);
    let mut names: Vec<_> = run.record.registered.iter().map(|r| &r.name).collect();
    names.sort();
    assert_eq!(names, ["oak", "shop-dev"]);
    assert!(run.record.reads.is_empty());
    assert!(run.record.invokes.is_empty());
    assert!(run.record.outputs.is_empty());
}

#[tokio::test]
async fn a_program_that_waits_for_what_was_refused_fails_once() {
    let run = Fake::preview()
        .run(|ctx| async move {
            ctx.check_resources(rules);
            let wide = shelf("wide").input("width", node(10)).register(&ctx);
            let call = Invoke::new("shop:index:find").input("at", node(wide.id()));
            let _: PropertyValue = call.call_plain(&ctx).await?;
            Ok(())
        })
        .await;
    assert_eq!(run.reports().len(), 1, "{:?}", run.reports());
}

#[tokio::test]
async fn a_check_sees_what_would_be_sent_with_its_sources_and_what_is_unknown() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    let run = Fake::preview()
        .run(move |ctx| async move {
            ctx.check_resources(move |resource| {
                let place = resource.place().map(|place| place.file().to_owned());
                let sources = resource.sources("beside").map(ToString::to_string);
                let sources: Vec<_> = sources.collect();
                notes.lock().unwrap().push((
                    resource.urn().to_string(),
                    resource.plain_inputs(),
                    sources,
                    place.is_some_and(|file| file.ends_with("checks.rs")),
                    (resource.is_custom(), resource.provider().map(str::to_owned)),
                ));
                Vec::new()
            });
            let warehouse =
                ResourceBuilder::new("pulumi:providers:shop", "warehouse").register(&ctx);
            let oak = shelf("oak")
                .input("key", node(Output::secret("k".to_owned())))
                .input("depth", node(4))
                .register(&ctx);
            shelf("next")
                .provider(&warehouse)
                .input("beside", node(vec![oak.id()]))
                .register(&ctx);
            Ok(())
        })
        .await;
    run.result.unwrap();
    let seen = seen.lock().unwrap();
    let of = |name: &str| {
        let found = seen
            .iter()
            .find(|(urn, ..)| urn.ends_with(&format!("::{name}")));
        found.unwrap_or_else(|| panic!("{name}: {seen:?}")).clone()
    };
    let (oak, inputs, _, place, (custom, provider)) = of("oak");
    assert_eq!(oak, urn("shop:index:Shelf", "oak"));
    assert_eq!(json!(inputs), json!({"key": "k", "depth": 4}));
    assert!(place && custom);
    assert_eq!(provider, None);
    let (_, inputs, sources, _, (_, provider)) = of("next");
    assert_eq!(json!(inputs), json!({"beside": [wire::UNKNOWN]}));
    assert_eq!(sources, [oak]);
    let warehouse = urn("pulumi:providers:shop", "warehouse");
    assert!(provider.unwrap().starts_with(&warehouse));
    assert_eq!(seen.len(), 3, "the stack itself is nobody's to refuse");
    let sent = run.record.registered.iter().find(|sent| sent.name == "oak");
    let key = &sent.unwrap().object.as_ref().unwrap().fields["key"];
    assert_eq!(wire::from_value(key).unwrap(), secret("k"));
}

struct Cloud;

impl Mocks for Cloud {
    fn new_resource(&self, resource: &MockResource) -> Result<MockState, BoxError> {
        Ok(MockState::of(resource))
    }
}

#[test]
fn a_test_of_a_program_has_its_checks() {
    let failure = Test::new(Cloud)
        .run(|ctx| async move {
            ctx.check_resources(rules);
            let wide = shelf("wide").input("width", node(10)).register(&ctx);
            shelf("next")
                .input("beside", node(wide.id()))
                .register(&ctx);
            Ok(())
        })
        .unwrap_err();
    let [error] = failure.errors() else {
        panic!("{failure:?}");
    };
    assert!(pulumi::report(error).contains("`width`: must be at most 9"));
}
