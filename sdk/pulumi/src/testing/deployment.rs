//! What a program declared.

use std::collections::{BTreeMap, BTreeSet};

use crate::urn::Urn;
use crate::value::PropertyValue;

/// All that a program declared, in the order in which it arrived.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Deployment {
    /// The resources, the stack itself among them.
    pub resources: Vec<Declared>,
    /// The outputs of the stack.
    pub outputs: BTreeMap<String, PropertyValue>,
    /// The outputs of components.
    pub component_outputs: BTreeMap<Urn, BTreeMap<String, PropertyValue>>,
    /// What the program said.
    pub messages: Vec<Message>,
}

impl Deployment {
    /// The resource of this name, the first if there are several.
    #[must_use]
    pub fn resource(&self, name: &str) -> Option<&Declared> {
        self.resources.iter().find(|resource| resource.name == name)
    }

    /// The resources of this type.
    pub fn of_type(&self, type_token: &str) -> impl Iterator<Item = &Declared> {
        self.resources
            .iter()
            .filter(move |resource| resource.type_token == type_token)
    }
}

/// A resource as the engine would have been told of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Declared {
    /// The type of the resource.
    pub type_token: String,
    /// Its name in the program.
    pub name: String,
    /// What the engine would call it.
    pub urn: Urn,
    /// What it is a child of.
    pub parent: Option<Urn>,
    /// Whether a provider manages it; a component is only a name.
    pub custom: bool,
    /// Whether it was only read.
    pub read: bool,
    /// What it was given: secrets are [`PropertyValue::Secret`]s.
    pub inputs: BTreeMap<String, PropertyValue>,
    /// What must be there before it.
    pub dependencies: BTreeSet<Urn>,
    /// What each of its properties comes from.
    pub property_dependencies: BTreeMap<String, BTreeSet<Urn>>,
    /// Whether it is protected, where that was said.
    pub protect: Option<bool>,
    /// The reference of the provider that the program named, or nothing.
    pub provider: String,
    /// The properties whose changes are ignored.
    pub ignore_changes: Vec<String>,
    /// The properties whose changes replace it.
    pub replace_on_changes: Vec<String>,
    /// Whether the real thing stays when it is deleted from the stack, where that was said.
    pub retain_on_delete: Option<bool>,
    /// Whether it is deleted before it is replaced, where that was said.
    pub delete_before_replace: Option<bool>,
}

/// A message of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// How grave it is.
    pub severity: Severity,
    /// What it says.
    pub text: String,
    /// Which resource it is about.
    pub urn: Option<Urn>,
}

/// How grave a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Shown only when debugging.
    Debug,
    /// Shown.
    Info,
    /// A warning.
    Warning,
    /// The program fails in the end.
    Error,
}
