//! From protobuf to property values.

use std::collections::{BTreeMap, BTreeSet};

use prost_types::value::Kind;
use prost_types::{Struct, Value};

use super::{ARCHIVE, ASSET, MAX_DEPTH, OUTPUT, RESOURCE, SECRET, SIGNATURE, UNKNOWN, WireError};
use crate::asset::{Archive, Asset, AssetOrArchive};
use crate::urn::Urn;
use crate::value::{OutputValue, PropertyValue, ReferenceId, ResourceReference};

/// Reads an object that the engine or a program wrote.
///
/// # Errors
///
/// When a part of it is not a value; see [`WireError`].
pub fn from_struct(object: &Struct) -> Result<BTreeMap<String, PropertyValue>, WireError> {
    fields(object, 0)
}

/// Reads one value that the engine or a program wrote.
///
/// # Errors
///
/// When it is not a value; see [`WireError`].
pub fn from_value(value: &Value) -> Result<PropertyValue, WireError> {
    decode(value, 0)
}

fn fields(object: &Struct, depth: usize) -> Result<BTreeMap<String, PropertyValue>, WireError> {
    object
        .fields
        .iter()
        .map(|(key, value)| Ok((key.clone(), decode(value, depth + 1)?)))
        .collect()
}

fn decode(value: &Value, depth: usize) -> Result<PropertyValue, WireError> {
    if depth > MAX_DEPTH {
        return Err(WireError::TooDeep);
    }
    Ok(match &value.kind {
        None | Some(Kind::NullValue(_)) => PropertyValue::Null,
        Some(Kind::BoolValue(value)) => PropertyValue::Bool(*value),
        Some(Kind::NumberValue(value)) if value.is_finite() => PropertyValue::Number(*value),
        Some(Kind::NumberValue(_)) => return Err(WireError::NotFinite),
        Some(Kind::StringValue(text)) if text == UNKNOWN => PropertyValue::Unknown,
        Some(Kind::StringValue(text)) => PropertyValue::String(text.clone()),
        Some(Kind::ListValue(list)) => PropertyValue::Array(
            list.values
                .iter()
                .map(|item| decode(item, depth + 1))
                .collect::<Result<_, _>>()?,
        ),
        Some(Kind::StructValue(object)) => match signature(object)? {
            None => PropertyValue::Object(fields(object, depth)?),
            Some(SECRET) => PropertyValue::Secret(Box::new(match object.fields.get("value") {
                Some(inner) => decode(inner, depth + 1)?,
                None => return Err(malformed("a secret", "value")),
            })),
            Some(ASSET) => PropertyValue::Asset(asset(object)?),
            Some(ARCHIVE) => PropertyValue::Archive(archive(object, depth)?),
            Some(RESOURCE) => PropertyValue::ResourceReference(reference(object)?),
            Some(OUTPUT) => PropertyValue::Output(output(object, depth)?),
            Some(other) => return Err(WireError::UnknownSignature(other.to_owned())),
        },
    })
}

fn signature(object: &Struct) -> Result<Option<&str>, WireError> {
    match object.fields.get(SIGNATURE) {
        None => Ok(None),
        Some(_) => text(object, SIGNATURE)
            .map(Some)
            .ok_or(malformed("a special value", "signature")),
    }
}

/// The first of these parts that says something: the engine may send the others as empty strings.
fn source<'a>(object: &'a Struct, parts: &[&'static str]) -> Option<(&'static str, &'a str)> {
    let present = || {
        parts
            .iter()
            .filter_map(|part| Some((*part, text(object, part)?)))
    };
    present()
        .find(|(_, text)| !text.is_empty())
        .or_else(|| present().next())
}

fn asset(object: &Struct) -> Result<Asset, WireError> {
    match source(object, &["text", "path", "uri"]) {
        Some(("text", text)) => Ok(Asset::text(text)),
        Some(("path", path)) => Ok(Asset::file(path)),
        Some((_, uri)) => Ok(Asset::remote(uri)),
        None => Err(malformed("an asset", "text, path or uri")),
    }
}

fn archive(object: &Struct, depth: usize) -> Result<Archive, WireError> {
    if depth > MAX_DEPTH {
        return Err(WireError::TooDeep);
    }
    if let Some(Kind::StructValue(parts)) = kind(object, "assets") {
        let parts = parts
            .fields
            .iter()
            .map(|(path, part)| Ok((path.clone(), archive_part(part, depth + 1)?)))
            .collect::<Result<_, WireError>>()?;
        return Ok(Archive::Assets(parts));
    }
    match source(object, &["path", "uri"]) {
        Some(("path", path)) => Ok(Archive::file(path)),
        Some((_, uri)) => Ok(Archive::remote(uri)),
        None => Err(malformed("an archive", "assets, path or uri")),
    }
}

fn archive_part(part: &Value, depth: usize) -> Result<AssetOrArchive, WireError> {
    if let Some(Kind::StructValue(object)) = &part.kind {
        match signature(object)? {
            Some(ASSET) => return Ok(asset(object)?.into()),
            Some(ARCHIVE) => return Ok(archive(object, depth)?.into()),
            _ => {}
        }
    }
    Err(malformed("an archive", "assets"))
}

fn reference(object: &Struct) -> Result<ResourceReference, WireError> {
    const WHAT: &str = "a resource reference";
    let urn = text(object, "urn").ok_or(malformed(WHAT, "urn"))?;
    let id = match kind(object, "id") {
        None | Some(Kind::NullValue(_)) => ReferenceId::Component,
        Some(Kind::StringValue(id)) if id.is_empty() || id == UNKNOWN => ReferenceId::Unknown,
        Some(Kind::StringValue(id)) => ReferenceId::Known(id.clone()),
        Some(_) => return Err(malformed(WHAT, "id")),
    };
    let package_version = text(object, "packageVersion")
        .filter(|version| !version.is_empty())
        .map(str::to_owned);
    Ok(ResourceReference {
        urn: Urn::new(urn),
        id,
        package_version,
    })
}

fn output(object: &Struct, depth: usize) -> Result<OutputValue, WireError> {
    const WHAT: &str = "an output";
    let value = match object.fields.get("value") {
        Some(value) => Some(Box::new(decode(value, depth + 1)?)),
        None => None,
    };
    let secret = match kind(object, "secret") {
        None => false,
        Some(Kind::BoolValue(secret)) => *secret,
        Some(_) => return Err(malformed(WHAT, "secret")),
    };
    let dependencies = match kind(object, "dependencies") {
        None => BTreeSet::new(),
        Some(Kind::ListValue(urns)) => urns
            .values
            .iter()
            .map(|urn| match &urn.kind {
                Some(Kind::StringValue(urn)) => Ok(Urn::new(urn.as_str())),
                _ => Err(malformed(WHAT, "dependencies")),
            })
            .collect::<Result<_, _>>()?,
        Some(_) => return Err(malformed(WHAT, "dependencies")),
    };
    Ok(OutputValue {
        value,
        secret,
        dependencies,
    })
}

fn kind<'a>(object: &'a Struct, key: &str) -> Option<&'a Kind> {
    object.fields.get(key)?.kind.as_ref()
}

fn text<'a>(object: &'a Struct, key: &str) -> Option<&'a str> {
    match kind(object, key) {
        Some(Kind::StringValue(text)) => Some(text),
        _ => None,
    }
}

fn malformed(what: &'static str, part: &'static str) -> WireError {
    WireError::Malformed { what, part }
}
