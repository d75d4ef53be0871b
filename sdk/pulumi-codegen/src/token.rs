//! The names of things in a schema.

use crate::Error;
use crate::names;

/// Where a resource or type stands in the bindings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The module.
    pub(crate) module: String,
    /// The name of the Rust type, and of the file in another case.
    pub(crate) name: String,
}

impl Place {
    /// `aws:dynamodb/table:Table` stands in `dynamodb` as `Table`.
    pub(crate) fn of(token: &str) -> Result<Self, Error> {
        let invalid = || Error::InvalidToken(token.to_owned());
        let mut parts = token.split(':');
        let (Some(_package), Some(module), Some(name), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(invalid());
        };
        let module = module.split('/').next().unwrap_or_default();
        if module.is_empty() || name.is_empty() {
            return Err(invalid());
        }
        Ok(Self {
            module: names::snake(module),
            name: names::pascal(name),
        })
    }

    pub(crate) fn file_stem(&self) -> String {
        names::snake(&self.name)
    }
}
