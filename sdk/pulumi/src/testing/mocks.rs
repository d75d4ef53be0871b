//! What stands for the providers.

use std::collections::BTreeMap;

use crate::error::BoxError;
use crate::value::PropertyValue;

/// What stands for the providers in a test.
pub trait Mocks: Send + Sync + 'static {
    /// A resource is registered or read: says what its provider would make of it.
    ///
    /// # Errors
    ///
    /// When the provider would refuse it.
    fn new_resource(&self, resource: &MockResource) -> Result<MockState, BoxError>;

    /// A function or a method is called: says what it would return.
    ///
    /// # Errors
    ///
    /// When the provider would refuse it: so does this unless it is written.
    fn call(&self, call: &MockCall) -> Result<BTreeMap<String, PropertyValue>, BoxError> {
        Err(format!("the mocks know no function `{}`", call.token).into())
    }
}

/// A resource as its provider sees it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MockResource {
    /// The type of the resource.
    pub type_token: String,
    /// Its name in the program.
    pub name: String,
    /// What it was given, with secrets and outputs unwrapped.
    pub inputs: BTreeMap<String, PropertyValue>,
    /// Whether a provider manages it; a component is only a name.
    pub custom: bool,
    /// The id by which it is read or imported, if it is.
    pub id: Option<String>,
    /// The reference of the provider that the program named, or nothing.
    pub provider: String,
}

/// What a provider makes of a resource.
#[derive(Clone, Debug)]
pub struct MockState {
    pub(super) id: String,
    pub(super) outputs: BTreeMap<String, PropertyValue>,
}

/// A call of a function or a method.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MockCall {
    /// The function.
    pub token: String,
    /// Its arguments, with secrets and outputs unwrapped.
    pub arguments: BTreeMap<String, PropertyValue>,
    /// The reference of the provider that the program named, or nothing.
    pub provider: String,
}

impl MockState {
    /// The state of a resource whose outputs are its inputs, and whose id is what it is read by or its name with `-id`.
    #[must_use]
    pub fn of(resource: &MockResource) -> Self {
        Self {
            id: resource
                .id
                .clone()
                .unwrap_or_else(|| format!("{}-id", resource.name)),
            outputs: resource.inputs.clone(),
        }
    }

    /// The id that the provider gives.
    pub fn id(&mut self, id: impl Into<String>) -> &mut Self {
        self.id = id.into();
        self
    }

    /// An output that the provider gives.
    pub fn output(
        &mut self,
        name: impl Into<String>,
        value: impl Into<PropertyValue>,
    ) -> &mut Self {
        self.outputs.insert(name.into(), value.into());
        self
    }
}
