//! Resources that group others.

use crate::builder::ResourceBuilder;
use crate::context::{Context, Scope};
use crate::input::{IntoInput, Node, node};
use crate::options::{ResourceOptions, WithOptions};
use crate::output::Output;
use crate::register;
use crate::resource::{AsResource, Resource};
use crate::urn::Urn;

/// A resource that only groups others: what is created in it is its child.
#[derive(Clone, Debug)]
pub struct Component {
    resource: Resource,
    context: Context,
}

/// A component about to be declared.
#[derive(Clone, Debug)]
#[must_use = "nothing is declared before `create`"]
pub struct ComponentBuilder(ResourceBuilder);

impl Component {
    /// A component of this type (`package:module:Type`), by this name, with options.
    #[track_caller]
    pub fn builder(type_token: impl Into<String>, name: impl Into<String>) -> ComponentBuilder {
        ComponentBuilder(ResourceBuilder::new(type_token, name))
    }

    /// The component's URN.
    pub fn urn(&self) -> Output<Urn> {
        self.resource.urn()
    }

    /// Says what the component produced, for those who look at the stack. It is complete then.
    ///
    /// Outputs of several types stand side by side as [`node`](crate::node())s.
    pub fn register_outputs<K, T, U>(self, outputs: impl IntoIterator<Item = (K, U)>)
    where
        K: Into<String>,
        U: IntoInput<T>,
    {
        let outputs = outputs
            .into_iter()
            .map(|(name, value)| (name.into(), node(value)))
            .collect();
        register::outputs(&self.context, &self.resource, outputs);
    }
}

impl ComponentBuilder {
    /// Records an input of the component, for those who look at the stack.
    pub fn input(self, property: impl Into<String>, value: Node) -> Self {
        Self(self.0.input(property, value))
    }

    /// The providers of what is created in the component, one for each package.
    pub fn providers(mut self, providers: &[&dyn AsResource]) -> Self {
        let providers = providers.iter().map(|it| it.as_resource().clone());
        self.0.options_mut().providers.extend(providers);
        self
    }

    /// Declares the component.
    pub fn create(mut self, scope: &dyn Scope) -> Component {
        self.0.label.custom = false;
        Component {
            resource: register::declare(self.0, scope),
            context: scope.context().clone(),
        }
    }
}

impl WithOptions for ComponentBuilder {
    fn options_mut(&mut self) -> &mut ResourceOptions {
        self.0.options_mut()
    }
}

impl AsResource for Component {
    fn as_resource(&self) -> &Resource {
        &self.resource
    }
}

impl Scope for Component {
    fn context(&self) -> &Context {
        &self.context
    }

    fn parent(&self) -> Option<&Resource> {
        Some(&self.resource)
    }
}
