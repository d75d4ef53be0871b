//! What a property's type is in Rust.

use crate::Error;
use crate::schema::{Package, Shape};
use crate::token::Place;

/// A type in Rust, for an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    String,
    Bool,
    Integer,
    Number,
    Asset,
    Archive,
    /// Whatever can be a property's value.
    Any,
    List(Box<Type>),
    Map(Box<Type>),
    /// A nested object.
    Object(Nested),
    /// An enum.
    Enum(Nested),
    /// A string for which some values have names: an enum that is not the only choice.
    OpenEnum(Nested),
}

/// A type of the schema that is not a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Nested {
    pub(crate) token: String,
    pub(crate) place: Place,
}

impl Type {
    /// The nested type that this one is made of, if any.
    pub(crate) fn nested(&self) -> Option<&Nested> {
        match self {
            Self::List(inner) | Self::Map(inner) => inner.nested(),
            Self::Object(nested) | Self::Enum(nested) | Self::OpenEnum(nested) => Some(nested),
            _ => None,
        }
    }

    /// The type of an output: nested objects are values, enums are strings that may come to have new values.
    pub(crate) fn as_output(&self) -> Self {
        match self {
            Self::List(inner) => Self::List(Box::new(inner.as_output())),
            Self::Map(inner) => Self::Map(Box::new(inner.as_output())),
            Self::Object(_) => Self::Any,
            Self::Enum(_) | Self::OpenEnum(_) => Self::String,
            other => other.clone(),
        }
    }
}

/// Finds the type of a property, called `property` in messages.
pub(crate) fn resolve(package: &Package, shape: &Shape, property: &str) -> Result<Type, Error> {
    if let Some(alternatives) = &shape.one_of {
        return one_of(package, alternatives, property);
    }
    if let Some(reference) = &shape.reference {
        return referenced(package, reference, property);
    }
    let inner = |shape: &Shape| resolve(package, shape, property).map(Box::new);
    match shape.kind.as_deref() {
        Some("string") => Ok(Type::String),
        Some("boolean") => Ok(Type::Bool),
        Some("integer") => Ok(Type::Integer),
        Some("number") => Ok(Type::Number),
        Some("array") => match &shape.items {
            Some(items) => Ok(Type::List(inner(items)?)),
            None => Err(unsupported(property, "an array without `items`")),
        },
        // As the schema's specification says: without `additionalProperties`, a map of strings.
        Some("object") => match &shape.additional_properties {
            Some(values) => Ok(Type::Map(inner(values)?)),
            None => Ok(Type::Map(Box::new(Type::String))),
        },
        Some(other) => Err(unsupported(property, format!("the type `{other}`"))),
        None => Err(unsupported(property, "no type at all")),
    }
}

/// A string among the alternatives is the choice that always works: a resource stands for its id, a document for its
/// text. Of the others only an enum is worth a type, for its names.
fn one_of(package: &Package, alternatives: &[Shape], property: &str) -> Result<Type, Error> {
    let mut string = false;
    let mut names = None;
    for alternative in alternatives {
        let is_resource = alternative
            .reference
            .as_deref()
            .is_some_and(|reference| reference.starts_with("#/resources/"));
        if is_resource {
            string = true;
            continue;
        }
        match resolve(package, alternative, property)? {
            Type::String => string = true,
            Type::Enum(nested) => names = Some(nested),
            _ => {}
        }
    }
    Ok(match (string, names) {
        (true, Some(nested)) => Type::OpenEnum(nested),
        (true, None) => Type::String,
        (false, _) => Type::Any,
    })
}

fn referenced(package: &Package, reference: &str, property: &str) -> Result<Type, Error> {
    match reference {
        "pulumi.json#/Archive" => return Ok(Type::Archive),
        "pulumi.json#/Asset" => return Ok(Type::Asset),
        "pulumi.json#/Any" => return Ok(Type::Any),
        "pulumi.json#/Json" => return Ok(Type::String),
        _ => {}
    }
    let unknown = || Error::UnknownReference {
        reference: reference.to_owned(),
        property: property.to_owned(),
    };
    let token = reference.strip_prefix("#/types/").ok_or_else(unknown)?;
    let spec = package.types.get(token).ok_or_else(unknown)?;
    let nested = Nested {
        token: token.to_owned(),
        place: place(package, token)?,
    };
    Ok(match spec.values {
        Some(_) => Type::Enum(nested),
        None => Type::Object(nested),
    })
}

/// Where a nested type stands: beside the resources of its module, and by another name where a resource has its own.
/// All resources count, not only the listed ones: to list one more must not rename anything.
fn place(package: &Package, token: &str) -> Result<Place, Error> {
    let mut place = Place::of(token)?;
    let taken = package
        .resources
        .keys()
        .any(|resource| Place::of(resource).is_ok_and(|other| other == place));
    if taken {
        place.name.push_str("Args");
    }
    Ok(place)
}

fn unsupported(property: &str, problem: impl Into<String>) -> Error {
    Error::UnsupportedType {
        property: property.to_owned(),
        problem: problem.into(),
    }
}
