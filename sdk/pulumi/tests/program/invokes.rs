//! Functions and methods of providers.

use std::collections::BTreeMap;

use pulumi::prelude::*;
use pulumi::{
    ErrorKind, Invoke, OutputValue, PropertyValue, ResourceBuilder, ResourceReference, node, wire,
};

use crate::support::{Fake, object, secret, urn};

const FIND: &str = "shop:index:findShelf";
const MEASURE: &str = "shop:index:Shelf/measure";

fn shelf(name: &str) -> ResourceBuilder {
    ResourceBuilder::new("shop:index:Shelf", name)
}

#[tokio::test]
async fn everything_about_a_call_is_sent() {
    let record = Fake::update()
        .run(|ctx| async move {
            let provider = ResourceBuilder::new("pulumi:providers:shop", "east").register(&ctx);
            let result = Invoke::new(FIND)
                .input("label", node("blue"))
                .provider(&provider)
                .version("1.2.3")
                .plugin_download_url("https://plugins.example")
                .call(&ctx);
            ctx.export("found", result.value());
            Ok(())
        })
        .await
        .ok();
    let [call] = &record.invokes[..] else {
        panic!("{:?}", record.invokes)
    };
    assert_eq!(call.tok, FIND);
    let arguments = wire::from_struct(call.args.as_ref().unwrap()).unwrap();
    assert_eq!(arguments, object([("label", "blue".into())]));
    let provider = urn("pulumi:providers:shop", "east");
    assert_eq!(call.provider, format!("{provider}::east-id"));
    assert_eq!(call.version, "1.2.3");
    assert_eq!(call.plugin_download_url, "https://plugins.example");
    assert!(call.accept_resources);
}

#[tokio::test]
async fn a_result_comes_from_what_the_arguments_come_from() {
    let record = Fake::update()
        .outputs(FIND, [("colour", "blue".into())])
        .run(|ctx| async move {
            let oak = shelf("oak").register(&ctx);
            let found = Invoke::new(FIND).input("id", node(oak.id())).call(&ctx);
            shelf("next")
                .input("colour", node(found.output::<String>("colour")))
                .register(&ctx);
            Ok(())
        })
        .await
        .ok();
    assert_eq!(record.inputs("next"), object([("colour", "blue".into())]));
    let oak = urn("shop:index:Shelf", "oak");
    assert_eq!(
        record.resource("next").property_dependencies["colour"].urns,
        [oak]
    );
}

#[tokio::test]
async fn a_secret_argument_is_sent_plain_and_makes_the_result_a_secret() {
    let record = Fake::update()
        .outputs(FIND, [("colour", "blue".into())])
        .run(|ctx| async move {
            let found = Invoke::new(FIND)
                .input("key", node(Output::secret("k".to_owned())))
                .call(&ctx);
            ctx.export("colour", found.output::<String>("colour"));
            Ok(())
        })
        .await
        .ok();
    let arguments = wire::from_struct(record.invokes[0].args.as_ref().unwrap()).unwrap();
    assert_eq!(arguments, object([("key", "k".into())]));
    assert_eq!(record.exports(), object([("colour", secret("blue"))]));
}

#[tokio::test]
async fn a_secret_in_a_result_makes_only_itself_one() {
    let record = Fake::update()
        .outputs(FIND, [("colour", "blue".into()), ("key", secret("k"))])
        .run(|ctx| async move {
            let found = Invoke::new(FIND).call(&ctx);
            ctx.export("colour", found.output::<String>("colour"));
            ctx.export("key", found.output::<String>("key"));
            Ok(())
        })
        .await
        .ok();
    let expected = [("colour", "blue".into()), ("key", secret("k"))];
    assert_eq!(record.exports(), object(expected));
}

#[tokio::test]
async fn nothing_is_called_with_an_argument_that_is_unknown() {
    let record = Fake::preview()
        .run(|ctx| async move {
            let oak = shelf("oak").register(&ctx);
            let found = Invoke::new(FIND).input("id", node(oak.id())).call(&ctx);
            ctx.export("colour", found.output::<String>("colour"));
            Ok(())
        })
        .await
        .ok();
    assert!(record.invokes.is_empty());
    let expected = [("colour", PropertyValue::Unknown)];
    assert_eq!(record.exports(), object(expected));
}

#[tokio::test]
async fn nothing_is_called_before_what_it_depends_on_is_there() {
    let program = |ctx: Context| async move {
        let oak = shelf("oak").register(&ctx);
        let found = Invoke::new(FIND).depends_on(&[&oak]).call(&ctx);
        ctx.export("colour", found.output::<Option<String>>("colour"));
        Ok(())
    };
    let preview = Fake::preview().run(program).await.ok();
    assert!(preview.invokes.is_empty());
    let update = Fake::update().run(program).await.ok();
    assert_eq!(update.invokes.len(), 1);
}

#[tokio::test]
async fn a_call_in_a_component_asks_the_provider_of_the_component() {
    let record = Fake::update()
        .run(|ctx| async move {
            let provider = ResourceBuilder::new("pulumi:providers:shop", "east").register(&ctx);
            let corner = Component::builder("shop:index:Corner", "corner")
                .providers(&[&provider])
                .create(&ctx);
            ctx.export("a", Invoke::new(FIND).call(&corner).value());
            ctx.export("b", Invoke::new(FIND).parent(&corner).call(&ctx).value());
            Ok(())
        })
        .await
        .ok();
    let provider = format!("{}::east-id", urn("pulumi:providers:shop", "east"));
    for call in &record.invokes {
        assert_eq!(call.provider, provider);
    }
    assert_eq!(record.invokes.len(), 2);
}

#[tokio::test]
async fn a_plain_call_gives_its_result_at_once() {
    Fake::update()
        .outputs(FIND, [("colour", "blue".into())])
        .run(|ctx| async move {
            let found: BTreeMap<String, String> = Invoke::new(FIND).call_plain(&ctx).await?;
            assert_eq!(found["colour"], "blue");
            Ok(())
        })
        .await
        .ok();
}

#[tokio::test]
async fn a_plain_call_with_an_unknown_argument_is_an_error_that_names_the_other_way() {
    let run = Fake::preview()
        .run(|ctx| async move {
            let oak = shelf("oak").register(&ctx);
            let call = Invoke::new(FIND).input("id", node(oak.id()));
            call.call_plain::<PropertyValue>(&ctx).await?;
            Ok(())
        })
        .await;
    let reports = run.reports();
    assert!(
        reports[0].contains("`shop:index:findShelf` at sdk/"),
        "{reports:?}"
    );
    assert!(reports[0].contains("use `call`"), "{reports:?}");
}

#[tokio::test]
async fn a_plain_result_of_another_type_is_an_error() {
    let run = Fake::update()
        .outputs(FIND, [("colour", "blue".into())])
        .run(|ctx| async move {
            let _: BTreeMap<String, bool> = Invoke::new(FIND).call_plain(&ctx).await?;
            Ok(())
        })
        .await;
    let reports = run.reports();
    assert!(
        reports[0].contains("at `colour`: expected a boolean"),
        "{reports:?}"
    );
}

#[tokio::test]
async fn refused_arguments_are_named() {
    let run = Fake::update()
        .refuses_argument(FIND, "label", "is too long")
        .run(|ctx| async move {
            ctx.export("found", Invoke::new(FIND).call(&ctx).value());
            Ok(())
        })
        .await;
    let failure = run.result.unwrap_err();
    let report = pulumi::report(&failure.errors()[0]);
    assert!(report.contains("`label`: is too long"), "{report}");
}

#[tokio::test]
async fn a_method_is_told_its_resource_and_where_its_arguments_come_from() {
    let record = Fake::update()
        .outputs(MEASURE, [("width", 2.0.into())])
        .run(|ctx| async move {
            let oak = shelf("oak").register(&ctx);
            let pine = shelf("pine").register(&ctx);
            let measured = Invoke::method(MEASURE, &oak)
                .input("against", node(pine.id()))
                .input("unit", node("m"))
                .call(&ctx);
            shelf("next")
                .input("width", node(measured.output::<f64>("width")))
                .register(&ctx);
            Ok(())
        })
        .await
        .ok();
    let call = &record.calls[0];
    let arguments = wire::from_struct(call.args.as_ref().unwrap()).unwrap();
    let pine = urn("shop:index:Shelf", "pine");
    let PropertyValue::ResourceReference(ResourceReference { urn: this, .. }) =
        &arguments["__self__"]
    else {
        panic!("{arguments:?}")
    };
    assert_eq!(this.as_str(), urn("shop:index:Shelf", "oak"));
    assert_eq!(
        arguments["against"],
        PropertyValue::Output(OutputValue {
            value: Some(Box::new("pine-id".into())),
            secret: false,
            dependencies: [pine.as_str().into()].into(),
        })
    );
    assert_eq!(arguments["unit"], "m".into());
    assert_eq!(call.arg_dependencies["against"].urns, [pine.as_str()]);
    let width = &record.resource("next").property_dependencies["width"].urns;
    assert!(
        width.contains(&"urn:from-the-method".to_owned()),
        "{width:?}"
    );
}

#[tokio::test]
async fn a_call_that_nothing_uses_is_not_made() {
    let record = Fake::update()
        .run(|ctx| async move {
            let _ = Invoke::new(FIND).call(&ctx);
            Ok(())
        })
        .await
        .ok();
    assert!(record.invokes.is_empty());
}

#[tokio::test]
async fn a_call_that_fails_fails_what_uses_it() {
    let run = Fake::update()
        .refuses_argument(FIND, "", "no such shelf")
        .run(|ctx| async move {
            let found = Invoke::new(FIND).call(&ctx);
            shelf("next")
                .input("colour", node(found.output::<String>("colour")))
                .register(&ctx);
            Ok(())
        })
        .await;
    assert!(run.reports()[0].contains("cannot compute property `colour` of `next`"));
    let failure = run.result.unwrap_err();
    assert!(matches!(
        failure.errors()[0].kind(),
        ErrorKind::Input { .. }
    ));
}

#[tokio::test]
async fn what_is_created_in_a_component_later_may_need_a_call_after_it() {
    let record = Fake::update()
        .outputs(FIND, [("colour", "blue".into())])
        .run(|ctx| async move {
            let corner = ctx.component("shop:index:Corner", "corner");
            shelf("first").register(&corner);
            let found = Invoke::new(FIND).depends_on(&[&corner]).call(&ctx);
            shelf("second")
                .input("colour", node(found.output::<String>("colour")))
                .register(&corner);
            Ok(())
        })
        .await
        .ok();
    let on = &record.resource("second").property_dependencies["colour"].urns;
    assert!(on.contains(&urn("shop:index:Shelf", "first")), "{on:?}");
}

#[tokio::test]
async fn nothing_is_looked_up_by_the_name_of_what_is_yet_to_be_created() {
    let program = |ctx: Context| async move {
        let oak = shelf("oak").input("label", node("blue")).register(&ctx);
        let label = oak.output::<String>("label");
        let found = Invoke::new(FIND).input("label", node(label)).call(&ctx);
        ctx.export("colour", found.output::<Option<String>>("colour"));
        Ok(())
    };
    // The label is known, and nothing has it.
    let preview = Fake::preview().run(program).await.ok();
    assert!(preview.invokes.is_empty());
    let expected = [("colour", PropertyValue::Unknown)];
    assert_eq!(preview.exports(), object(expected));
    assert_eq!(Fake::update().run(program).await.ok().invokes.len(), 1);
}

#[tokio::test]
async fn a_secret_that_nobody_knows_yet_is_one_to_a_method_too() {
    let record = Fake::preview()
        .run(|ctx| async move {
            let oak = shelf("oak").register(&ctx);
            let key = oak.output::<String>("key").as_secret();
            let measured = Invoke::method(MEASURE, &oak)
                .input("key", node(key))
                .call(&ctx);
            // A preview may not say all that an update will.
            ctx.export("width", measured.output::<f64>("width"));
            Ok(())
        })
        .await
        .ok();
    let arguments = wire::from_struct(record.calls[0].args.as_ref().unwrap()).unwrap();
    let PropertyValue::Output(key) = &arguments["key"] else {
        panic!("{arguments:?}")
    };
    assert!(key.secret && key.value.is_none());
}
