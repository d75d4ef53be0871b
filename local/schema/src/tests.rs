//! The check against a schema of our own, with one of each shape, and against the provider's.

use serde_json::Value;

use super::*;
use crate::json::from_json;

const SCHEMA: &str = r##"{
  "name": "shop", "version": "1.2.3", "functions": {"ignored": [1, {"a": "}"}]},
  "types": {
    "shop:index/Limits:Limits": {"type": "object", "required": ["rate"], "properties": {
      "rate": {"type": "number"}, "burst": {"type": "integer"}, "mode": {"$ref": "#/types/shop:index/Mode:Mode"}}},
    "shop:index/Mode:Mode": {"type": "string", "enum": [{"value": "SLOW"}, {"value": "FAST"}]},
    "shop:index/Size:Size": {"type": "integer", "enum": [{"value": 1}, {"value": 2}]},
    "shop:index/Not:Not": {"type": "object", "required": ["statement"], "properties": {
      "statement": {"$ref": "#/types/shop:index/Statement:Statement"}}},
    "shop:index/Statement:Statement": {"type": "object", "properties": {
      "not": {"$ref": "#/types/shop:index/Not:Not"}, "key": {"type": "string"}}}
  },
  "resources": {
    "shop:index/shelf:Shelf": {
      "inputProperties": {
        "name": {"type": "string"},
        "count": {"type": "integer"},
        "weight": {"type": "number"},
        "open": {"type": "boolean"},
        "limits": {"$ref": "#/types/shop:index/Limits:Limits"},
        "rules": {"type": "array", "items": {"$ref": "#/types/shop:index/Limits:Limits"}},
        "tags": {"type": "object", "additionalProperties": {"type": "string"}},
        "labels": {"type": "object"},
        "size": {"$ref": "#/types/shop:index/Size:Size"},
        "code": {"$ref": "pulumi.json#/Archive"},
        "sign": {"$ref": "pulumi.json#/Asset"},
        "extra": {"$ref": "pulumi.json#/Any"},
        "document": {"$ref": "pulumi.json#/Json"},
        "owner": {"type": "string", "oneOf": [{"type": "string"}, {"type": "string", "$ref": "#/resources/shop:index/owner:Owner"}]},
        "policy": {"type": "string", "oneOf": [{"type": "string"}, {"$ref": "#/types/shop:index/Limits:Limits"}]},
        "pace": {"type": "string", "oneOf": [{"type": "string"}, {"$ref": "#/types/shop:index/Mode:Mode"}]},
        "statement": {"$ref": "#/types/shop:index/Statement:Statement"}
      },
      "requiredInputs": ["name"],
      "properties": {"arn": {"type": "string"}, "name": {"type": "string"}, "key": {"type": "string", "secret": true}}
    }
  }
}"##;

fn inputs(json: &str) -> BTreeMap<String, PropertyValue> {
    match from_json(serde_json::from_str::<Value>(json).unwrap()) {
        PropertyValue::Object(fields) => fields,
        _ => panic!("not an object: {json}"),
    }
}

fn problems(inputs: &BTreeMap<String, PropertyValue>) -> Vec<String> {
    let schema: Schema<'_> = serde_json::from_str(SCHEMA).unwrap();
    match schema.check("shop:index/shelf:Shelf", inputs) {
        Ok(_) => Vec::new(),
        Err(Misfit::Properties(problems)) => problems.iter().map(ToString::to_string).collect(),
        Err(other) => panic!("{other:?}"),
    }
}

fn check(json: &str, expected: &[&str]) {
    assert_eq!(problems(&inputs(json)), expected, "{json}");
}

#[test]
fn what_fits_is_let_through() {
    check(r#"{"name": "a"}"#, &[]);
    check(
        r#"{"name": "a", "count": 3, "weight": 0.5, "open": true, "limits": {"rate": 1, "burst": 2, "mode": "SLOW"},
            "rules": [{"rate": 1.5}], "tags": {"a.b": "c"}, "labels": {"a": "b"}, "size": 2, "extra": [null, {}],
            "document": "{}", "owner": "arn", "policy": {"rate": 1}, "pace": "another",
            "statement": {"not": {"statement": {"not": {"statement": {"key": "x"}}}}}}"#,
        &[],
    );
}

#[test]
fn an_unknown_property_comes_with_the_one_that_was_meant() {
    check(
        r#"{"name": "a", "limit": {"rate": 1}}"#,
        &["`limit`: there is no such property; did you mean `limits`?"],
    );
    check(
        r#"{"name": "a", "limits": {"rate": 1, "bursts": 1}}"#,
        &["`limits.bursts`: there is no such property; did you mean `burst`?"],
    );
    check(
        r#"{"name": "a", "colour": "red"}"#,
        &["`colour`: there is no such property"],
    );
}

#[test]
fn an_output_cannot_be_given() {
    check(
        r#"{"name": "a", "arn": "b"}"#,
        &["`arn`: is an output, which cannot be given"],
    );
}

#[test]
fn what_is_required_must_be_given() {
    check("{}", &["`name`: is required, and not given"]);
    check(r#"{"name": null}"#, &["`name`: is required, and not given"]);
    check(
        r#"{"name": "a", "rules": [{"rate": 1}, {}]}"#,
        &["`rules[1].rate`: is required, and not given"],
    );
}

#[test]
fn what_is_null_is_not_given() {
    check(
        r#"{"name": "a", "count": null, "limits": {"rate": 1, "burst": null}, "tags": {"a": null}}"#,
        &[],
    );
}

#[test]
fn a_wrong_type_is_told_by_its_path() {
    for (json, expected) in [
        (
            r#""count": "3""#,
            "`count`: must be an integer, and is a string",
        ),
        (
            r#""count": 1.5"#,
            "`count`: must be an integer, and is the number 1.5",
        ),
        (
            r#""weight": true"#,
            "`weight`: must be a number, and is a boolean",
        ),
        (
            r#""open": "yes""#,
            "`open`: must be a boolean, and is a string",
        ),
        (
            r#""limits": 3"#,
            "`limits`: must be an object (Limits), and is a number",
        ),
        (
            r#""limits": {"rate": "1"}"#,
            "`limits.rate`: must be a number, and is a string",
        ),
        (
            r#""rules": [{"rate": 1, "burst": 0.5}]"#,
            "`rules[0].burst`: must be an integer, and is the number 0.5",
        ),
        (
            r#""rules": {"rate": 1}"#,
            "`rules`: must be an array, and is an object",
        ),
        (
            r#""tags": {"a": 1}"#,
            "`tags.a`: must be a string, and is a number",
        ),
        (
            r#""tags": {"a.b": 1}"#,
            "`tags[\"a.b\"]`: must be a string, and is a number",
        ),
        (
            r#""labels": {"a": 1}"#,
            "`labels.a`: must be a string, and is a number",
        ),
        (
            r#""code": "a.zip""#,
            "`code`: must be an archive, and is a string",
        ),
        (
            r#""sign": "a.txt""#,
            "`sign`: must be an asset or an archive, and is a string",
        ),
        (
            r#""document": 3"#,
            "`document`: must be a JSON text, and is a number",
        ),
        (
            r#""owner": 3"#,
            "`owner`: must be a string, and is a number",
        ),
        (
            r#""policy": 3"#,
            "`policy`: must be a string or an object (Limits), and is a number",
        ),
        (
            r#""statement": {"not": {"statement": {"not": {"statement": {"key": 1}}}}}"#,
            "`statement.not.statement.not.statement.key`: must be a string, and is a number",
        ),
    ] {
        check(&format!(r#"{{"name": "a", {json}}}"#), &[expected]);
    }
}

#[test]
fn a_text_that_should_be_json_is_read() {
    let found = problems(&inputs(r#"{"name": "a", "document": "{"}"#));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("`document`: must be a JSON text, and is a string that is none (")
    );
}

#[test]
fn a_value_outside_an_enumeration_comes_with_the_valid_ones() {
    check(
        r#"{"name": "a", "limits": {"rate": 1, "mode": "QUICK"}}"#,
        &[r#"`limits.mode`: must be one of "SLOW", "FAST", and is "QUICK""#],
    );
    check(
        r#"{"name": "a", "size": 3}"#,
        &["`size`: must be one of 1, 2, and is 3"],
    );
    check(
        r#"{"name": "a", "size": []}"#,
        &["`size`: must be an integer, and is an array"],
    );
}

#[test]
fn of_several_possible_shapes_the_one_that_is_like_it_is_checked() {
    check(
        r#"{"name": "a", "policy": {"burst": 1}}"#,
        &["`policy.rate`: is required, and not given"],
    );
}

#[test]
fn all_problems_are_told_together() {
    check(
        r#"{"limits": {"rate": "1", "mode": "QUICK"}, "cout": 1}"#,
        &[
            "`name`: is required, and not given",
            "`cout`: there is no such property; did you mean `count`?",
            r#"`limits.mode`: must be one of "SLOW", "FAST", and is "QUICK""#,
            "`limits.rate`: must be a number, and is a string",
        ],
    );
}

#[test]
fn secrets_are_looked_into_and_not_quoted() {
    let secret = |value: PropertyValue| PropertyValue::Secret(Box::new(value));
    let mut fields = inputs(r#"{"name": "a"}"#);
    fields.insert("count".to_owned(), secret(PropertyValue::Number(1.5)));
    fields.insert("size".to_owned(), secret(PropertyValue::Number(3.0)));
    assert_eq!(
        problems(&fields),
        [
            "`count`: must be an integer, and is a number",
            "`size`: must be one of 1, 2",
        ]
    );
}

#[test]
fn an_unknown_value_may_become_anything() {
    let mut fields = inputs("{}");
    fields.insert("name".to_owned(), PropertyValue::Unknown);
    fields.insert("limits".to_owned(), PropertyValue::Unknown);
    assert_eq!(problems(&fields), Vec::<String>::new());
}

#[test]
fn the_outputs_that_are_secrets_are_told() {
    let schema: Schema<'_> = serde_json::from_str(SCHEMA).unwrap();
    let fit = schema
        .check("shop:index/shelf:Shelf", &inputs(r#"{"name": "a"}"#))
        .unwrap();
    assert_eq!(fit.secret_outputs, BTreeSet::from(["key"]));
}

#[test]
fn an_unknown_type_comes_with_the_one_that_was_meant() {
    let check = |token: &str| aws().unwrap().check(token, &BTreeMap::new()).unwrap_err();
    assert_eq!(
        check("aws:dynamodb/table:Tables"),
        Misfit::Type {
            suggestion: Some("aws:dynamodb/table:Table".to_owned())
        }
    );
    assert_eq!(check("aws:nothing"), Misfit::Type { suggestion: None });
}

#[test]
fn every_resource_and_type_of_the_providers_schema_is_understood() {
    let schema = aws().unwrap();
    let reserved = BTreeMap::new();
    for token in schema.resources.keys() {
        let result = schema.check(token, &reserved);
        assert!(
            matches!(result, Ok(_) | Err(Misfit::Properties(_))),
            "{token}: {result:?}"
        );
    }
    for token in schema.types.keys() {
        schema.named_type(token).unwrap();
    }
}
