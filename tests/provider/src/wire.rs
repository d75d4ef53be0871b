//! Property values as JSON. What protobuf has no word for stays as it is on the wire (see [`pulumi::wire`]), so that
//! an asset keeps its hash; only secrets lose their marks, as the engine puts them on again.

use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value as WireValue};
use pulumi::wire::{OUTPUT, SECRET, SIGNATURE, UNKNOWN};
use serde_json::{Map, Value, json};
use tidegate_local_schema::Outline;

/// The properties of a resource.
pub(crate) type Properties = Map<String, Value>;

/// Reads properties. What is null is not given.
pub(crate) fn properties(object: Option<&Struct>) -> Properties {
    let fields = object.into_iter().flat_map(|object| &object.fields);
    fields
        .map(|(name, value)| (name.clone(), from_wire(value)))
        .filter(|(_, value)| !value.is_null())
        .collect()
}

fn from_wire(value: &WireValue) -> Value {
    match &value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(value)) => json!(value),
        Some(Kind::NumberValue(number)) => number_from_wire(*number),
        Some(Kind::StringValue(text)) => json!(text),
        Some(Kind::ListValue(list)) => list.values.iter().map(from_wire).collect(),
        Some(Kind::StructValue(object)) => match (signature(object), object.fields.get("value")) {
            (Some(SECRET | OUTPUT), Some(value)) => from_wire(value),
            (Some(SECRET | OUTPUT), None) => json!(UNKNOWN),
            _ => Value::Object(properties(Some(object))),
        },
    }
}

/// Whole numbers are integers, which is how AWS writes them.
#[expect(
    clippy::cast_possible_truncation,
    reason = "it is whole, and small enough to be told from its neighbours"
)]
fn number_from_wire(number: f64) -> Value {
    const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= MAX_SAFE_INTEGER {
        return json!(number as i64);
    }
    json!(number)
}

fn signature(object: &Struct) -> Option<&str> {
    match object.fields.get(SIGNATURE)?.kind.as_ref()? {
        Kind::StringValue(text) => Some(text),
        _ => None,
    }
}

/// Writes properties.
pub(crate) fn to_struct(properties: &Properties) -> Struct {
    let fields = properties.iter();
    Struct {
        fields: fields
            .map(|(name, value)| (name.clone(), to_wire(value)))
            .collect(),
    }
}

/// Writes outputs, those marked that the schema says are secrets.
pub(crate) fn outputs_to_struct(outputs: &Properties, outline: &Outline<'_>) -> Struct {
    let mut object = to_struct(outputs);
    for name in &outline.secret {
        let plain = |value: &&mut WireValue| !matches!(value.kind, Some(Kind::NullValue(_)));
        if let Some(value) = object.fields.get_mut(*name).filter(plain) {
            let inner = std::mem::take(value);
            let signature = to_wire(&json!(SECRET));
            let fields = [
                ("value".to_owned(), inner),
                (SIGNATURE.to_owned(), signature),
            ];
            let fields = fields.into_iter().collect();
            value.kind = Some(Kind::StructValue(Struct { fields }));
        }
    }
    object
}

fn to_wire(value: &Value) -> WireValue {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(value) => Kind::BoolValue(*value),
        // Every number that JSON can hold is some double.
        Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Value::String(text) => Kind::StringValue(text.clone()),
        Value::Array(items) => Kind::ListValue(ListValue {
            values: items.iter().map(to_wire).collect(),
        }),
        Value::Object(fields) => Kind::StructValue(to_struct(fields)),
    };
    WireValue { kind: Some(kind) }
}

/// The value that is known only once the deployment is made.
pub(crate) fn unknown() -> Value {
    json!(UNKNOWN)
}

/// The hash of an asset or an archive, if the value is one.
pub(crate) fn hash_of(value: &Value) -> Option<&str> {
    value.get(SIGNATURE)?;
    let hash = value.get("hash")?.as_str()?;
    (!hash.is_empty()).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_lose_their_marks_and_assets_keep_their_hashes() {
        let wire = json!({
            "password": {SIGNATURE: SECRET, "value": "hunter2"},
            "code": {SIGNATURE: pulumi::wire::ARCHIVE, "path": "a.zip", "hash": "abc"},
            "later": {SIGNATURE: OUTPUT},
            "nothing": null,
        });
        let object = to_struct(wire.as_object().unwrap());
        let read = properties(Some(&object));
        assert_eq!(read["password"], "hunter2");
        assert_eq!(hash_of(&read["code"]), Some("abc"));
        assert_eq!(read["later"], UNKNOWN);
        assert!(!read.contains_key("nothing"));
    }

    #[test]
    fn whole_numbers_are_integers() {
        let object = to_struct(json!({"a": 30, "b": 0.5}).as_object().unwrap());
        let read = properties(Some(&object));
        assert_eq!(Value::Object(read), json!({"a": 30, "b": 0.5}));
    }
}
