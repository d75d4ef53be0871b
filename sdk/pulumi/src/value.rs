//! What a property can hold, as the engine understands it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::asset::{Archive, Asset};
use crate::urn::Urn;

/// The value of a property, on its way to the engine or from it.
///
/// `Debug` never shows what is inside a secret.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum PropertyValue {
    /// No value.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number; the engine knows only doubles.
    Number(f64),
    /// A string.
    String(String),
    /// A list.
    Array(Vec<PropertyValue>),
    /// A map or an object.
    Object(BTreeMap<String, PropertyValue>),
    /// A value that must be encrypted in the state and never be shown.
    Secret(Box<PropertyValue>),
    /// A value that will be known only once the update has run.
    Unknown,
    /// A blob.
    Asset(Asset),
    /// A collection of blobs.
    Archive(Archive),
    /// Another resource.
    ResourceReference(ResourceReference),
    /// A value together with the resources that it comes from.
    Output(OutputValue),
}

/// A resource as a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceReference {
    /// The URN of the resource.
    pub urn: Urn,
    /// Its provider-assigned id.
    pub id: ReferenceId,
    /// The version of the package that can read it back, where known.
    pub package_version: Option<String>,
}

/// The id in a [`ResourceReference`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceId {
    /// A component: it has none.
    Component,
    /// A custom resource that does not exist yet.
    Unknown,
    /// A custom resource.
    Known(String),
}

/// A value together with where it comes from.
#[derive(Clone, PartialEq)]
pub struct OutputValue {
    /// The value, or `None` while it is unknown.
    pub value: Option<Box<PropertyValue>>,
    /// Whether it is a secret.
    pub secret: bool,
    /// The resources that it depends on.
    pub dependencies: BTreeSet<Urn>,
}

impl PropertyValue {
    /// What kind of value this is, for a message to a person; says nothing of the value itself.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
            Self::Secret(_) => "a secret",
            Self::Unknown => "an unknown value",
            Self::Asset(_) => "an asset",
            Self::Archive(_) => "an archive",
            Self::ResourceReference(_) => "a resource reference",
            Self::Output(_) => "an output",
        }
    }

    /// Takes the wrappers off at every depth: what they said about the value stands beside it.
    #[must_use]
    pub fn unwrapped(self) -> Unwrapped {
        let mut facts = Facts::default();
        let value = strip(self, &mut facts);
        Unwrapped {
            value: (!facts.unknown).then_some(value),
            secret: facts.secret,
            dependencies: facts.dependencies,
        }
    }
}

/// A value without its wrappers, made by [`PropertyValue::unwrapped`].
#[derive(Clone, PartialEq)]
pub struct Unwrapped {
    /// The plain value, or `None` when any part of it is unknown.
    pub value: Option<PropertyValue>,
    /// Whether any part of it is a secret.
    pub secret: bool,
    /// The resources that any part of it depends on.
    pub dependencies: BTreeSet<Urn>,
}

#[derive(Default)]
struct Facts {
    secret: bool,
    unknown: bool,
    dependencies: BTreeSet<Urn>,
}

fn strip(value: PropertyValue, facts: &mut Facts) -> PropertyValue {
    match value {
        PropertyValue::Secret(inner) => {
            facts.secret = true;
            strip(*inner, facts)
        }
        PropertyValue::Unknown => {
            facts.unknown = true;
            PropertyValue::Null
        }
        PropertyValue::Output(output) => {
            facts.secret |= output.secret;
            facts.dependencies.extend(output.dependencies);
            match output.value {
                Some(inner) => strip(*inner, facts),
                None => strip(PropertyValue::Unknown, facts),
            }
        }
        PropertyValue::Array(items) => {
            PropertyValue::Array(items.into_iter().map(|item| strip(item, facts)).collect())
        }
        PropertyValue::Object(fields) => PropertyValue::Object(
            fields
                .into_iter()
                .map(|(key, value)| (key, strip(value, facts)))
                .collect(),
        ),
        plain @ (PropertyValue::Null
        | PropertyValue::Bool(_)
        | PropertyValue::Number(_)
        | PropertyValue::String(_)
        | PropertyValue::Asset(_)
        | PropertyValue::Archive(_)
        | PropertyValue::ResourceReference(_)) => plain,
    }
}

/// What stands in a `Debug` text for something that must not be read.
pub(crate) struct Redacted;

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Debug for PropertyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Bool(value) => f.debug_tuple("Bool").field(value).finish(),
            Self::Number(value) => f.debug_tuple("Number").field(value).finish(),
            Self::String(value) => f.debug_tuple("String").field(value).finish(),
            Self::Array(items) => f.debug_tuple("Array").field(items).finish(),
            Self::Object(fields) => f.debug_tuple("Object").field(fields).finish(),
            Self::Secret(_) => f.debug_tuple("Secret").field(&Redacted).finish(),
            Self::Unknown => f.write_str("Unknown"),
            Self::Asset(asset) => f.debug_tuple("Asset").field(asset).finish(),
            Self::Archive(archive) => f.debug_tuple("Archive").field(archive).finish(),
            Self::ResourceReference(reference) => {
                f.debug_tuple("ResourceReference").field(reference).finish()
            }
            Self::Output(output) => output.fmt(f),
        }
    }
}

impl fmt::Debug for OutputValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Output");
        match &self.value {
            Some(_) if self.secret => debug.field("value", &Redacted),
            value => debug.field("value", value),
        };
        debug
            .field("secret", &self.secret)
            .field("dependencies", &self.dependencies)
            .finish()
    }
}

impl fmt::Debug for Unwrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Unwrapped");
        match &self.value {
            Some(_) if self.secret => debug.field("value", &Redacted),
            value => debug.field("value", value),
        };
        debug
            .field("secret", &self.secret)
            .field("dependencies", &self.dependencies)
            .finish()
    }
}

impl From<bool> for PropertyValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for PropertyValue {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned())
    }
}

impl From<f64> for PropertyValue {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl<T: Into<PropertyValue>> From<Vec<T>> for PropertyValue {
    fn from(values: Vec<T>) -> Self {
        Self::Array(values.into_iter().map(Into::into).collect())
    }
}

impl From<BTreeMap<String, PropertyValue>> for PropertyValue {
    fn from(fields: BTreeMap<String, PropertyValue>) -> Self {
        Self::Object(fields)
    }
}

impl From<String> for PropertyValue {
    fn from(value: String) -> Self {
        Self::String(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_what_is_in_a_secret() {
        let secret = PropertyValue::Secret(Box::new("hunter2".into()));
        let output = PropertyValue::Output(OutputValue {
            value: Some(Box::new("hunter2".into())),
            secret: true,
            dependencies: BTreeSet::new(),
        });
        let nested = PropertyValue::Array(vec![secret, output]);
        assert!(!format!("{nested:?}").contains("hunter2"));
        assert!(!format!("{:?}", nested.unwrapped()).contains("hunter2"));
    }

    #[test]
    fn one_secret_part_makes_the_whole_secret() {
        let value = PropertyValue::Array(vec![
            "open".into(),
            PropertyValue::Secret(Box::new("closed".into())),
        ]);
        let unwrapped = value.unwrapped();
        assert!(unwrapped.secret);
        assert_eq!(
            unwrapped.value,
            Some(PropertyValue::Array(vec!["open".into(), "closed".into()]))
        );
    }

    #[test]
    fn one_unknown_part_makes_the_whole_unknown() {
        let value = PropertyValue::Array(vec!["known".into(), PropertyValue::Unknown]);
        assert_eq!(value.unwrapped().value, None);
    }
}
