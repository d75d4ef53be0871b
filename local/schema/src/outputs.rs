//! Which outputs are secrets.

use std::collections::{BTreeMap, BTreeSet};

use pulumi::PropertyValue;
use serde_json::{Map, Value};

use crate::json::{from_json, revealed};

/// The outputs that the cloud model gave, with the secrets that were in the inputs in their places again, and with
/// those made secret that the schema or the program says are.
#[must_use]
pub fn outputs(
    inputs: &BTreeMap<String, PropertyValue>,
    computed: Map<String, Value>,
    secret: &BTreeSet<&str>,
) -> BTreeMap<String, PropertyValue> {
    computed
        .into_iter()
        .map(|(name, value)| {
            let value = match inputs.get(&name) {
                Some(input) => restore(input, value),
                None => from_json(value),
            };
            let value = if secret.contains(name.as_str()) {
                wrapped(value)
            } else {
                value
            };
            (name, value)
        })
        .collect()
}

/// An output that is the input of the same name again. Where it differs from a secret input, it is taken for derived
/// from it.
fn restore(input: &PropertyValue, output: Value) -> PropertyValue {
    match (input, output) {
        (PropertyValue::Secret(inner), output) => wrapped(restore(inner, output)),
        (PropertyValue::Object(inputs), Value::Object(outputs)) => PropertyValue::Object(
            outputs
                .into_iter()
                .map(|(name, value)| {
                    let value = match inputs.get(&name) {
                        Some(input) => restore(input, value),
                        None => from_json(value),
                    };
                    (name, value)
                })
                .collect(),
        ),
        (PropertyValue::Array(inputs), Value::Array(outputs)) if inputs.len() == outputs.len() => {
            let pairs = inputs.iter().zip(outputs);
            PropertyValue::Array(pairs.map(|(input, value)| restore(input, value)).collect())
        }
        // Assets too are what they were.
        (input, output) if revealed(input) == output => input.clone(),
        (input, output) if has_secret(input) => wrapped(from_json(output)),
        (_, output) => from_json(output),
    }
}

/// A secret, without any in it.
fn wrapped(value: PropertyValue) -> PropertyValue {
    PropertyValue::Secret(Box::new(plain(value)))
}

/// A value without its marks.
#[must_use]
pub fn plain(value: PropertyValue) -> PropertyValue {
    match value {
        PropertyValue::Secret(inner) => plain(*inner),
        PropertyValue::Array(items) => PropertyValue::Array(items.into_iter().map(plain).collect()),
        PropertyValue::Object(fields) => PropertyValue::Object(
            fields
                .into_iter()
                .map(|(name, value)| (name, plain(value)))
                .collect(),
        ),
        other => other,
    }
}

fn has_secret(value: &PropertyValue) -> bool {
    match value {
        PropertyValue::Secret(_) => true,
        PropertyValue::Array(items) => items.iter().any(has_secret),
        PropertyValue::Object(fields) => fields.values().any(has_secret),
        _ => false,
    }
}

/// Takes what is in secrets out of a text that is meant for people. Texts of a few letters stay: a word of the message
/// itself would be mistaken for them.
#[must_use]
pub fn scrub(mut text: String, inputs: &BTreeMap<String, PropertyValue>) -> String {
    const MIN_LENGTH: usize = 4;
    let mut secrets = Vec::new();
    for value in inputs.values() {
        collect(value, false, &mut secrets);
    }
    secrets.retain(|secret| secret.len() >= MIN_LENGTH);
    // The longest first: one may be a part of another.
    secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
    for secret in secrets {
        if text.contains(&secret) {
            text = text.replace(&secret, "[secret]");
        }
    }
    text
}

fn collect(value: &PropertyValue, secret: bool, found: &mut Vec<String>) {
    match value {
        PropertyValue::Secret(inner) => collect(inner, true, found),
        PropertyValue::Array(items) => items.iter().for_each(|item| collect(item, secret, found)),
        PropertyValue::Object(fields) => fields
            .values()
            .for_each(|field| collect(field, secret, found)),
        PropertyValue::String(text) if secret => found.push(text.clone()),
        PropertyValue::Number(_) if secret => found.push(revealed(value).to_string()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn secret(value: impl Into<PropertyValue>) -> PropertyValue {
        PropertyValue::Secret(Box::new(value.into()))
    }

    fn object<const N: usize>(
        fields: [(&str, PropertyValue); N],
    ) -> BTreeMap<String, PropertyValue> {
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    fn check<const N: usize>(
        inputs: [(&str, PropertyValue); 1],
        computed: &Value,
        marked: [&str; N],
        expected: &PropertyValue,
    ) {
        let computed = Map::from_iter([("a".to_owned(), computed.clone())]);
        let found = outputs(&object(inputs), computed, &marked.into());
        assert_eq!(found["a"], *expected);
    }

    #[test]
    fn a_secret_stays_where_it_was() {
        let nested = object([("b", secret("hunter2")), ("c", "open".into())]);
        check(
            [("a", PropertyValue::Object(nested.clone()))],
            &json!({"b": "hunter2", "c": "open"}),
            [],
            &PropertyValue::Object(nested),
        );
    }

    #[test]
    fn what_is_made_of_a_secret_is_one() {
        check(
            [("a", secret("hunter2"))],
            &json!("HUNTER2"),
            [],
            &secret("HUNTER2"),
        );
        let list = PropertyValue::Array(vec![secret("x"), "y".into()]);
        check([("a", list)], &json!("x,y"), [], &secret("x,y"));
    }

    #[test]
    fn what_is_said_to_be_a_secret_is_one() {
        check([("b", "x".into())], &json!("key"), ["a"], &secret("key"));
        check([("a", secret("key"))], &json!("key"), ["a"], &secret("key"));
    }

    #[test]
    fn a_message_does_not_quote_a_secret() {
        let inputs = object([("a", secret("hunter2")), ("b", "open sesame".into())]);
        assert_eq!(
            scrub("`hunter2` is not `open sesame`".to_owned(), &inputs),
            "`[secret]` is not `open sesame`"
        );
    }
}
