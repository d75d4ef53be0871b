//! Why the model does not take a resource.

use thiserror::Error;

/// A resource that the local cloud refuses, as AWS would or because it is not emulated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The type is not emulated.
    #[error(
        "resources of type {type_token} are not emulated by the local runtime; emulated are {emulated}"
    )]
    Type {
        /// The type's token.
        type_token: String,
        /// What is emulated.
        emulated: String,
    },
    /// A property is not emulated.
    #[error(
        "the property `{property}` is not emulated by the local runtime: leave it out of this stack"
    )]
    Property {
        /// The property.
        property: String,
    },
    /// A value is not one that AWS, or the emulation, takes.
    #[error("`{property}`: {problem}")]
    Value {
        /// The property.
        property: String,
        /// What is wrong and what is right.
        problem: String,
    },
    /// Something that must be there first is not.
    #[error("{0}")]
    Order(String),
}

impl Refusal {
    pub(crate) fn value(property: &str, problem: impl Into<String>) -> Self {
        Self::Value {
            property: property.to_owned(),
            problem: problem.into(),
        }
    }
}
