//! The parts of Pulumi's package schema that say what an input may be.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A resource.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceSpec<'a> {
    #[serde(borrow, default)]
    pub(super) input_properties: BTreeMap<&'a str, PropertySpec<'a>>,
    #[serde(borrow, default)]
    pub(super) required_inputs: Vec<&'a str>,
    #[serde(borrow, default)]
    pub(super) properties: BTreeMap<&'a str, PropertySpec<'a>>,
    /// The outputs that are always there.
    #[serde(borrow, default)]
    pub(super) required: Vec<&'a str>,
}

/// What a property may be.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PropertySpec<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<&'a str>,
    #[serde(borrow, rename = "$ref")]
    pub(super) reference: Option<&'a str>,
    #[serde(borrow)]
    pub(super) items: Option<Box<PropertySpec<'a>>>,
    #[serde(borrow)]
    pub(super) additional_properties: Option<Box<PropertySpec<'a>>>,
    #[serde(borrow, default)]
    pub(super) one_of: Vec<PropertySpec<'a>>,
    #[serde(default)]
    pub(super) secret: bool,
    /// A change of it makes another resource.
    #[serde(default)]
    pub(super) will_replace_on_changes: bool,
}

/// A type with a name: an object or an enumeration.
#[derive(Deserialize)]
pub(super) struct TypeSpec<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) properties: BTreeMap<&'a str, PropertySpec<'a>>,
    #[serde(borrow, default)]
    pub(super) required: Vec<&'a str>,
    #[serde(rename = "enum", default)]
    pub(super) values: Vec<EnumValue>,
}

/// A value of an enumeration.
#[derive(Deserialize)]
pub(super) struct EnumValue {
    pub(super) value: Value,
}
