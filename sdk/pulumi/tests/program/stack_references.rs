//! The outputs of other stacks.

use pulumi::prelude::*;
use pulumi::{PropertyValue, wire};

use crate::support::{Fake, object, secret};

const OTHER: &str = "acme/network/prod";

fn other_stack() -> Fake {
    let outputs = object([
        ("subnet", "subnet-1".into()),
        ("password", secret("hunter2")),
        ("size", 3.0.into()),
    ]);
    Fake::update().outputs(OTHER, [("outputs", PropertyValue::Object(outputs))])
}

#[tokio::test]
async fn another_stack_is_read_by_its_name() {
    let record = other_stack()
        .run(|ctx| async move {
            let network = StackReference::new(&ctx, OTHER);
            ctx.export("subnet", network.output::<String>("subnet"));
            ctx.export("size", network.output::<i64>("size"));
            Ok(())
        })
        .await
        .ok();
    let read = &record.reads[0];
    assert_eq!(read.r#type, "pulumi:pulumi:StackReference");
    assert_eq!((read.name.as_str(), read.id.as_str()), (OTHER, OTHER));
    let properties = wire::from_struct(read.properties.as_ref().unwrap()).unwrap();
    assert_eq!(properties, object([("name", OTHER.into())]));
    let expected = [("subnet", "subnet-1".into()), ("size", 3.0.into())];
    assert_eq!(record.exports(), object(expected));
}

#[tokio::test]
async fn a_secret_there_is_a_secret_here_and_the_rest_is_not() {
    let record = other_stack()
        .run(|ctx| async move {
            let network = StackReference::new(&ctx, OTHER);
            ctx.export("subnet", network.output::<String>("subnet"));
            ctx.export("password", network.output::<String>("password"));
            Ok(())
        })
        .await
        .ok();
    let expected = [
        ("subnet", "subnet-1".into()),
        ("password", secret("hunter2")),
    ];
    assert_eq!(record.exports(), object(expected));
}

#[tokio::test]
async fn an_output_that_is_not_there_is_an_error_that_names_those_that_are() {
    let run = other_stack()
        .run(|ctx| async move {
            let network = StackReference::new(&ctx, OTHER);
            ctx.export("subnets", network.output::<String>("subnets"));
            Ok(())
        })
        .await;
    let reports = run.reports();
    assert!(reports[0].contains("no output `subnets`"), "{reports:?}");
    assert!(
        reports[0].contains("it has password, size, subnet"),
        "{reports:?}"
    );
    assert!(!reports[0].contains("hunter2"), "{reports:?}");
}

#[tokio::test]
async fn an_output_that_may_be_missing_is_none() {
    let record = other_stack()
        .run(|ctx| async move {
            let network = StackReference::new(&ctx, OTHER);
            let missing = network.output::<Option<String>>("subnets");
            ctx.export("missing", missing.map(|it| it.is_none()));
            Ok(())
        })
        .await
        .ok();
    assert_eq!(record.exports(), object([("missing", true.into())]));
}

#[tokio::test]
async fn an_output_of_another_type_is_an_error_without_its_value() {
    let run = other_stack()
        .run(|ctx| async move {
            let network = StackReference::new(&ctx, OTHER);
            ctx.export("password", network.output::<i64>("password"));
            Ok(())
        })
        .await;
    let reports = run.reports();
    assert!(
        reports[0].contains("expected a number") || reports[0].contains("expected an integer"),
        "{reports:?}"
    );
    assert!(!reports[0].contains("hunter2"), "{reports:?}");
}

#[tokio::test]
async fn the_name_may_come_from_an_output() {
    let record = Fake::update()
        .run(|ctx| async move {
            let stack = Output::known("prod".to_owned());
            StackReference::named(&ctx, "network", interpolate!("acme/network/{}", &stack));
            Ok(())
        })
        .await
        .ok();
    let read = &record.reads[0];
    assert_eq!((read.name.as_str(), read.id.as_str()), ("network", OTHER));
}
