//! Properties on their way to the engine.

use std::collections::{BTreeMap, BTreeSet};

use prost_types::Struct;

use crate::context::Context;
use crate::engine::Feature;
use crate::error::{Error, ErrorKind};
use crate::input::Node;
use crate::urn::Urn;
use crate::value::{OutputValue, PropertyValue};
use crate::wire;

/// Properties whose outputs have come to something.
pub(crate) struct Properties {
    /// The values.
    pub(crate) values: BTreeMap<String, PropertyValue>,
    /// The resources that each comes from.
    pub(crate) dependencies: BTreeMap<String, BTreeSet<Urn>>,
    /// Those that are secrets though nobody knows them yet.
    unknown_secrets: BTreeSet<String>,
}

impl Properties {
    /// Waits for every output in `nodes`, which are properties of what `owner` names.
    pub(crate) async fn resolve(owner: &str, nodes: BTreeMap<String, Node>) -> Result<Self, Error> {
        let mut values = BTreeMap::new();
        let mut dependencies = BTreeMap::new();
        let mut unknown_secrets = BTreeSet::new();
        for (property, node) in nodes {
            let resolved = match node.resolve().await {
                Ok(resolved) => resolved,
                Err(source) => {
                    return Err(ErrorKind::Input {
                        property,
                        resource: owner.to_owned(),
                        source,
                    }
                    .into());
                }
            };
            let value = resolved.value.unwrap_or(PropertyValue::Null);
            if value == PropertyValue::Null {
                // An optional output that is not there: the property is not given.
                continue;
            }
            if resolved.secret {
                unknown_secrets.insert(property.clone());
            }
            values.insert(property.clone(), value);
            dependencies.insert(property, resolved.dependencies);
        }
        Ok(Self {
            values,
            dependencies,
            unknown_secrets,
        })
    }

    /// Plain values that come from nothing.
    pub(crate) fn plain(values: BTreeMap<String, PropertyValue>) -> Self {
        Self {
            values,
            dependencies: BTreeMap::new(),
            unknown_secrets: BTreeSet::new(),
        }
    }

    /// Whether any part of any of them is unknown.
    pub(crate) fn unknown(&self) -> bool {
        self.values
            .values()
            .any(|value| value.clone().unwrapped().value.is_none())
    }

    /// Leaves out those of which any part is unknown.
    pub(crate) fn retain_known(&mut self) {
        self.values
            .retain(|_, value| value.clone().unwrapped().value.is_some());
    }

    /// Whether any part of any of them is a secret.
    pub(crate) fn secret(&self) -> bool {
        !self.unknown_secrets.is_empty()
            || self
                .values
                .values()
                .any(|value| value.clone().unwrapped().secret)
    }

    /// All resources that any of them comes from.
    pub(crate) fn all_dependencies(&self) -> BTreeSet<Urn> {
        self.dependencies.values().flatten().cloned().collect()
    }

    /// The same values, each with where it comes from, for whoever passes them on; but for those that are taken plain.
    pub(crate) fn into_outputs(mut self, plain: &[&str]) -> Self {
        for (property, value) in &mut self.values {
            if plain.contains(&property.as_str()) {
                continue;
            }
            let dependencies = self.dependencies.get(property).cloned().unwrap_or_default();
            let plain = value.clone().unwrapped();
            let secret = plain.secret || self.unknown_secrets.contains(property);
            let known = plain.value.is_some() && !secret && dependencies.is_empty();
            if known {
                continue;
            }
            *value = PropertyValue::Output(OutputValue {
                value: plain.value.map(Box::new),
                secret,
                dependencies,
            });
        }
        self
    }

    /// The values as they travel.
    pub(crate) fn to_struct(&self, context: &Context, owner: &str) -> Result<Struct, Error> {
        let mut fields = BTreeMap::new();
        for (property, value) in &self.values {
            if !context.engine().has(Feature::Secrets) && value.clone().unwrapped().secret {
                return Err(ErrorKind::SecretsUnsupported {
                    property: property.clone(),
                }
                .into());
            }
            match wire::to_value(value) {
                Ok(value) => fields.insert(property.clone(), value),
                Err(error) => {
                    return Err(ErrorKind::Property {
                        property: property.clone(),
                        resource: owner.to_owned(),
                        source: Box::new(ErrorKind::Wire(error)),
                    }
                    .into());
                }
            };
        }
        Ok(Struct { fields })
    }
}
