//! What each shape of a schema becomes. That the result compiles is for the bindings that are generated with it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this is a test, also what is not in a `#[test]` function"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pulumi_codegen::{Error, generate};
use serde_json::{Value, json};

const TOKEN: &str = "shop:index/shelf:Shelf";

fn schema(resource: &Value) -> String {
    json!({
        "name": "shop",
        "version": "1.2.3",
        "types": {
            "shop:index/Board:Board": {
                "type": "object",
                "properties": {"type": {"type": "string"}, "board": {"$ref": "#/types/shop:index/Board:Board"}},
                "required": ["type"],
            },
            "shop:wood/Kind:Kind": {
                "type": "string",
                "enum": [{"name": "Oak", "value": "oak"}, {"value": "old.pine", "deprecationMessage": "gone"}],
            },
            "shop:index/Unused:Unused": {"type": "object", "properties": {}},
        },
        "resources": {TOKEN: resource},
    })
    .to_string()
}

fn files(resource: &Value) -> BTreeMap<PathBuf, String> {
    generate(&schema(resource), TOKEN).unwrap()
}

/// The text of one file, on one line with single spaces.
fn text(files: &BTreeMap<PathBuf, String>, path: &str) -> String {
    let text = &files[Path::new(path)];
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Checks that an input of this shape has a setter with this signature.
fn check_input(shape: &Value, expected: &str) {
    let files = files(&json!({"inputProperties": {"wide": shape}}));
    let text = text(&files, "index/shelf.rs");
    assert!(
        text.contains(&format!("value: impl pulumi::IntoInput<{expected}>")),
        "{expected} in {text}"
    );
}

#[test]
fn every_shape_of_an_input_has_a_type() {
    let string = json!({"type": "string"});
    let board = json!({"$ref": "#/types/shop:index/Board:Board"});
    let kind = json!({"$ref": "#/types/shop:wood/Kind:Kind"});
    let resource = json!({"type": "string", "$ref": format!("#/resources/{TOKEN}")});
    for (shape, expected) in [
        (string.clone(), "String"),
        (json!({"type": "boolean"}), "bool"),
        (json!({"type": "integer"}), "i64"),
        (json!({"type": "number"}), "f64"),
        (json!({"type": "array", "items": string}), "Vec<String>"),
        (
            json!({"type": "object", "additionalProperties": {"type": "integer"}}),
            "std::collections::BTreeMap<String, i64>",
        ),
        (json!({"$ref": "pulumi.json#/Any"}), "pulumi::PropertyValue"),
        (json!({"$ref": "pulumi.json#/Asset"}), "pulumi::Asset"),
        (json!({"$ref": "pulumi.json#/Archive"}), "pulumi::Archive"),
        (board.clone(), "super::Board"),
        (
            json!({"type": "array", "items": board}),
            "Vec<super::Board>",
        ),
        (kind.clone(), "super::super::wood::Kind"),
        (json!({"oneOf": [string, kind]}), "String"),
        (json!({"oneOf": [string, resource]}), "String"),
        (json!({"oneOf": [string, board]}), "String"),
        (json!({"oneOf": [kind, board]}), "pulumi::PropertyValue"),
    ] {
        check_input(&shape, expected);
    }
}

#[test]
fn outputs_that_may_be_absent_are_optional() {
    let files = files(&json!({
        "properties": {
            "arn": {"type": "string"},
            "size": {"type": "integer"},
            "boards": {"type": "array", "items": {"$ref": "#/types/shop:index/Board:Board"}},
            "id": {"type": "string"},
        },
        "required": ["arn"],
    }));
    let text = text(&files, "index/shelf.rs");
    for field in [
        "pub arn: pulumi::Output<String>",
        "pub size: pulumi::Output<Option<i64>>",
        "pub boards: pulumi::Output<Option<Vec<pulumi::PropertyValue>>>",
        "pub id_: pulumi::Output<Option<String>>",
    ] {
        assert!(text.contains(field), "{field} in {text}");
    }
}

#[test]
fn required_inputs_are_part_of_the_builders_type() {
    let files = files(&json!({
        "inputProperties": {"size": {"type": "integer"}, "type": {"type": "string"}, "note": {"type": "string"}},
        "requiredInputs": ["size", "type"],
    }));
    let text_of = |path| text(&files, path);
    let shelf = text_of("index/shelf.rs");
    for part in [
        "-> ShelfBuilder<super::super::missing::Size, super::super::missing::Type>",
        "pub fn size( self, value: impl pulumi::IntoInput<i64>, ) -> ShelfBuilder<pulumi::typestate::Given, Type>",
        "pub fn note(mut self, value: impl pulumi::IntoInput<String>) -> Self",
        "where Size: pulumi::typestate::Provided, Type: pulumi::typestate::Provided",
    ] {
        assert!(shelf.contains(part), "{part} in {shelf}");
    }
    assert!(text_of("missing.rs").contains("pub enum Size {}"));
}

#[test]
fn a_required_property_may_have_the_name_of_its_resource() {
    let files = files(&json!({
        "inputProperties": {"shelf": {"type": "string"}},
        "requiredInputs": ["shelf"],
    }));
    assert!(text(&files, "index/shelf.rs").contains("impl<Shelf_> ShelfBuilder<Shelf_>"));
}

#[test]
fn what_is_known_of_a_property_is_documented() {
    let files = files(&json!({
        "inputProperties": {
            "size": {"type": "integer", "willReplaceOnChanges": true},
            "key": {"type": "string", "secret": true, "deprecationMessage": "gone"},
        },
        "requiredInputs": ["size"],
    }));
    let text = text(&files, "index/shelf.rs");
    for part in [
        "/// `size`, required; a change replaces the resource.",
        "/// `key`, optional; kept as a secret; deprecated.",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn secrets_stay_secrets() {
    let files = files(&json!({
        "inputProperties": {"password": {"type": "string", "secret": true}},
        "properties": {"key": {"type": "string", "secret": true}},
    }));
    let text = text(&files, "index/shelf.rs");
    assert!(text.contains("pulumi::node(value).into_secret()"), "{text}");
    assert!(
        text.contains(r#"additional_secret_outputs(inner, &["key"])"#),
        "{text}"
    );
}

#[test]
fn only_what_is_reached_is_generated() {
    let files = files(&json!({
        "inputProperties": {"board": {"$ref": "#/types/shop:index/Board:Board"}},
    }));
    let paths: Vec<_> = files.keys().map(|path| path.to_str().unwrap()).collect();
    assert_eq!(
        paths,
        [
            "index/board.rs",
            "index/mod.rs",
            "index/shelf.rs",
            "missing.rs",
            "mod.rs"
        ]
    );
    assert!(text(&files, "mod.rs").contains(r#"pub const VERSION: &str = "1.2.3";"#));
}

#[test]
fn a_type_makes_way_for_a_resource_of_its_name() {
    let schema = json!({
        "name": "shop",
        "version": "1.2.3",
        "types": {"shop:index/Board:Board": {"type": "object", "properties": {}}},
        "resources": {
            TOKEN: {"inputProperties": {"wide": {"$ref": "#/types/shop:index/Board:Board"}}},
            "shop:index/board:Board": {},
        },
    });
    // Whether the resource is listed or not: to list it later must not rename the type.
    for list in [TOKEN.to_owned(), format!("{TOKEN}\nshop:index/board:Board")] {
        let files = generate(&schema.to_string(), &list).unwrap();
        assert!(text(&files, "index/board_args.rs").contains("pub struct BoardArgs("));
        assert!(text(&files, "index/shelf.rs").contains("IntoInput<super::BoardArgs>"));
    }
}

#[test]
fn an_enum_knows_its_strings() {
    let files = files(&json!({
        "inputProperties": {"kind": {"$ref": "#/types/shop:wood/Kind:Kind"}},
    }));
    let text = text(&files, "wood/kind.rs");
    for part in [
        r#"Self::Oak => "oak","#,
        r#"Self::OldPine => "old.pine","#,
        "impl pulumi::IntoInput<Kind> for Kind",
        "impl pulumi::IntoInput<String> for Kind",
        "/// `old.pine`, deprecated.",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn what_has_no_binding_is_an_error_that_names_it() {
    let input = |shape: Value| json!({"inputProperties": {"wide": shape}});
    let message = |resource: Value| generate(&schema(&resource), TOKEN).unwrap_err().to_string();
    let unknown = message(input(json!({"$ref": "#/types/shop:index/Nail:Nail"})));
    assert!(unknown.contains("shop:index/shelf:Shelf.wide"), "{unknown}");
    assert!(unknown.contains("shop:index/Nail:Nail"), "{unknown}");
    let odd = message(input(json!({"type": "tuple"})));
    assert!(odd.contains("`tuple`"), "{odd}");
    let required = message(json!({"requiredInputs": ["wide"]}));
    assert!(required.contains("requires `wide`"), "{required}");
    let clash = message(json!({
        "inputProperties": {"kmsKey": {"type": "string"}, "kms_key": {"type": "string"}},
    }));
    assert!(clash.contains("`kmsKey` and `kms_key`"), "{clash}");
}

#[test]
fn a_function_is_a_builder_that_calls_and_a_struct_of_what_it_returns() {
    let schema = json!({
        "name": "shop",
        "version": "1.2.3",
        "functions": {"shop:index/findShelf:findShelf": {
            "inputs": {"properties": {"label": {"type": "string"}}, "required": ["label"]},
            "outputs": {
                "properties": {"width": {"type": "number"}, "key": {"type": "string"}},
                "required": ["width"],
            },
        }},
    });
    let files = generate(&schema.to_string(), "shop:index/findShelf:findShelf").unwrap();
    let function = text(&files, "index/find_shelf.rs");
    for part in [
        "pub struct FindShelf { /// `key`, where there is one. pub key: pulumi::Output<Option<String>>",
        "pub width: pulumi::Output<f64>",
        "pulumi::Invoke::new(\"shop:index/findShelf:findShelf\")",
        "value: impl pulumi::IntoInput<String>, ) -> FindShelfBuilder<pulumi::typestate::Given>",
        "pub fn call(self, scope: &dyn pulumi::Scope) -> FindShelf where Label: pulumi::typestate::Provided",
    ] {
        assert!(function.contains(part), "{part} in {function}");
    }
}

#[test]
fn a_type_that_the_schema_renamed_is_an_alias() {
    let files = files(&json!({"aliases": [{"type": "shop:index/board:Board"}]}));
    let resource = text(&files, "index/shelf.rs");
    let alias = "pulumi::Alias::new().type_token(\"shop:index/board:Board\")";
    assert!(resource.contains(alias), "{resource}");
}

#[test]
fn a_remote_component_and_a_constant_are_refused() {
    let message = |resource: Value| generate(&schema(&resource), TOKEN).unwrap_err().to_string();
    let component = message(json!({"isComponent": true}));
    assert!(component.contains("remote component"), "{component}");
    let constant =
        message(json!({"inputProperties": {"kind": {"type": "string", "const": "Pod"}}}));
    assert!(constant.contains("a constant"), "{constant}");
}

#[test]
fn a_parameterized_package_is_refused() {
    let schema = json!({
        "name": "shop", "version": "1.2.3",
        "parameterization": {"baseProvider": {"name": "terraform-provider", "version": "1.0.0"}},
    });
    let error = generate(&schema.to_string(), "").unwrap_err();
    assert!(matches!(error, Error::Parameterized), "{error}");
}

#[test]
fn the_list_is_checked() {
    let schema = schema(&json!({}));
    let list = format!("# resources\n\n{TOKEN} # the shelf\nshop:index/sheif:Sheif\n");
    assert!(matches!(
        generate(&schema, &list),
        Err(Error::UnknownResource { line: 4, .. })
    ));
    let list = format!("{TOKEN}\n{TOKEN}\n");
    assert!(matches!(
        generate(&schema, &list),
        Err(Error::DuplicateResource { line: 2, .. })
    ));
}

#[test]
fn a_property_that_is_left_out_takes_its_types_with_it() {
    let resource = json!({"inputProperties": {
        "wide": {"type": "integer"},
        "board": {"$ref": "#/types/shop:index/Board:Board"},
    }});
    let files = generate(&schema(&resource), &format!("{TOKEN} without board")).unwrap();
    assert!(text(&files, "index/shelf.rs").contains("wide"));
    assert!(!files.contains_key(Path::new("index/board.rs")));
    let unknown = generate(&schema(&resource), &format!("{TOKEN} without boards"));
    assert!(matches!(
        unknown,
        Err(Error::UnknownProperty { line: 1, .. })
    ));
}
