#![expect(
    clippy::needless_pass_by_value,
    reason = "these are values that are written where they are passed"
)]

use serde_json::json;

use super::*;

#[track_caller]
fn check(pattern: &Value, event: &Value, matches: bool) {
    let read = EventPattern::parse(&pattern.to_string()).unwrap();
    assert_eq!(read.matches(event), matches, "{pattern} {event}");
}

/// A pattern of the one field `a`.
#[track_caller]
fn check_field(list: Value, value: Value, matches: bool) {
    check(&json!({"a": list}), &json!({"a": value}), matches);
}

#[test]
fn every_field_that_is_named_must_be_one_of_its_values() {
    let pattern = json!({"source": ["shop", "stock"], "detail": {"state": ["sold"]}});
    for (event, matches) in [
        (
            json!({"source": "shop", "detail": {"state": "sold", "more": 1}}),
            true,
        ),
        (
            json!({"source": "stock", "detail": {"state": "sold"}}),
            true,
        ),
        (
            json!({"source": "other", "detail": {"state": "sold"}}),
            false,
        ),
        (
            json!({"source": "shop", "detail": {"state": "kept"}}),
            false,
        ),
        (json!({"source": "shop", "detail": {}}), false),
        (json!({"source": "shop"}), false),
    ] {
        check(&pattern, &event, matches);
    }
}

#[test]
fn numbers_are_the_same_if_they_are_written_the_same() {
    check_field(json!([300]), json!(300), true);
    check_field(json!([300]), json!(300.0), false);
    check_field(json!(["300"]), json!(300), false);
    check_field(json!([null]), json!(null), true);
    check_field(json!([""]), json!(""), true);
    check_field(json!([true]), json!("true"), false);
}

#[test]
fn of_a_list_one_item_is_enough() {
    check_field(json!(["x"]), json!(["y", "x"]), true);
    check_field(json!(["x"]), json!([]), false);
    let pattern = json!({"a": {"kind": ["x"], "size": [1]}});
    let apart = json!({"a": [{"kind": "x", "size": 2}, {"kind": "y", "size": 1}]});
    check(&pattern, &apart, false);
    let together = json!({"a": [{"kind": "y"}, {"kind": "x", "size": 1}]});
    check(&pattern, &together, true);
}

#[test]
fn texts_are_compared_by_how_they_begin_and_end() {
    for (item, value, matches) in [
        (json!({"prefix": "eu-"}), "eu-central-1", true),
        (json!({"prefix": "eu-"}), "us-east-1", false),
        (
            json!({"prefix": {"equals-ignore-case": "EU-"}}),
            "eu-central-1",
            true,
        ),
        (json!({"suffix": ".png"}), "a.png", true),
        (json!({"suffix": ".png"}), "a.PNG", false),
        (
            json!({"suffix": {"equals-ignore-case": ".png"}}),
            "a.PNG",
            true,
        ),
        (json!({"equals-ignore-case": "Alice"}), "aLICE", true),
        (json!({"wildcard": "dir/*.png"}), "dir/a.png", true),
        (json!({"wildcard": "dir/*.png"}), "dir/a.jpg", false),
        (json!({"wildcard": "*a*b"}), "xaxbxab", true),
        (json!({"wildcard": "aa*aa"}), "aaa", false),
        (json!({"wildcard": "a\\*"}), "a*", true),
        (json!({"wildcard": "a\\*"}), "ab", false),
        (json!({"wildcard": "plain"}), "plain", true),
    ] {
        check_field(json!([item]), json!(value), matches);
    }
    check_field(json!([{"prefix": "1"}]), json!(12), false);
}

#[test]
fn anything_but_is_something_else_that_is_there() {
    for (operand, value, matches) in [
        (json!("x"), json!("y"), true),
        (json!("x"), json!("x"), false),
        (json!(["x", "y"]), json!("y"), false),
        (json!([100, 200]), json!(300), true),
        (json!({"prefix": "x"}), json!("xy"), false),
        (json!({"prefix": ["x", "y"]}), json!("yz"), false),
        (json!({"suffix": "x"}), json!("xy"), true),
        (json!({"equals-ignore-case": ["X"]}), json!("x"), false),
        (json!({"wildcard": "*/x/*"}), json!("a/y/b"), true),
    ] {
        check_field(json!([{"anything-but": operand}]), value, matches);
    }
    check(&json!({"a": [{"anything-but": "x"}]}), &json!({}), false);
}

#[test]
fn numbers_are_compared() {
    let between = json!([{"numeric": [">", 0, "<=", 5]}]);
    for (value, matches) in [(0.0, false), (0.1, true), (5.0, true), (5.1, false)] {
        check_field(between.clone(), json!(value), matches);
    }
    check_field(json!([{"numeric": ["=", 3e2]}]), json!(300), true);
    check_field(json!([{"numeric": ["<", 5]}]), json!("1"), false);
}

#[test]
fn a_field_can_be_asked_to_be_there_or_not() {
    let (there, absent) = (json!([{"exists": true}]), json!([{"exists": false}]));
    check_field(there.clone(), json!(null), true);
    check_field(absent.clone(), json!("x"), false);
    check(&json!({"a": there.clone()}), &json!({}), false);
    check(&json!({"a": absent.clone()}), &json!({}), true);
    check(&json!({"a": {"b": absent}}), &json!({}), true);
    // It is for leaves only.
    check(&json!({"a": there}), &json!({"a": {"b": 1}}), false);
}

#[test]
fn one_of_several_patterns_can_be_enough() {
    let pattern =
        json!({"source": ["shop"], "$or": [{"detail": {"a": [1]}}, {"detail": {"b": [2]}}]});
    check(
        &pattern,
        &json!({"source": "shop", "detail": {"b": 2}}),
        true,
    );
    check(
        &pattern,
        &json!({"source": "shop", "detail": {"b": 3}}),
        false,
    );
    check(
        &pattern,
        &json!({"source": "other", "detail": {"a": 1}}),
        false,
    );
}

#[test]
fn a_pattern_that_is_none_is_refused_with_the_place() {
    for (pattern, problem) in [
        ("", "not JSON"),
        ("[]", "JSON object"),
        ("{}", "must not be empty"),
        (r#"{"a": "x"}"#, "`a`: must be an object or a list"),
        (r#"{"a": {"b": []}}"#, "`a.b`: a list"),
        (r#"{"a": [{"prefix": 1}]}"#, "`prefix` takes a text"),
        (r#"{"a": [{"numeric": [">"]}]}"#, "`numeric` takes"),
        (
            r#"{"a": [{"numeric": [">", 6000000000]}]}"#,
            "`numeric` takes",
        ),
        (r#"{"a": [{"exists": "yes"}]}"#, "`exists` takes"),
        (r#"{"a": [{"wildcard": "a**"}]}"#, "two stars"),
        (r#"{"a": [{"like": "x"}]}"#, "no operator `like`"),
        (
            r#"{"a": [{"anything-but": {"like": "x"}}]}"#,
            "no operator `like`",
        ),
        (
            r#"{"a": [{"cidr": "10.0.0.0/8"}]}"#,
            "`cidr` of event patterns is not emulated",
        ),
        (r#"{"$or": [{"a": [1]}]}"#, "two items"),
    ] {
        let refused = EventPattern::parse(pattern).unwrap_err();
        assert!(refused.contains(problem), "{pattern}: {refused}");
    }
    let long = format!(r#"{{"a": ["{}"]}}"#, "x".repeat(2_048));
    assert!(EventPattern::parse(&long).unwrap_err().contains("2048"));
}
