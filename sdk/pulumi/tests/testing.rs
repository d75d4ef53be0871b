//! Unit tests of programs: mocks instead of an engine.

use std::collections::BTreeMap;

use pulumi::prelude::*;
use pulumi::testing::{MockCall, MockResource, MockState, Mocks, Severity, Test};
use pulumi::{Invoke, PropertyValue, ResourceBuilder, node};

/// A cloud in which every shelf has an address.
struct Cloud;

impl Mocks for Cloud {
    fn new_resource(&self, resource: &MockResource) -> Result<MockState, BoxError> {
        if resource.name == "bad" {
            return Err("too wide".into());
        }
        let mut state = MockState::of(resource);
        if resource.type_token == "shop:index:Shelf" {
            state.output("address", format!("aisle/{}", resource.name));
        }
        if let Some(id) = &resource.id {
            state.output("found", id.as_str());
        }
        Ok(state)
    }

    fn call(&self, call: &MockCall) -> Result<BTreeMap<String, PropertyValue>, BoxError> {
        match call.token.as_str() {
            "shop:index:findShelf" => Ok(call.arguments.clone()),
            other => Err(format!("no function {other}").into()),
        }
    }
}

fn shelf(name: &str) -> ResourceBuilder {
    ResourceBuilder::new("shop:index:Shelf", name)
}

#[test]
fn a_program_is_seen_as_the_engine_would_see_it() {
    let deployment = Test::new(Cloud)
        .project("shop")
        .stack("dev")
        .run(|ctx| async move {
            let room = Component::builder("shop:index:Room", "room")
                .protect(true)
                .create(&ctx);
            let oak = shelf("oak")
                .input("key", node(Output::secret("k".to_owned())))
                .register(&room);
            shelf("next")
                .input("beside", node(oak.output::<String>("address")))
                .depends_on(&[&room])
                .register(&ctx);
            ctx.export("id", oak.id());
            room.register_outputs([("address", oak.output::<String>("address"))]);
            ctx.log().about(&oak).warn("it creaks");
            Ok(())
        })
        .unwrap();

    let oak = deployment.resource("oak").unwrap();
    let urn = "urn:pulumi:dev::shop::shop:index:Room$shop:index:Shelf::oak";
    assert_eq!(oak.urn.as_str(), urn);
    assert_eq!(oak.protect, Some(true));
    let room = deployment.resource("room").unwrap();
    assert_eq!(oak.parent.as_ref(), Some(&room.urn));
    assert_eq!(
        oak.inputs["key"],
        PropertyValue::Secret(Box::new("k".into()))
    );

    let next = deployment.resource("next").unwrap();
    assert_eq!(next.inputs["beside"], "aisle/oak".into());
    assert!(next.property_dependencies["beside"].contains(&oak.urn));
    assert!(next.dependencies.contains(&room.urn));

    assert_eq!(deployment.outputs["id"], "oak-id".into());
    let outputs = &deployment.component_outputs[&room.urn];
    assert_eq!(outputs["address"], "aisle/oak".into());
    assert_eq!(deployment.of_type("shop:index:Shelf").count(), 2);

    let [message] = &deployment.messages[..] else {
        panic!("{:?}", deployment.messages)
    };
    assert_eq!(
        (message.severity, message.text.as_str()),
        (Severity::Warning, "it creaks")
    );
    assert_eq!(message.urn.as_ref(), Some(&oak.urn));
}

#[test]
fn functions_and_existing_resources_are_mocked_too() {
    let deployment = Test::new(Cloud)
        .run(|ctx| async move {
            let found = Invoke::new("shop:index:findShelf")
                .input("label", node("blue"))
                .call(&ctx);
            ctx.export("label", found.output::<String>("label"));
            let old = shelf("old").get(&ctx, "shelf-7");
            ctx.export("old", old.output::<String>("found"));
            Ok(())
        })
        .unwrap();
    assert_eq!(deployment.outputs["label"], "blue".into());
    assert_eq!(deployment.outputs["old"], "shelf-7".into());
    assert!(deployment.resource("old").unwrap().read);
}

#[test]
fn what_a_mock_refuses_fails_the_run_as_a_provider_would() {
    let failure = Test::new(Cloud)
        .run(|ctx| async move {
            shelf("bad").register(&ctx);
            Ok(())
        })
        .unwrap_err();
    let report = pulumi::report(&failure.errors()[0]);
    assert!(
        report.contains("`bad` (shop:index:Shelf)") && report.contains("too wide"),
        "{report}"
    );
}

#[test]
fn a_function_that_is_not_mocked_says_so() {
    struct Nothing;
    impl Mocks for Nothing {
        fn new_resource(&self, resource: &MockResource) -> Result<MockState, BoxError> {
            Ok(MockState::of(resource))
        }
    }
    let failure = Test::new(Nothing)
        .run(|ctx| async move {
            ctx.export(
                "found",
                Invoke::new("shop:index:findShelf").call(&ctx).value(),
            );
            Ok(())
        })
        .unwrap_err();
    let report = pulumi::report(&failure.errors()[0]);
    assert!(
        report.contains("the mocks know no function `shop:index:findShelf`"),
        "{report}"
    );
}

#[test]
fn a_preview_leaves_unknown_what_the_mocks_do_not_say() {
    let deployment = Test::new(Cloud)
        .preview()
        .run(|ctx| async move {
            assert!(ctx.dry_run());
            let oak = shelf("oak").register(&ctx);
            ctx.export("weight", oak.output::<f64>("weight"));
            Ok(())
        })
        .unwrap();
    assert_eq!(deployment.outputs["weight"], PropertyValue::Unknown);
}

#[test]
fn configuration_is_given_as_to_a_stack() {
    let program = |ctx: Context| async move {
        let config = ctx.config();
        config.unknown_keys(&["size", "key"])?;
        ctx.export("size", config.require::<i64>("size")?);
        ctx.export("key", config.require_secret::<String>("key")?);
        Ok(())
    };
    let test = || Test::new(Cloud).project("shop").config("shop:size", "3");
    let deployment = test().secret_config("shop:key", "k").run(program).unwrap();
    assert_eq!(deployment.outputs["size"], 3.0.into());
    assert_eq!(
        deployment.outputs["key"],
        PropertyValue::Secret(Box::new("k".into()))
    );
    let failure = test().config("shop:sizes", "k").run(program).unwrap_err();
    let report = pulumi::report(&failure.errors()[0]);
    assert!(
        report.contains("`shop:sizes` (did you mean `shop:size`?)"),
        "{report}"
    );
}
