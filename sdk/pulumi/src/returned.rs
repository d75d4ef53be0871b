//! Reading what the engine returned, as types.

use std::collections::{BTreeMap, BTreeSet};

use crate::convert::FromValue;
use crate::error::{Error, ErrorKind};
use crate::output::Resolved;
use crate::urn::Urn;
use crate::value::PropertyValue;

/// Properties that came from the engine.
pub(crate) struct Returned<'a> {
    pub(crate) values: &'a BTreeMap<String, PropertyValue>,
    /// The resources that the property to be read comes from.
    pub(crate) dependencies: BTreeSet<Urn>,
    /// Whether a property that is not there may yet come.
    pub(crate) incomplete: bool,
}

impl Returned<'_> {
    /// One of the properties; `owner` is what has them, for a message to a person.
    pub(crate) fn read<T: FromValue>(
        self,
        property: &str,
        owner: &str,
    ) -> Result<Resolved<T>, Error> {
        let mut resolved = Resolved {
            value: None,
            secret: false,
            dependencies: self.dependencies,
        };
        let absent = |resolved: Resolved<T>| match T::missing() {
            _ if self.incomplete => Ok(resolved),
            Some(value) => Ok(resolved.of(Some(value))),
            None => Err(missing(property, owner)),
        };
        let Some(value) = self.values.get(property) else {
            return absent(resolved);
        };
        let plain = value.clone().unwrapped();
        resolved.secret |= plain.secret;
        resolved.dependencies.extend(plain.dependencies);
        let Some(value) = plain.value else {
            return Ok(resolved);
        };
        if value == PropertyValue::Null && T::missing().is_none() {
            // The same as not being there, except to who asked for any value at all.
            return match T::from_value(value) {
                Ok(value) => Ok(resolved.of(Some(value))),
                Err(_) => absent(resolved),
            };
        }
        let value = T::from_value(value).map_err(|error| ErrorKind::Property {
            property: property.to_owned(),
            resource: owner.to_owned(),
            source: Box::new(ErrorKind::Convert(error)),
        })?;
        Ok(resolved.of(Some(value)))
    }
}

/// A property that should be there is not.
pub(crate) fn missing(property: &str, owner: &str) -> Error {
    ErrorKind::MissingOutput {
        property: property.to_owned(),
        resource: owner.to_owned(),
    }
    .into()
}
