//! The parts of a package schema that bindings need.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::Error;

/// A package.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) types: BTreeMap<String, TypeSpec>,
    #[serde(default)]
    pub(crate) resources: BTreeMap<String, ResourceSpec>,
    #[serde(default)]
    pub(crate) functions: BTreeMap<String, FunctionSpec>,
    /// What makes a package of another one's provider; a program would have to register it first.
    pub(crate) parameterization: Option<serde::de::IgnoredAny>,
}

/// A function: what it is given and what it returns.
#[derive(Debug, Deserialize)]
pub(crate) struct FunctionSpec {
    #[serde(default)]
    pub(crate) inputs: TypeSpec,
    #[serde(default)]
    pub(crate) outputs: TypeSpec,
}

/// What a resource was called before.
#[derive(Debug, Deserialize)]
pub(crate) struct AliasSpec {
    #[serde(rename = "type")]
    pub(crate) type_token: Option<String>,
}

/// A resource: what it is given and what it has.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceSpec {
    #[serde(default)]
    pub(crate) properties: BTreeMap<String, PropertySpec>,
    #[serde(default)]
    pub(crate) required: BTreeSet<String>,
    #[serde(default)]
    pub(crate) input_properties: BTreeMap<String, PropertySpec>,
    #[serde(default)]
    pub(crate) required_inputs: BTreeSet<String>,
    #[serde(default)]
    pub(crate) aliases: Vec<AliasSpec>,
    /// Whether it is a component that its provider makes.
    #[serde(default)]
    pub(crate) is_component: bool,
}

/// A nested object or an enum.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct TypeSpec {
    #[serde(rename = "type", default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) properties: BTreeMap<String, PropertySpec>,
    #[serde(default)]
    pub(crate) required: BTreeSet<String>,
    #[serde(rename = "enum")]
    pub(crate) values: Option<Vec<EnumValueSpec>>,
}

/// A value of an enum.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnumValueSpec {
    pub(crate) name: Option<String>,
    pub(crate) value: serde_json::Value,
    pub(crate) deprecation_message: Option<String>,
}

/// A property.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PropertySpec {
    #[serde(flatten)]
    pub(crate) shape: Shape,
    #[serde(default)]
    pub(crate) secret: bool,
    #[serde(default)]
    pub(crate) will_replace_on_changes: bool,
    pub(crate) deprecation_message: Option<String>,
    /// A value that the property always has.
    #[serde(rename = "const")]
    pub(crate) constant: Option<serde::de::IgnoredAny>,
}

/// The type of a property or of its elements.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(rename = "$ref")]
    pub(crate) reference: Option<String>,
    pub(crate) items: Option<Box<Shape>>,
    pub(crate) additional_properties: Option<Box<Shape>>,
    pub(crate) one_of: Option<Vec<Shape>>,
}

pub(crate) fn parse(text: &str) -> Result<Package, Error> {
    let package: Package = serde_json::from_str(text).map_err(Error::Schema)?;
    match package.parameterization {
        None => Ok(package),
        Some(_) => Err(Error::Parameterized),
    }
}
