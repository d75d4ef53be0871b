//! What a property of a resource can be given.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::asset::{Archive, Asset};
use crate::convert::{FromValue, ToValue};
use crate::error::Error;
use crate::output::{Output, Resolved};
use crate::resource::AsResource;
use crate::urn::Urn;
use crate::value::{PropertyValue, Redacted, ResourceReference};

/// An input without its type: plain values with outputs anywhere between them.
#[derive(Clone)]
#[non_exhaustive]
pub enum Node {
    /// A value that is at hand.
    Value(PropertyValue),
    /// A value that comes from a resource.
    Output(Output<PropertyValue>),
    /// A list.
    Array(Vec<Node>),
    /// A map or an object.
    Object(BTreeMap<String, Node>),
}

/// What a property of type `T` is given: a value, an output of one, or a structure with outputs inside.
pub struct Input<T> {
    node: Node,
    of: PhantomData<fn() -> T>,
}

/// What can be given to a property of type `T`.
///
/// A string, for a property that is a string; another resource's output, by value or by reference, for a property of
/// the same type; lists and maps of either.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given to a property of type `{T}`",
    label = "expected `{T}`, or an output of one"
)]
pub trait IntoInput<T> {
    /// Makes this the input of a property.
    fn into_input(self) -> Input<T>;
}

/// The untyped form of an input, where inputs of several types stand side by side.
pub fn node<T>(input: impl IntoInput<T>) -> Node {
    input.into_input().into_node()
}

impl<T> Input<T> {
    /// An input of this node: whoever calls this vouches for the type.
    #[must_use]
    pub fn from_node(node: Node) -> Self {
        Self {
            node,
            of: PhantomData,
        }
    }

    /// The node of this input.
    #[must_use]
    pub fn into_node(self) -> Node {
        self.node
    }
}

impl<T: FromValue + Clone + Send + Sync + 'static> Input<T> {
    /// This input as an output.
    pub fn to_output(self) -> Output<T> {
        let node = self.node;
        Output::from_future(async move {
            let mut all = Resolved::known(());
            let value = all.join(node.resolve().await?);
            let value = match value {
                None => None,
                Some(value) => {
                    let plain = value.unwrapped();
                    all.secret |= plain.secret;
                    all.dependencies.extend(plain.dependencies);
                    plain.value.map(T::from_value).transpose()?
                }
            };
            Ok(all.of(value))
        })
    }
}

impl Node {
    /// The same input, kept as a secret wherever it goes.
    #[must_use]
    pub fn into_secret(self) -> Self {
        Self::Output(Output::from_future(self.resolve()).as_secret())
    }

    /// Waits for every output in it. Secrets and unknowns stay where they are in the value; it is never `None`.
    pub(crate) fn resolve(self) -> BoxFuture<'static, Result<Resolved<PropertyValue>, Error>> {
        async move {
            let mut all = Resolved::known(());
            let value = match self {
                Self::Value(value) => value,
                Self::Output(output) => {
                    let output = output.resolved().await?;
                    let secret = output.secret;
                    all.dependencies.extend(output.dependencies);
                    match output.value {
                        None => {
                            // There is nothing yet to mark as one.
                            all.secret |= secret;
                            PropertyValue::Unknown
                        }
                        Some(value @ PropertyValue::Secret(_)) => value,
                        Some(value) if secret => PropertyValue::Secret(Box::new(value)),
                        Some(value) => value,
                    }
                }
                Self::Array(items) => {
                    let mut values = Vec::with_capacity(items.len());
                    for item in items {
                        values.extend(all.join(item.resolve().await?));
                    }
                    PropertyValue::Array(values)
                }
                Self::Object(fields) => {
                    let mut values = BTreeMap::new();
                    for (key, field) in fields {
                        if let Some(value) = all.join(field.resolve().await?) {
                            values.insert(key, value);
                        }
                    }
                    PropertyValue::Object(values)
                }
            };
            Ok(all.of(Some(value)))
        }
        .boxed()
    }

    fn from_to_value(value: impl ToValue) -> Self {
        match value.to_value() {
            Ok(value) => Self::Value(value),
            // Inputs are given in builder chains; the error comes out where the resource is registered.
            Err(error) => Self::Output(Output::failed(error)),
        }
    }
}

impl<T> IntoInput<T> for Input<T> {
    fn into_input(self) -> Self {
        self
    }
}

/// The types that stand for themselves. No blanket implementation: it would forbid all the others.
macro_rules! plain {
    ($($from:ty => $to:ty),* $(,)?) => {$(
        impl IntoInput<$to> for $from {
            fn into_input(self) -> Input<$to> {
                Input::from_node(Node::from_to_value(<$to>::from(self)))
            }
        }
    )*};
}

plain! {
    String => String,
    &str => String,
    bool => bool,
    i64 => i64,
    i32 => i64,
    u32 => i64,
    f64 => f64,
    Asset => Asset,
    Archive => Archive,
    PropertyValue => PropertyValue,
}

impl IntoInput<String> for &String {
    fn into_input(self) -> Input<String> {
        self.as_str().into_input()
    }
}

impl IntoInput<PropertyValue> for serde_json::Value {
    fn into_input(self) -> Input<PropertyValue> {
        Input::from_node(Node::from_to_value(self))
    }
}

impl IntoInput<PropertyValue> for Node {
    fn into_input(self) -> Input<PropertyValue> {
        Input::from_node(self)
    }
}

/// A whole resource, for properties that take one.
impl<R: AsResource> IntoInput<PropertyValue> for &R {
    fn into_input(self) -> Input<PropertyValue> {
        Input::from_node(node::<ResourceReference>(self.as_resource().reference()))
    }
}

impl<T: ToValue + Clone + Send + Sync + 'static> IntoInput<T> for Output<T> {
    fn into_input(self) -> Input<T> {
        (&self).into_input()
    }
}

impl<T: ToValue + Clone + Send + Sync + 'static> IntoInput<T> for &Output<T> {
    fn into_input(self) -> Input<T> {
        Input::from_node(Node::Output(
            self.try_map(|value| value.to_value().map_err(Error::from)),
        ))
    }
}

impl IntoInput<String> for Output<Urn> {
    fn into_input(self) -> Input<String> {
        (&self).into_input()
    }
}

impl IntoInput<String> for &Output<Urn> {
    fn into_input(self) -> Input<String> {
        self.map(|urn| urn.to_string()).into_input()
    }
}

impl<T, U: IntoInput<T>> IntoInput<Vec<T>> for Vec<U> {
    fn into_input(self) -> Input<Vec<T>> {
        Input::from_node(Node::Array(self.into_iter().map(node).collect()))
    }
}

impl<T, U: IntoInput<T>, const N: usize> IntoInput<Vec<T>> for [U; N] {
    fn into_input(self) -> Input<Vec<T>> {
        Input::from_node(Node::Array(self.into_iter().map(node).collect()))
    }
}

fn object<T, K: Into<String>, U: IntoInput<T>>(
    fields: impl IntoIterator<Item = (K, U)>,
) -> Input<BTreeMap<String, T>> {
    Input::from_node(Node::Object(
        fields
            .into_iter()
            .map(|(key, value)| (key.into(), node(value)))
            .collect(),
    ))
}

impl<T, K: Into<String>, U: IntoInput<T>> IntoInput<BTreeMap<String, T>> for BTreeMap<K, U> {
    fn into_input(self) -> Input<BTreeMap<String, T>> {
        object(self)
    }
}

impl<T, K: Into<String>, U: IntoInput<T>> IntoInput<BTreeMap<String, T>> for Vec<(K, U)> {
    fn into_input(self) -> Input<BTreeMap<String, T>> {
        object(self)
    }
}

impl<T, K: Into<String>, U: IntoInput<T>, const N: usize> IntoInput<BTreeMap<String, T>>
    for [(K, U); N]
{
    fn into_input(self) -> Input<BTreeMap<String, T>> {
        object(self)
    }
}

impl<T> Clone for Input<T> {
    fn clone(&self) -> Self {
        Self::from_node(self.node.clone())
    }
}

impl<T> fmt::Debug for Input<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Whether a plain input is a secret is known only to the provider.
            Self::Value(_) => f.debug_tuple("Value").field(&Redacted).finish(),
            Self::Output(output) => output.fmt(f),
            Self::Array(items) => f.debug_list().entries(items).finish(),
            Self::Object(fields) => f.debug_map().entries(fields).finish(),
        }
    }
}
