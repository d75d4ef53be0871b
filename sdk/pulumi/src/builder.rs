//! Declares a resource of any type.

use std::collections::BTreeMap;

use crate::context::Scope;
use crate::input::Node;
use crate::options::{ResourceOptions, WithOptions};
use crate::register;
use crate::resource::Resource;

/// A resource about to be declared, without types: the generated bindings stand on this.
#[derive(Clone, Debug)]
#[must_use = "nothing is declared before `register`"]
pub struct ResourceBuilder {
    pub(crate) type_token: String,
    pub(crate) name: String,
    pub(crate) inputs: BTreeMap<String, Node>,
    pub(crate) options: ResourceOptions,
}

impl ResourceBuilder {
    /// A custom resource of this type, by this name.
    pub fn new(type_token: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            type_token: type_token.into(),
            name: name.into(),
            inputs: BTreeMap::new(),
            options: ResourceOptions::default(),
        }
    }

    /// Gives a property of the resource; the last one given counts.
    pub fn input(mut self, property: impl Into<String>, value: Node) -> Self {
        self.inputs.insert(property.into(), value);
        self
    }

    /// Declares the resource. It is registered in the background, once its inputs are known.
    pub fn register(self, scope: &dyn Scope) -> Resource {
        register::declare(self, true, scope)
    }
}

impl WithOptions for ResourceBuilder {
    fn options_mut(&mut self) -> &mut ResourceOptions {
        &mut self.options
    }
}
