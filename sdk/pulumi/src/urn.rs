//! The name that the engine gives to a resource.

use std::fmt;
use std::sync::Arc;

/// The type of the root of all resources.
pub(crate) const STACK: &str = "pulumi:pulumi:Stack";

/// A resource's unique name, assigned by the engine. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Urn(Arc<str>);

impl Urn {
    /// Takes the text of a URN as the engine wrote it.
    #[must_use]
    pub fn new(urn: impl Into<Arc<str>>) -> Self {
        Self(urn.into())
    }

    /// The URN that the engine gives to a resource: by the types of all that it stands in, but for the stack.
    pub(crate) fn compose(
        project: &str,
        stack: &str,
        parent: &str,
        type_token: &str,
        name: &str,
    ) -> Self {
        let types = match parent.split("::").nth(2) {
            Some(outer) if outer != STACK => format!("{outer}${type_token}"),
            _ => type_token.to_owned(),
        };
        Self::from(format!("urn:pulumi:{stack}::{project}::{types}::{name}"))
    }

    /// The text of the URN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Urn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Urn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl AsRef<str> for Urn {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Urn {
    fn from(urn: &str) -> Self {
        Self::new(urn)
    }
}

impl From<String> for Urn {
    fn from(urn: String) -> Self {
        Self::new(urn)
    }
}
