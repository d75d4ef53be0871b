//! The fields of a nested object, for the generated builders.

use std::collections::BTreeMap;

use crate::input::Node;

/// The fields of an object that is given to a property.
#[derive(Clone, Debug, Default)]
pub struct Fields(BTreeMap<String, Node>);

impl Fields {
    /// No fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a field; the last one given counts.
    #[must_use]
    pub fn input(mut self, name: impl Into<String>, value: Node) -> Self {
        self.0.insert(name.into(), value);
        self
    }
}

impl From<Fields> for Node {
    fn from(fields: Fields) -> Self {
        Self::Object(fields.0)
    }
}
