//! Options that name other resources, or what the resource was before.

use pulumi::prelude::*;
use pulumi::{ResourceBuilder, Urn, node, wire};
use pulumi_gestalt_proto::pulumi::pulumirpc::alias::{Alias as Form, Spec, spec};

use crate::support::{Fake, urn};

fn shelf(name: &str) -> ResourceBuilder {
    ResourceBuilder::new("shop:index:Shelf", name)
}

fn all_options(ctx: &Context) {
    let room = ResourceBuilder::new("shop:index:Room", "room").register(ctx);
    shelf("shelf")
        .deleted_with(&room)
        .replace_with(&[&room])
        .replacement_trigger(room.id())
        .plugin_download_url("https://plugins.example")
        .register(ctx);
}

#[tokio::test]
async fn what_a_resource_lives_and_dies_with_is_sent() {
    let record = Fake::update()
        .run(|ctx| async move {
            all_options(&ctx);
            Ok(())
        })
        .await
        .ok();
    let shelf = record.resource("shelf");
    let room = urn("shop:index:Room", "room");
    assert_eq!(shelf.deleted_with, room);
    assert_eq!(shelf.replace_with, [room.as_str()]);
    let trigger = wire::from_value(shelf.replacement_trigger.as_ref().unwrap()).unwrap();
    assert_eq!(trigger, "room-id".into());
    assert_eq!(shelf.plugin_download_url, "https://plugins.example");
}

#[tokio::test]
async fn an_option_that_the_engine_is_too_old_for_is_refused_by_its_name() {
    let features = [
        "secrets",
        "deletedWith",
        "replaceWith",
        "replacementTrigger",
    ];
    for (missing, option) in [
        ("deletedWith", "`deleted_with`"),
        ("replaceWith", "`replace_with`"),
        ("replacementTrigger", "`replacement_trigger`"),
    ] {
        let others: Vec<_> = features.into_iter().filter(|it| *it != missing).collect();
        let run = Fake::update()
            .supports(&others)
            .run(|ctx| async move {
                all_options(&ctx);
                Ok(())
            })
            .await;
        let reports = run.reports();
        assert_eq!(reports.len(), 1);
        assert!(reports[0].contains(option), "{reports:?}");
        assert!(reports[0].contains("a newer Pulumi CLI"), "{reports:?}");
    }
}

#[tokio::test]
async fn an_alias_says_only_what_was_different() {
    let record = Fake::update()
        .run(|ctx| async move {
            let room = ctx.component("shop:index:Room", "room");
            shelf("shelf")
                .aliases([
                    Alias::new().name("board"),
                    Alias::new()
                        .type_token("shop:index:Board")
                        .stack("old")
                        .project("yard"),
                    Alias::new().parent(&room),
                    Alias::new().no_parent(),
                    Alias::new().parent_urn("urn:gone"),
                    Alias::from("urn:old"),
                    Alias::from(Urn::from("urn:old")),
                ])
                .register(&ctx);
            Ok(())
        })
        .await
        .ok();
    let aliases = record.resource("shelf").aliases.clone();
    let forms: Vec<_> = aliases
        .into_iter()
        .map(|alias| alias.alias.unwrap())
        .collect();
    let spec = |spec| Form::Spec(spec);
    let under = |parent| {
        spec(Spec {
            parent: Some(parent),
            ..Spec::default()
        })
    };
    let expected = [
        spec(Spec {
            name: "board".to_owned(),
            ..Spec::default()
        }),
        spec(Spec {
            r#type: "shop:index:Board".to_owned(),
            stack: "old".to_owned(),
            project: "yard".to_owned(),
            ..Spec::default()
        }),
        under(spec::Parent::ParentUrn(urn("shop:index:Room", "room"))),
        under(spec::Parent::NoParent(true)),
        under(spec::Parent::ParentUrn("urn:gone".to_owned())),
        // Twice the same is once.
        Form::Urn("urn:old".to_owned()),
    ];
    assert_eq!(forms, expected);
}

#[tokio::test]
async fn an_engine_that_knows_urns_only_is_sent_urns_and_nothing_else() {
    let fake = || Fake::update().supports(&["secrets"]);
    let record = fake()
        .run(|ctx| async move {
            shelf("shelf").aliases(["urn:old"]).register(&ctx);
            Ok(())
        })
        .await
        .ok();
    assert_eq!(record.resource("shelf").alias_ur_ns, ["urn:old"]);
    assert!(record.resource("shelf").aliases.is_empty());
    let run = fake()
        .run(|ctx| async move {
            shelf("shelf")
                .aliases([Alias::new().name("board")])
                .register(&ctx);
            Ok(())
        })
        .await;
    assert!(run.reports()[0].contains("an alias that is not a whole URN, on `shelf`"));
}

#[tokio::test]
async fn a_child_takes_the_provider_of_its_own_package() {
    let record = Fake::update()
        .run(|ctx| async move {
            let shop = ResourceBuilder::new("pulumi:providers:shop", "east").register(&ctx);
            let yard = ResourceBuilder::new("pulumi:providers:yard", "west").register(&ctx);
            let own = ResourceBuilder::new("pulumi:providers:shop", "own").register(&ctx);
            let room = Component::builder("mine:index:Room", "room")
                .providers(&[&shop, &yard])
                .create(&ctx);
            let inner = room.component("mine:index:Corner", "corner");
            shelf("shelf").register(&inner);
            ResourceBuilder::new("yard:index:Tree", "tree").register(&inner);
            shelf("other").provider(&own).register(&inner);
            ResourceBuilder::new("else:index:Thing", "thing").register(&inner);
            Ok(())
        })
        .await
        .ok();
    let provider = |name: &str| record.resource(name).provider.clone();
    let reference = |package: &str, name: &str| {
        let urn = urn(&format!("pulumi:providers:{package}"), name);
        format!("{urn}::{name}-id")
    };
    assert_eq!(provider("shelf"), reference("shop", "east"));
    assert_eq!(provider("tree"), reference("yard", "west"));
    assert_eq!(provider("other"), reference("shop", "own"));
    assert_eq!(provider("thing"), "");
    // A component that is made here needs no provider itself.
    assert_eq!(provider("room"), "");
}

#[tokio::test]
async fn a_trigger_that_cannot_be_computed_fails_the_resource() {
    let run = Fake::update()
        .run(|ctx| async move {
            let bad = Output::known(1).try_map(|_: i32| Err::<String, _>("the roof leaks"));
            shelf("shelf").replacement_trigger(bad).register(&ctx);
            shelf("other").input("a", node("b")).register(&ctx);
            Ok(())
        })
        .await;
    let reports = run.reports();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].contains("the roof leaks"), "{reports:?}");
    // The place is that of the function, not of what used its result.
    assert!(reports[0].contains("related.rs:"), "{reports:?}");
}

#[tokio::test]
async fn the_state_says_which_line_declares_a_resource() {
    let mut fake = Fake::update();
    // The project's folder may be below the workspace's root, where cargo names files from.
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    fake.settings.root_directory = Some(here.to_owned());
    let record = fake
        .run(|ctx| async move {
            shelf("shelf").register(&ctx);
            Ok(())
        })
        .await
        .ok();
    let position = record.resource("shelf").source_position.clone().unwrap();
    let file = here.join("tests/program/related.rs");
    assert_eq!(position.uri, format!("file://{}", file.display()));
    assert!(position.line > 0 && position.column > 0);
}

#[tokio::test]
async fn an_option_that_names_an_unknown_property_is_refused_with_the_right_name() {
    for path in ["desired_count", "desired_count[0]", "desired_count.a"] {
        let run = Fake::update()
            .run(|ctx| async move {
                shelf("shelf")
                    .properties(&["desiredCount", "name"])
                    .ignore_changes(&["name", "*", path])
                    .register(&ctx);
                Ok(())
            })
            .await;
        let reports = run.reports();
        assert!(
            reports[0].contains("`ignore_changes` of `shelf`"),
            "{reports:?}"
        );
        assert!(
            reports[0].contains("did you mean `desiredCount`?"),
            "{reports:?}"
        );
    }
}
