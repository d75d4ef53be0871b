//! What is written on a pull request.
#![expect(
    clippy::unwrap_used,
    reason = "all of this is a test, also what is not in a `#[test]` function"
)]

use serde_json::{Value, json};
use tidegate_plan::builds::Sizes;
use tidegate_plan::comment::{LONGEST, Review, marker, write};
use tidegate_plan::cost::{Load, Prices};
use tidegate_plan::{Plan, traps};

const CREATE: &str = include_str!("previews/create.json");
const CHANGE: &str = include_str!("previews/change.json");
const PROTECTED: &str = include_str!("previews/protected.json");
const UNLISTED: &str = include_str!("previews/unlisted.json");

fn comment(plan: &Plan) -> String {
    with_sizes(plan, None)
}

fn with_sizes(plan: &Plan, sizes: Option<(Option<Sizes>, Sizes)>) -> String {
    let comment = write(&Review {
        plan,
        report: &traps::check(plan),
        load: &Load::default(),
        prices: &Prices::built_in().unwrap(),
        sizes,
    });
    assert!(comment.len() <= LONGEST, "{} bytes", comment.len());
    comment
}

fn read(text: &str) -> Plan {
    Plan::read(text.as_bytes()).unwrap()
}

#[track_caller]
fn says(comment: &str, part: &str) {
    assert!(comment.contains(part), "no {part:?} in\n{comment}");
}

#[test]
fn a_change_is_told_from_its_summary_to_its_cost() {
    let comment = comment(&read(CHANGE));
    assert!(comment.starts_with("<!-- tidegate-preview tidegate/dev -->\n"));
    says(&comment, "10 to update, 7 to replace");
    says(&comment, "✅ **No trap**");
    says(&comment, "| ♻️ replace | <code>stage</code> |");
    says(&comment, "(forces it)");
    says(&comment, "- retentionInDays: 14\n+ retentionInDays: 30\n");
    says(&comment, "+ name: \"v2\"  # forces the replacement");
    // Only what differs in a policy, and not the whole of it.
    says(&comment, "policy → Statement");
    says(&comment, "#### Cost: about $");
    says(&comment, "a month (+$");
    says(&comment, "<code>clients&#61;1000</code>");
}

#[test]
fn a_new_stack_says_what_cannot_be_judged_before_it_is_there() {
    let comment = comment(&read(CREATE));
    says(&comment, "47 to create");
    says(&comment, "known only after the update");
    says(&comment, "+ role: (known after the update)");
    assert!(!comment.contains("04da6b54"), "a mark of the engine's");
    assert!(!comment.contains("what is there now"));
}

#[test]
fn a_failed_preview_says_why_and_estimates_nothing() {
    let comment = comment(&read(PROTECTED));
    says(&comment, "The preview failed");
    says(&comment, "cannot be deleted");
    says(&comment, "❌ **1 trap** is in this change");
    assert!(!comment.contains("#### Cost"));
}

#[test]
fn a_preview_that_leaves_things_out_says_what_is_missing_for_that() {
    let comment = comment(&read(UNLISTED));
    says(&comment, "nothing changes");
    says(&comment, "leaves out 51 resources");
    assert!(!comment.contains("#### Cost"));
}

/// A plan of one resource that changes.
fn changed(name: &str, before: &Value, after: &Value) -> Plan {
    let urn = format!("urn:pulumi:dev::tidegate::aws:x/y:Y::{name}");
    let state = |inputs: &Value| json!({"type": "aws:x/y:Y", "custom": true, "inputs": inputs});
    let mut paths: Vec<&String> = before.as_object().unwrap().keys().collect();
    paths.extend(after.as_object().unwrap().keys());
    let document = json!({"steps": [{
        "op": "update", "urn": urn, "oldState": state(before), "newState": state(after), "diffReasons": paths,
    }]});
    read(&document.to_string())
}

#[test]
fn nothing_that_a_plan_says_becomes_markup() {
    let hostile = "|x|\n<script>alert(1)</script> <!-- ``` ~~~ @octocat [a](https://evil.example) ![b](c) </details> --> \u{202e}";
    let plan = changed(
        hostile,
        &json!({"value": hostile, hostile: "a"}),
        &json!({"value": format!("{hostile}!"), hostile: "b"}),
    );
    let comment = comment(&plan);
    let (outside, inside) = comment.split_once("````diff").unwrap();
    let (inside, after) = inside.split_once("\n````\n").unwrap();
    for markup in ["<script", "](", "@octocat", "\u{202e}", "https://evil"] {
        assert!(!outside.contains(markup), "{markup}: {outside}");
        assert!(!after.contains(markup), "{markup}: {after}");
    }
    // Within the fence everything is text, as long as no line ends it.
    assert!(!inside.contains("````") && !inside.contains('\u{202e}'));
    for line in inside.lines().skip(1) {
        assert!(
            ["+ ", "- ", "@@"].iter().any(|it| line.starts_with(it)),
            "{line}"
        );
    }
    let rows = outside.lines().filter(|line| line.starts_with("| ✏️"));
    let row = rows.into_iter().next().unwrap();
    assert_eq!(row.matches('|').count(), 5, "{row}");
    // Only the comment's own marker is one.
    assert_eq!(
        comment.matches("<!--").count() - inside.matches("<!--").count(),
        1
    );
}

#[test]
fn a_marker_cannot_be_broken_out_of() {
    let plan = read(
        r#"{"resources": [{"urn": "urn:pulumi:a --> <b>::p\n::t::n", "type": "t", "name": "n", "custom": true}]}"#,
    );
    assert_eq!(marker(&plan), "<!-- tidegate-preview p/a--b -->");
}

#[test]
fn a_secret_is_shown_neither_marked_nor_unmarked() {
    let secret = "c0rrect-h0rse";
    let before = json!({
        "environment": {"variables": {"ORIGIN_SECRET": secret}},
        "clientSecret": secret,
        "headers": [{"name": "X-Origin-Verify", "value": secret}],
        "document": format!(r#"{{"password": "{secret}"}}"#),
        "marked": "[secret]",
    });
    let mut after = before.clone();
    after["environment"]["variables"]["ORIGIN_SECRET"] = json!(format!("{secret}2"));
    after["document"] = json!(format!(r#"{{"password": "{secret}2"}}"#));
    let comment = comment(&changed("n", &before, &after));
    assert!(!comment.contains("h0rse"), "{comment}");
    says(&comment, "[secret]");
    says(&comment, "looks like a secret");
}

#[test]
fn a_huge_change_is_cut_where_it_can_be_seen() {
    let resources: Vec<Value> = (0..600)
        .map(|number| {
            let name = format!("resource-{number}-{}", "x".repeat(300));
            json!({
                "urn": format!("urn:pulumi:dev::tidegate::aws:cloudwatch/logGroup:LogGroup::{name}"),
                "type": "aws:cloudwatch/logGroup:LogGroup", "name": name, "custom": true,
                "inputs": {"name": "é".repeat(1_000)},
            })
        })
        .collect();
    let comment = comment(&read(&json!({ "resources": resources }).to_string()));
    says(&comment, "600 to create");
    says(&comment, "cut, as a comment may not be longer");
    says(&comment, "❌ **600 traps**");
    says(&comment, "more: cut.");
    assert!(comment.len() > 40_000, "there was room: {}", comment.len());
}

#[test]
fn archives_are_compared() {
    let sizes = |message: u64| {
        let text = json!({"architecture": "arm64", "functions": {"message": {"zip": "m", "sha256": "a", "bytes": message}}});
        Sizes::read(text.to_string().as_bytes()).unwrap()
    };
    let plan = read(CREATE);
    let comment = with_sizes(&plan, Some((Some(sizes(1_400_000)), sizes(1_540_000))));
    says(
        &comment,
        "| <code>message</code> | 1,400.0 kB | 1,540.0 kB | +140.0 kB (+10 %) |",
    );
    says(
        &with_sizes(&plan, Some((None, sizes(7)))),
        "| none | 0.0 kB | new |",
    );
}

/// Every place in a document, by the keys that lead there.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let step = name.replace('~', "~0").replace('/', "~1");
                places(field, &format!("{here}/{step}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{here}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn no_file_makes_it_panic() {
    let mut document: Value = serde_json::from_str(CHANGE).unwrap();
    let steps = document["steps"].as_array_mut().unwrap();
    // One of each kind of step is enough.
    steps.retain(|step| {
        let urn = step["urn"].as_str().unwrap();
        [
            "Stage::",
            "RolePolicy::message",
            "Function::message",
            "Deployment::",
        ]
        .iter()
        .any(|it| urn.contains(it))
    });
    let mut all = Vec::new();
    places(&document, "", &mut all);
    let others = [
        json!(null),
        json!(-1.5e300),
        json!("::[\"`é"),
        json!([[]]),
        json!({"": {}}),
    ];
    let mut read = 0;
    for (at, place) in all.iter().enumerate().step_by(7) {
        let mut broken = document.clone();
        *broken.pointer_mut(place).unwrap() = others[at % others.len()].clone();
        if let Ok(plan) = Plan::read(broken.to_string().as_bytes()) {
            comment(&plan);
            read += 1;
        }
    }
    assert!(read > 20, "{read} of {}", all.len());
    for end in (0..CHANGE.len())
        .step_by(4_001)
        .filter(|end| CHANGE.is_char_boundary(*end))
    {
        assert!(Plan::read(&CHANGE.as_bytes()[..end]).is_err());
    }
}
