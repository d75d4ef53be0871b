//! Declares a resource of any type.

use std::collections::BTreeMap;
use std::panic::Location;

use crate::context::Scope;
use crate::input::{Input, IntoInput, Node, node};
use crate::options::{ResourceOptions, WithOptions};
use crate::output::Output;
use crate::read;
use crate::register;
use crate::resource::{Label, Resource};
use crate::value::PropertyValue;

/// A resource about to be declared, without types: the generated bindings stand on this.
#[derive(Clone, Debug)]
#[must_use = "nothing is declared before `register`"]
pub struct ResourceBuilder {
    pub(crate) label: Label,
    pub(crate) inputs: BTreeMap<String, Node>,
    pub(crate) options: ResourceOptions,
    /// The properties that the type has, where bindings know them.
    pub(crate) properties: Option<&'static [&'static str]>,
}

impl ResourceBuilder {
    /// A custom resource of this type, by this name.
    #[track_caller]
    pub fn new(type_token: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            label: Label {
                type_token: type_token.into(),
                name: name.into(),
                custom: true,
                place: Some(Location::caller()),
            },
            inputs: BTreeMap::new(),
            options: ResourceOptions::default(),
            properties: None,
        }
    }

    /// Says which properties the type has, by the names of its schema: an option that names another is an error.
    pub fn properties(mut self, properties: &'static [&'static str]) -> Self {
        self.properties = Some(properties);
        self
    }

    /// Gives a property of the resource; the last one given counts.
    pub fn input(mut self, property: impl Into<String>, value: Node) -> Self {
        self.inputs.insert(property.into(), value);
        self
    }

    /// What has been given so far, all of it: known once every output in it is.
    pub fn inputs(&self) -> Output<PropertyValue> {
        Input::from_node(Node::Object(self.inputs.clone())).to_output()
    }

    /// Declares the resource. It is registered in the background, once its inputs are known.
    pub fn register(self, scope: &dyn Scope) -> Resource {
        register::declare(self, scope)
    }

    /// Reads a resource that exists already, by the id that its provider gave it, instead of managing it. The inputs
    /// that were given help the provider to find it.
    pub fn get(self, scope: &dyn Scope, id: impl IntoInput<String>) -> Resource {
        read::declare(self, node(id), scope)
    }
}

impl WithInputs for ResourceBuilder {
    fn resource_builder(&self) -> &ResourceBuilder {
        self
    }
}

/// Whatever is given inputs: each builder of a resource.
pub trait WithInputs {
    /// The builder without types.
    fn resource_builder(&self) -> &ResourceBuilder;
}

impl WithOptions for ResourceBuilder {
    fn options_mut(&mut self) -> &mut ResourceOptions {
        &mut self.options
    }
}
