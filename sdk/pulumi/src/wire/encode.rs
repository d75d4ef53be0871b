//! From property values to protobuf.

use std::collections::BTreeMap;

use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value};

use super::{ARCHIVE, ASSET, MAX_DEPTH, OUTPUT, RESOURCE, SECRET, SIGNATURE, UNKNOWN, WireError};
use crate::asset::{Archive, Asset, AssetOrArchive};
use crate::value::{OutputValue, PropertyValue, ReferenceId, ResourceReference};

/// Writes an object as the engine wants it.
///
/// # Errors
///
/// When a value has no form on the wire; see [`WireError`].
pub fn to_struct(object: &BTreeMap<String, PropertyValue>) -> Result<Struct, WireError> {
    fields(object, 0)
}

/// Writes one value as the engine wants it.
///
/// # Errors
///
/// When the value has no form on the wire; see [`WireError`].
pub fn to_value(value: &PropertyValue) -> Result<Value, WireError> {
    encode(value, 0)
}

fn fields(object: &BTreeMap<String, PropertyValue>, depth: usize) -> Result<Struct, WireError> {
    if object.contains_key(SIGNATURE) {
        return Err(WireError::ReservedKey);
    }
    let fields = object
        .iter()
        .map(|(key, value)| Ok((key.clone(), encode(value, depth + 1)?)))
        .collect::<Result<_, WireError>>()?;
    Ok(Struct { fields })
}

fn encode(value: &PropertyValue, depth: usize) -> Result<Value, WireError> {
    if depth > MAX_DEPTH {
        return Err(WireError::TooDeep);
    }
    let kind = match value {
        PropertyValue::Null => Kind::NullValue(0),
        PropertyValue::Bool(value) => Kind::BoolValue(*value),
        PropertyValue::Number(value) if value.is_finite() => Kind::NumberValue(*value),
        PropertyValue::Number(_) => return Err(WireError::NotFinite),
        PropertyValue::String(value) if value == UNKNOWN => return Err(WireError::ReservedString),
        PropertyValue::String(value) => Kind::StringValue(value.clone()),
        PropertyValue::Array(items) => Kind::ListValue(ListValue {
            values: items
                .iter()
                .map(|item| encode(item, depth + 1))
                .collect::<Result<_, _>>()?,
        }),
        PropertyValue::Object(object) => Kind::StructValue(fields(object, depth)?),
        PropertyValue::Secret(inner) => special(SECRET, [("value", encode(inner, depth + 1)?)]),
        PropertyValue::Unknown => Kind::StringValue(UNKNOWN.to_owned()),
        PropertyValue::Asset(value) => asset(value),
        PropertyValue::Archive(value) => archive(value, depth)?,
        PropertyValue::ResourceReference(value) => reference(value),
        PropertyValue::Output(value) => output(value, depth)?,
    };
    Ok(Value { kind: Some(kind) })
}

fn asset(asset: &Asset) -> Kind {
    let part = match asset {
        Asset::Text(text) => ("text", string(text)),
        Asset::File(path) => ("path", string(path)),
        Asset::Remote(uri) => ("uri", string(uri)),
    };
    special(ASSET, [part])
}

fn archive(archive: &Archive, depth: usize) -> Result<Kind, WireError> {
    if depth > MAX_DEPTH {
        return Err(WireError::TooDeep);
    }
    let part = match archive {
        Archive::File(path) => ("path", string(path)),
        Archive::Remote(uri) => ("uri", string(uri)),
        Archive::Assets(parts) => {
            let fields = parts
                .iter()
                .map(|(path, part)| {
                    let kind = match part {
                        AssetOrArchive::Asset(part) => asset(part),
                        AssetOrArchive::Archive(part) => self::archive(part, depth + 1)?,
                    };
                    Ok((path.clone(), Value { kind: Some(kind) }))
                })
                .collect::<Result<_, WireError>>()?;
            ("assets", wrap(Kind::StructValue(Struct { fields })))
        }
    };
    Ok(special(ARCHIVE, [part]))
}

fn reference(reference: &ResourceReference) -> Kind {
    let mut parts = vec![("urn", string(reference.urn.as_str()))];
    match &reference.id {
        ReferenceId::Component => {}
        ReferenceId::Unknown => parts.push(("id", string(UNKNOWN))),
        ReferenceId::Known(id) => parts.push(("id", string(id))),
    }
    if let Some(version) = &reference.package_version {
        parts.push(("packageVersion", string(version)));
    }
    special(RESOURCE, parts)
}

fn output(output: &OutputValue, depth: usize) -> Result<Kind, WireError> {
    let mut parts = Vec::new();
    if let Some(value) = &output.value {
        parts.push(("value", encode(value, depth + 1)?));
    }
    if output.secret {
        parts.push(("secret", wrap(Kind::BoolValue(true))));
    }
    if !output.dependencies.is_empty() {
        let values = output
            .dependencies
            .iter()
            .map(|urn| string(urn.as_str()))
            .collect();
        parts.push(("dependencies", wrap(Kind::ListValue(ListValue { values }))));
    }
    Ok(special(OUTPUT, parts))
}

fn special(signature: &str, parts: impl IntoIterator<Item = (&'static str, Value)>) -> Kind {
    let fields = parts
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .chain([(SIGNATURE.to_owned(), string(signature))])
        .collect();
    Kind::StructValue(Struct { fields })
}

fn string(text: &str) -> Value {
    wrap(Kind::StringValue(text.to_owned()))
}

fn wrap(kind: Kind) -> Value {
    Value { kind: Some(kind) }
}
