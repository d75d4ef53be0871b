//! The outputs of other stacks.

use std::collections::BTreeMap;

use crate::builder::ResourceBuilder;
use crate::context::Scope;
use crate::convert::FromValue;
use crate::error::{BoxError, Error, ErrorKind};
use crate::input::{IntoInput, node};
use crate::output::Output;
use crate::resource::{AsResource, Resource};
use crate::value::PropertyValue;

/// Another stack, whose outputs this one uses. What is a secret there is one here.
#[derive(Clone, Debug)]
pub struct StackReference {
    resource: Resource,
    outputs: Output<Outputs>,
}

/// Wrapped as they came, so that a secret makes only itself one.
type Outputs = BTreeMap<String, PropertyValue>;

impl StackReference {
    /// The stack of this name: `organization/project/stack`, or what of it the backend asks for.
    #[track_caller]
    pub fn new(scope: &dyn Scope, stack: &str) -> Self {
        Self::named(scope, stack, stack)
    }

    /// The same, under a name of its own in this program, where the other stack's name may come from an output.
    #[track_caller]
    pub fn named(scope: &dyn Scope, name: &str, stack: impl IntoInput<String>) -> Self {
        let stack = node(stack);
        let resource = ResourceBuilder::new("pulumi:pulumi:StackReference", name)
            .input("name", stack.clone())
            .get(scope, crate::input::Input::<String>::from_node(stack));
        let outputs = resource.wrapped_output("outputs");
        Self { resource, outputs }
    }

    /// An output that must be there. `Option<T>` is `None` where it is not.
    ///
    /// What is wrong with it comes out where the output is used.
    pub fn output<T>(&self, name: &str) -> Output<T>
    where
        T: FromValue + Clone + Send + Sync + 'static,
    {
        let owner = self.resource.label().to_string();
        let name = name.to_owned();
        self.outputs.and_then(move |outputs| {
            let Some(value) = outputs.get(&name) else {
                return match T::missing() {
                    Some(value) => Output::known(value),
                    None => Output::failed(no_output(name, owner, &outputs)),
                };
            };
            let plain = value.clone().unwrapped();
            let output = match plain.value {
                None => Output::unknown(),
                Some(value) => Output::known(value).try_map(|value| {
                    T::from_value(value).map_err(|error| {
                        BoxError::from(Error::from(ErrorKind::Property {
                            property: name,
                            resource: owner,
                            source: Box::new(ErrorKind::Convert(error)),
                        }))
                    })
                }),
            };
            if plain.secret {
                output.as_secret()
            } else {
                output
            }
        })
    }
}

fn no_output(name: String, stack: String, outputs: &Outputs) -> ErrorKind {
    ErrorKind::NoStackOutput {
        name,
        stack,
        known: outputs.keys().cloned().collect(),
    }
}

impl AsResource for StackReference {
    fn as_resource(&self) -> &Resource {
        &self.resource
    }
}
