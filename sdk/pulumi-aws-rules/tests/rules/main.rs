//! The rules: for each type inputs that AWS takes, and changes of them that it does not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this is a test, also what is not in a `#[test]` function"
)]

mod good;
mod messaging;
mod security;
mod several;
mod sockets;
mod system;

use pulumi_aws_rules::{Inputs, Nobody, Resource, Rules, UNKNOWN, Violation};
use serde_json::{Value, json};

use crate::good::good;

/// A change of inputs that AWS takes (null takes a property out), the property that is named, and what is said of it.
type Case = (Value, &'static str, &'static str);

fn checked(token: &str, inputs: &Value) -> Vec<Violation> {
    let rules = Rules::load().unwrap();
    rules.check(&Resource {
        type_token: token,
        name: "x",
        inputs: inputs.as_object().unwrap(),
        region: Some("eu-central-1"),
        others: &Nobody,
    })
}

/// Inputs with some of them changed.
fn changed(inputs: &Value, change: &Value) -> Value {
    let mut changed: Inputs = inputs.as_object().unwrap().clone();
    for (property, value) in change.as_object().unwrap() {
        match value {
            Value::Null => changed.remove(property),
            value => changed.insert(property.clone(), value.clone()),
        };
    }
    Value::Object(changed)
}

/// Each change is refused at this property with these words, and nothing else is said.
fn refuses(token: &str, cases: &[Case]) {
    let inputs = good(token);
    for (change, property, problem) in cases {
        let found = checked(token, &changed(&inputs, change));
        let [violation] = &found[..] else {
            panic!("{token} {change}: {found:#?}");
        };
        assert_eq!(
            violation.property, *property,
            "{token} {change}: {violation}"
        );
        let said = violation.problem.to_string();
        assert!(said.contains(problem), "{token} {change}: {violation}");
        assert_eq!(
            (violation.name.as_str(), violation.type_token.as_str()),
            ("x", token)
        );
    }
}

#[test]
fn inputs_that_aws_takes_are_taken_and_so_is_what_nobody_knows_yet() {
    for (token, inputs) in good::all() {
        assert_eq!(checked(token, &inputs), [], "{token}");
        for property in inputs.as_object().unwrap().keys() {
            let unknown = changed(&inputs, &json!({ property.as_str(): UNKNOWN }));
            assert_eq!(checked(token, &unknown), [], "{token} without {property}");
        }
        let properties = inputs.as_object().unwrap().keys();
        let nothing: Inputs = properties.map(|it| (it.clone(), json!(UNKNOWN))).collect();
        assert_eq!(checked(token, &Value::Object(nothing)), [], "{token}");
    }
}

#[test]
fn a_tag_is_named_by_its_key_and_its_value_is_not_quoted() {
    let token = "aws:sqs/queue:Queue";
    let long = "v".repeat(257);
    refuses(
        token,
        &[
            (
                json!({"tags": {"team": long}}),
                "tags[\"team\"]",
                "at most 256 characters",
            ),
            (
                json!({"tags": {"aws:x": "y"}}),
                "tags[\"aws:x\"]",
                "must not begin with `aws:`",
            ),
            (json!({"tags": {"a": "b,c"}}), "tags[\"a\"]", "only letters"),
        ],
    );
    let many: Inputs = (0..51).map(|n| (format!("t{n}"), json!("x"))).collect();
    refuses(
        token,
        &[(json!({ "tags": many }), "tags", "at most 50 entries")],
    );
}

#[test]
fn a_violation_says_what_is_wrong_where_and_who_says_so() {
    let token = "aws:cloudwatch/logGroup:LogGroup";
    let found = checked(token, &json!({"name": "a b", "retentionInDays": 2}));
    let texts: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert_eq!(
        texts[0],
        "`x` (aws:cloudwatch/logGroup:LogGroup): `name` must match [\\.\\-_/#A-Za-z0-9]+ \
         (AWS's model: logs/LogGroupName/CreateLogGroupRequest.logGroupName)"
    );
    assert!(texts[1].ends_with("(AWS: CloudWatch Logs API Reference, PutRetentionPolicy)"));
}
