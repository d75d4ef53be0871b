//! What properties are given, as it arrives at the engine.

use std::collections::BTreeMap;

use pulumi::prelude::*;
use pulumi::{Input, Node, PropertyValue, ResourceBuilder, node};

use crate::support::{Fake, Object, object, secret};

async fn sent(fake: Fake, inputs: Vec<(&'static str, Node)>) -> Object {
    let record = fake
        .run(|ctx| async move {
            let mut builder = ResourceBuilder::new("shop:index:Shelf", "shelf");
            for (property, value) in inputs {
                builder = builder.input(property, value);
            }
            builder.register(&ctx);
            Ok(())
        })
        .await
        .ok();
    record.inputs("shelf")
}

#[tokio::test]
async fn values_of_every_type_arrive() {
    let text = "text".to_owned();
    let sent = sent(
        Fake::update(),
        vec![
            ("str", node("text")),
            ("string_ref", node(&text)),
            ("bool", node(true)),
            ("integer", node(7)),
            ("number", node(0.5)),
            ("list", node(vec!["a"])),
            ("map", node([("k", 1)])),
            ("tree", node(BTreeMap::from([("k", [Output::known(true)])]))),
            ("any", node(serde_json::json!({"a": [1, null, "x"]}))),
            ("asset", node(Asset::text("hello"))),
            (
                "archive",
                node(Archive::assets([(
                    "bootstrap",
                    Asset::file("target/bootstrap"),
                )])),
            ),
        ],
    )
    .await;
    let text = PropertyValue::from("text");
    let map = |value| PropertyValue::Object(object([("k", value)]));
    let expected = object([
        ("str", text.clone()),
        ("string_ref", text),
        ("bool", true.into()),
        ("integer", PropertyValue::Number(7.0)),
        ("number", PropertyValue::Number(0.5)),
        ("list", PropertyValue::Array(vec!["a".into()])),
        ("map", map(PropertyValue::Number(1.0))),
        ("tree", map(PropertyValue::Array(vec![true.into()]))),
        (
            "any",
            PropertyValue::Object(object([(
                "a",
                PropertyValue::Array(vec![
                    PropertyValue::Number(1.0),
                    PropertyValue::Null,
                    "x".into(),
                ]),
            )])),
        ),
        ("asset", PropertyValue::Asset(Asset::text("hello"))),
        (
            "archive",
            PropertyValue::Archive(Archive::assets([(
                "bootstrap",
                Asset::file("target/bootstrap"),
            )])),
        ),
    ]);
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_secret_stays_one_wherever_it_goes() {
    let password = Output::secret("hunter2".to_owned());
    let sent = sent(
        Fake::update(),
        vec![
            ("plain", node(&password)),
            (
                "computed",
                node(password.map(|text| text.len().to_string())),
            ),
            ("joined", node(interpolate!("{}@{}", "admin", &password))),
            ("nested", node([Output::known("open".to_owned()), password])),
            ("wrapped", node("closed").into_secret()),
        ],
    )
    .await;
    let expected = object([
        ("plain", secret("hunter2")),
        ("computed", secret("7")),
        ("joined", secret("admin@hunter2")),
        (
            "nested",
            PropertyValue::Array(vec!["open".into(), secret("hunter2")]),
        ),
        ("wrapped", secret("closed")),
    ]);
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn an_unknown_part_leaves_the_rest_known() {
    let unknown = Output::<String>::unknown();
    let sent = sent(
        Fake::preview(),
        vec![
            ("whole", node(&unknown)),
            (
                "part",
                node([Output::known("a".to_owned()), unknown.clone()]),
            ),
            (
                "joined",
                node(Output::concat(["a".into_input(), unknown.into_input()])),
            ),
        ],
    )
    .await;
    let expected = object([
        ("whole", PropertyValue::Unknown),
        (
            "part",
            PropertyValue::Array(vec!["a".into(), PropertyValue::Unknown]),
        ),
        ("joined", PropertyValue::Unknown),
    ]);
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn an_optional_output_that_is_not_there_gives_nothing() {
    let none: Output<Option<String>> = Output::known(None);
    assert_eq!(
        sent(Fake::update(), vec![("label", node(none))]).await,
        object([])
    );
}

#[tokio::test]
async fn an_input_is_an_output_again_when_a_component_needs_it() {
    let input: Input<String> = Output::secret("hunter2".to_owned()).into_input();
    let resolved = input.to_output().resolved().await.unwrap();
    assert_eq!(resolved.value.as_deref(), Some("hunter2"));
    assert!(resolved.secret);
}

#[tokio::test]
async fn an_integer_that_would_change_is_refused() {
    let run = Fake::update()
        .run(|ctx| async move {
            ResourceBuilder::new("shop:index:Shelf", "shelf")
                .input("size", node((1_i64 << 53) + 1))
                .register(&ctx);
            Ok(())
        })
        .await;
    let reports = run.reports();
    assert_eq!(reports.len(), 1);
    assert!(reports[0].contains("`size` of `shelf`"), "{reports:?}");
    assert!(reports[0].contains("2^53"), "{reports:?}");
}

#[tokio::test]
async fn a_secret_is_not_sent_to_an_engine_that_would_not_keep_it() {
    let run = Fake::update()
        .supports(&[])
        .run(|ctx| async move {
            ResourceBuilder::new("shop:index:Shelf", "shelf")
                .input("key", node(Output::secret("hunter2".to_owned())))
                .register(&ctx);
            Ok(())
        })
        .await;
    assert!(run.reports()[0].contains("does not support secrets"));
    assert_eq!(run.record.registered.len(), 1, "only the stack");
}
