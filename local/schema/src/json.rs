//! Property values as JSON: for the cloud model, and for people.

use std::collections::BTreeMap;

use pulumi::{Archive, Asset, AssetOrArchive, OutputValue, PropertyValue, ReferenceId};
use serde_json::{Map, Number, Value, json};

/// Up to here a double tells every whole number from its neighbours.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_992.0;

/// What stands for a secret, as in Pulumi's own displays.
const REDACTED: &str = "[secret]";

/// A value for people to see: secrets and unknown values are replaced by their names.
#[must_use]
pub fn redacted(value: &PropertyValue) -> Value {
    to_json(value, Reveal::Nothing)
}

/// A value as the cloud model takes it, with what is in its secrets. Unknown values are none: see [`find_unknown`].
#[must_use]
pub fn revealed(value: &PropertyValue) -> Value {
    to_json(value, Reveal::Secrets)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reveal {
    Nothing,
    Secrets,
}

fn to_json(value: &PropertyValue, reveal: Reveal) -> Value {
    match value {
        PropertyValue::Bool(value) => json!(value),
        PropertyValue::Number(number) => number_to_json(*number),
        PropertyValue::String(text) => json!(text),
        PropertyValue::Array(items) => items.iter().map(|item| to_json(item, reveal)).collect(),
        PropertyValue::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), to_json(value, reveal)))
            .collect(),
        PropertyValue::Secret(_) | PropertyValue::Output(OutputValue { secret: true, .. })
            if reveal == Reveal::Nothing =>
        {
            json!(REDACTED)
        }
        PropertyValue::Secret(inner) => to_json(inner, reveal),
        PropertyValue::Output(OutputValue {
            value: Some(value), ..
        }) => to_json(value, reveal),
        PropertyValue::Unknown | PropertyValue::Output(_) if reveal == Reveal::Nothing => {
            json!("[unknown]")
        }
        PropertyValue::Asset(asset) => asset_to_json(asset),
        PropertyValue::Archive(archive) => archive_to_json(archive),
        PropertyValue::ResourceReference(reference) => match &reference.id {
            ReferenceId::Known(id) => json!(id),
            _ => json!(reference.urn.as_str()),
        },
        _ => Value::Null,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "it is whole, and small enough to be told from its neighbours"
)]
fn number_to_json(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() <= MAX_SAFE_INTEGER {
        return json!(number as i64);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn asset_to_json(asset: &Asset) -> Value {
    match asset {
        Asset::Text(text) => json!({ "text": text }),
        Asset::File(path) => json!({ "path": path }),
        Asset::Remote(uri) => json!({ "uri": uri }),
        _ => Value::Null,
    }
}

fn archive_to_json(archive: &Archive) -> Value {
    match archive {
        Archive::File(path) => json!({ "path": path }),
        Archive::Remote(uri) => json!({ "uri": uri }),
        Archive::Assets(parts) => {
            let parts: Map<String, Value> = parts
                .iter()
                .map(|(name, part)| {
                    let part = match part {
                        AssetOrArchive::Asset(asset) => asset_to_json(asset),
                        AssetOrArchive::Archive(archive) => archive_to_json(archive),
                        _ => Value::Null,
                    };
                    (name.clone(), part)
                })
                .collect();
            json!({ "assets": parts })
        }
        _ => Value::Null,
    }
}

/// A value that the cloud model computed.
#[must_use]
pub fn from_json(value: Value) -> PropertyValue {
    match value {
        Value::Null => PropertyValue::Null,
        Value::Bool(value) => PropertyValue::Bool(value),
        // Every number that JSON can hold is some double.
        Value::Number(number) => PropertyValue::Number(number.as_f64().unwrap_or_default()),
        Value::String(text) => PropertyValue::String(text),
        Value::Array(items) => PropertyValue::Array(items.into_iter().map(from_json).collect()),
        Value::Object(fields) => {
            PropertyValue::Object(fields.into_iter().map(|(k, v)| (k, from_json(v))).collect())
        }
    }
}

/// Where in an object there is an unknown value, if anywhere.
#[must_use]
pub fn find_unknown(fields: &BTreeMap<String, PropertyValue>) -> Option<String> {
    fields
        .iter()
        .find_map(|(name, value)| unknown_in(name, value))
}

fn unknown_in(path: &str, value: &PropertyValue) -> Option<String> {
    match value {
        PropertyValue::Unknown | PropertyValue::Output(OutputValue { value: None, .. }) => {
            Some(path.to_owned())
        }
        PropertyValue::Secret(inner)
        | PropertyValue::Output(OutputValue {
            value: Some(inner), ..
        }) => unknown_in(path, inner),
        PropertyValue::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| unknown_in(&format!("{path}[{index}]"), item)),
        PropertyValue::Object(fields) => fields
            .iter()
            .find_map(|(name, value)| unknown_in(&format!("{path}.{name}"), value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(value: impl Into<PropertyValue>) -> PropertyValue {
        PropertyValue::Secret(Box::new(value.into()))
    }

    #[test]
    fn whole_numbers_are_integers() {
        let number = |number| revealed(&PropertyValue::Number(number)).to_string();
        assert_eq!(number(30.0), "30");
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(0.5), "0.5");
        assert_eq!(number(9_007_199_254_740_992.0), "9007199254740992");
        assert_eq!(number(1e300), "1e+300");
    }

    #[test]
    fn assets_are_told_by_where_they_are() {
        let code = Archive::assets([("bootstrap", Asset::file("target/echo"))]);
        assert_eq!(
            revealed(&PropertyValue::Archive(code)),
            json!({"assets": {"bootstrap": {"path": "target/echo"}}})
        );
        let folder = PropertyValue::Archive(Archive::file("dist"));
        assert_eq!(revealed(&folder), json!({"path": "dist"}));
    }

    #[test]
    fn secrets_are_for_the_cloud_and_not_for_people() {
        let value = PropertyValue::Array(vec![secret("hunter2"), PropertyValue::Unknown]);
        assert_eq!(revealed(&value), json!(["hunter2", null]));
        assert_eq!(redacted(&value), json!(["[secret]", "[unknown]"]));
    }

    #[test]
    fn an_unknown_value_is_found_by_its_path() {
        let list = PropertyValue::Array(vec![true.into(), secret(PropertyValue::Unknown)]);
        let fields = BTreeMap::from([("a".to_owned(), true.into()), ("b".to_owned(), list)]);
        assert_eq!(find_unknown(&fields), Some("b[1]".to_owned()));
    }
}
