//! Property values on the wire, there and back.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test, also what is not in a `#[test]` function"
)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use pulumi::wire::{self, WireError};
use pulumi::{
    Archive, Asset, AssetOrArchive, OutputValue, PropertyValue, ReferenceId, ResourceReference, Urn,
};

fn text() -> impl Strategy<Value = String> {
    "[ -~é]{1,8}"
}

fn asset() -> impl Strategy<Value = Asset> {
    prop_oneof![
        text().prop_map(Asset::text),
        text().prop_map(Asset::file),
        text().prop_map(Asset::remote),
    ]
}

fn archive() -> impl Strategy<Value = Archive> {
    let leaf = prop_oneof![
        text().prop_map(Archive::file),
        text().prop_map(Archive::remote),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let part = prop_oneof![
            asset().prop_map(AssetOrArchive::from),
            inner.prop_map(AssetOrArchive::from),
        ];
        btree_map(text(), part, 0..3).prop_map(Archive::Assets)
    })
}

fn reference() -> impl Strategy<Value = ResourceReference> {
    let id = prop_oneof![
        Just(ReferenceId::Component),
        Just(ReferenceId::Unknown),
        text().prop_map(ReferenceId::Known),
    ];
    (text(), id, option::of(text())).prop_map(|(urn, id, package_version)| ResourceReference {
        urn: Urn::from(urn),
        id,
        package_version,
    })
}

fn value() -> impl Strategy<Value = PropertyValue> {
    let leaf = prop_oneof![
        Just(PropertyValue::Null),
        Just(PropertyValue::Unknown),
        any::<bool>().prop_map(PropertyValue::Bool),
        proptest::num::f64::NORMAL.prop_map(PropertyValue::Number),
        text().prop_map(PropertyValue::String),
        asset().prop_map(PropertyValue::Asset),
        archive().prop_map(PropertyValue::Archive),
        reference().prop_map(PropertyValue::ResourceReference),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(PropertyValue::Array),
            btree_map(text(), inner.clone(), 0..4).prop_map(PropertyValue::Object),
            inner
                .clone()
                .prop_map(|value| PropertyValue::Secret(Box::new(value))),
            (
                option::of(inner.prop_map(Box::new)),
                any::<bool>(),
                btree_set(text().prop_map(Urn::from), 0..3)
            )
                .prop_map(|(value, secret, dependencies)| {
                    PropertyValue::Output(OutputValue {
                        value,
                        secret,
                        dependencies,
                    })
                }),
        ]
    })
}

proptest! {
    #[test]
    fn every_value_comes_back_as_it_went(object in btree_map(text(), value(), 0..4)) {
        let sent = wire::to_struct(&object).unwrap();
        prop_assert_eq!(wire::from_struct(&sent).unwrap(), object);
    }
}

fn raw(kind: Kind) -> Value {
    Value { kind: Some(kind) }
}

fn special<const N: usize>(signature: &str, parts: [(&str, Kind); N]) -> Value {
    let mut fields: BTreeMap<String, Value> = parts
        .into_iter()
        .map(|(key, kind)| (key.to_owned(), raw(kind)))
        .collect();
    fields.insert(
        wire::SIGNATURE.to_owned(),
        raw(Kind::StringValue(signature.to_owned())),
    );
    raw(Kind::StructValue(Struct { fields }))
}

fn string(text: &str) -> Kind {
    Kind::StringValue(text.to_owned())
}

#[test]
fn special_values_have_the_form_that_other_engines_know() {
    let secret = PropertyValue::Secret(Box::new("a".into()));
    let file = PropertyValue::Archive(Archive::file("function.zip"));
    let output = PropertyValue::Output(OutputValue {
        value: None,
        secret: false,
        dependencies: BTreeSet::new(),
    });
    for (value, expected) in [
        (secret, special(wire::SECRET, [("value", string("a"))])),
        (
            file,
            special(wire::ARCHIVE, [("path", string("function.zip"))]),
        ),
        (PropertyValue::Unknown, raw(string(wire::UNKNOWN))),
        (output, special(wire::OUTPUT, [])),
    ] {
        assert_eq!(wire::to_value(&value).unwrap(), expected);
    }
}

#[test]
fn an_asset_with_empty_parts_is_what_its_other_part_says() {
    let sent = special(
        wire::ASSET,
        [
            ("text", string("")),
            ("path", string("a.txt")),
            ("hash", string("5e1f")),
        ],
    );
    assert_eq!(
        wire::from_value(&sent).unwrap(),
        PropertyValue::Asset(Asset::file("a.txt"))
    );
}

#[test]
fn what_is_no_value_is_refused() {
    let unknown = special("beef", []);
    let no_value = special(wire::SECRET, []);
    let no_urn = special(wire::RESOURCE, [("id", string("a"))]);
    let infinite = raw(Kind::NumberValue(f64::INFINITY));
    assert_eq!(
        wire::from_value(&unknown),
        Err(WireError::UnknownSignature("beef".to_owned()))
    );
    assert!(matches!(
        wire::from_value(&no_value),
        Err(WireError::Malformed { part: "value", .. })
    ));
    assert!(matches!(
        wire::from_value(&no_urn),
        Err(WireError::Malformed { part: "urn", .. })
    ));
    assert_eq!(wire::from_value(&infinite), Err(WireError::NotFinite));
}

#[test]
fn what_would_be_mistaken_for_something_else_is_not_sent() {
    let signed = PropertyValue::Object(BTreeMap::from([(
        wire::SIGNATURE.to_owned(),
        PropertyValue::Null,
    )]));
    for (value, expected) in [
        (signed, WireError::ReservedKey),
        (wire::UNKNOWN.into(), WireError::ReservedString),
        (PropertyValue::Number(f64::NAN), WireError::NotFinite),
    ] {
        assert_eq!(wire::to_value(&value), Err(expected));
    }
}

#[test]
fn depth_is_bounded_both_ways() {
    let mut value = PropertyValue::Null;
    let mut sent = raw(Kind::NullValue(0));
    for _ in 0..=wire::MAX_DEPTH {
        value = PropertyValue::Array(vec![value]);
        sent = raw(Kind::ListValue(prost_types::ListValue {
            values: vec![sent],
        }));
    }
    assert_eq!(wire::to_value(&value), Err(WireError::TooDeep));
    assert_eq!(wire::from_value(&sent), Err(WireError::TooDeep));
}
