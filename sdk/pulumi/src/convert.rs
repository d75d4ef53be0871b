//! Between property values and Rust's types.

use std::collections::BTreeMap;

use crate::asset::{Archive, Asset};
use crate::urn::Urn;
use crate::value::{PropertyValue, ResourceReference};

/// The largest whole number that a double, the engine's only number, can tell from its neighbours.
/// One less than 2^53, which 2^53 + 1 is rounded to.
const MAX_SAFE_INTEGER: i64 = (1 << 53) - 1;

/// A value that is not of the type that is asked of it. Says the type, never the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}expected {expected}, found {found}", prefix(.path))]
pub struct ConvertError {
    path: String,
    expected: &'static str,
    found: &'static str,
}

fn prefix(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!("at `{path}`: ")
    }
}

impl ConvertError {
    /// An error that says what was wanted and what was there instead.
    #[must_use]
    pub fn new(expected: &'static str, found: &'static str) -> Self {
        Self {
            path: String::new(),
            expected,
            found,
        }
    }

    /// The same error, one step further out.
    #[must_use]
    pub fn within(mut self, step: &str) -> Self {
        if !self.path.is_empty() && !self.path.starts_with('[') {
            self.path.insert(0, '.');
        }
        self.path.insert_str(0, step);
        self
    }
}

/// A type that can become the value of a property.
pub trait ToValue {
    /// Turns this into a property's value.
    ///
    /// # Errors
    ///
    /// When the value cannot be kept exactly, such as an integer above 2^53 - 1.
    fn to_value(self) -> Result<PropertyValue, ConvertError>;
}

/// A type that the value of a property can become.
pub trait FromValue: Sized {
    /// Reads a property's value, from which secrets and outputs have been unwrapped.
    ///
    /// # Errors
    ///
    /// When the value is of another type or cannot be kept exactly.
    fn from_value(value: PropertyValue) -> Result<Self, ConvertError>;

    /// What stands for a property that is not there, if anything can.
    #[must_use]
    fn missing() -> Option<Self> {
        None
    }
}

impl ToValue for PropertyValue {
    fn to_value(self) -> Result<PropertyValue, ConvertError> {
        Ok(self)
    }
}

impl FromValue for PropertyValue {
    fn from_value(value: PropertyValue) -> Result<Self, ConvertError> {
        Ok(value)
    }
}

/// The types that are a variant of [`PropertyValue`].
macro_rules! variants {
    ($($type:ty, $variant:ident, $expected:literal;)*) => {$(
        impl ToValue for $type {
            fn to_value(self) -> Result<PropertyValue, ConvertError> {
                Ok(PropertyValue::$variant(self))
            }
        }

        impl FromValue for $type {
            fn from_value(value: PropertyValue) -> Result<Self, ConvertError> {
                match value {
                    PropertyValue::$variant(value) => Ok(value),
                    other => Err(ConvertError::new($expected, other.kind())),
                }
            }
        }
    )*};
}

variants! {
    bool, Bool, "a boolean";
    String, String, "a string";
    Asset, Asset, "an asset";
    Archive, Archive, "an archive";
    ResourceReference, ResourceReference, "a resource reference";
}

impl ToValue for Urn {
    fn to_value(self) -> Result<PropertyValue, ConvertError> {
        Ok(self.as_str().into())
    }
}

impl FromValue for Urn {
    fn from_value(value: PropertyValue) -> Result<Self, ConvertError> {
        String::from_value(value).map(Self::from)
    }
}

impl ToValue for f64 {
    fn to_value(self) -> Result<PropertyValue, ConvertError> {
        if self.is_finite() {
            Ok(PropertyValue::Number(self))
        } else {
            Err(ConvertError::new(
                "a finite number",
                "an infinite one or none",
            ))
        }
    }
}

impl FromValue for f64 {
    fn from_value(value: PropertyValue) -> Result<Self, ConvertError> {
        match value {
            PropertyValue::Number(number) => Ok(number),
            other => Err(ConvertError::new("a number", other.kind())),
        }
    }
}

impl ToValue for i64 {
    fn to_value(self) -> Result<PropertyValue, ConvertError> {
        if self.unsigned_abs() > MAX_SAFE_INTEGER.unsigned_abs() {
            return Err(ConvertError::new(
                "an integer of at most 2^53 - 1",
                "a larger one",
            ));
        }
        // Exact: the bound was checked above.
        Ok(PropertyValue::Number(self as f64))
    }
}

impl FromValue for i64 {
    fn from_value(value: PropertyValue) -> Result<Self, ConvertError> {
        const EXPECTED: &str = "an integer";
        let PropertyValue::Number(number) = value else {
            return Err(ConvertError::new(EXPECTED, value.kind()));
        };
        if number.fract() != 0.0 {
            return Err(ConvertError::new(EXPECTED, "a number that is not whole"));
        }
        if number.abs() > MAX_SAFE_INTEGER as f64 {
            return Err(ConvertError::new(EXPECTED, "a number beyond 2^53 - 1"));
        }
        // Exact: whole and in range, as checked above.
        Ok(number as Self)
    }
}

impl ToValue for i32 {
    fn to_value(self) -> Result<PropertyValue, ConvertError> {
        i64::from(self).to_value()
    }
}

impl ToValue for u32 {
    fn to_value(self) -> Result<PropertyValue, ConvertError> {
        i64::from(self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(self) -> Result<PropertyValue, ConvertError> {
        self.map_or(Ok(PropertyValue::Null), ToValue::to_value)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: PropertyValue) -> Result<Self, ConvertError> {
        match value {
            PropertyValue::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }

    fn missing() -> Option<Self> {
        Some(None)
    }
}

impl<T: ToValue> ToValue for Vec<T> {
    fn to_value(self) -> Result<PropertyValue, ConvertError> {
        self.into_iter()
            .enumerate()
            .map(|(index, item)| {
                item.to_value()
                    .map_err(|error| error.within(&format!("[{index}]")))
            })
            .collect::<Result<_, _>>()
            .map(PropertyValue::Array)
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: PropertyValue) -> Result<Self, ConvertError> {
        let PropertyValue::Array(items) = value else {
            return Err(ConvertError::new("an array", value.kind()));
        };
        items
            .into_iter()
            .enumerate()
            .map(|(index, item)| {
                T::from_value(item).map_err(|error| error.within(&format!("[{index}]")))
            })
            .collect()
    }
}

impl<T: ToValue> ToValue for BTreeMap<String, T> {
    fn to_value(self) -> Result<PropertyValue, ConvertError> {
        self.into_iter()
            .map(|(key, value)| match value.to_value() {
                Ok(value) => Ok((key, value)),
                Err(error) => Err(error.within(&key)),
            })
            .collect::<Result<_, _>>()
            .map(PropertyValue::Object)
    }
}

impl<T: FromValue> FromValue for BTreeMap<String, T> {
    fn from_value(value: PropertyValue) -> Result<Self, ConvertError> {
        let PropertyValue::Object(fields) = value else {
            return Err(ConvertError::new("an object", value.kind()));
        };
        fields
            .into_iter()
            .map(|(key, value)| match T::from_value(value) {
                Ok(value) => Ok((key, value)),
                Err(error) => Err(error.within(&key)),
            })
            .collect()
    }
}

impl FromValue for serde_json::Value {
    fn from_value(value: PropertyValue) -> Result<Self, ConvertError> {
        Ok(match value {
            PropertyValue::Null => Self::Null,
            PropertyValue::Bool(value) => Self::Bool(value),
            PropertyValue::String(value) => Self::String(value),
            // Whole numbers as JSON has them: `5`, not `5.0`.
            PropertyValue::Number(value) => match i64::from_value(PropertyValue::Number(value)) {
                Ok(integer) => integer.into(),
                Err(_) => value.into(),
            },
            PropertyValue::Array(_) => Self::Array(Vec::from_value(value)?),
            PropertyValue::Object(_) => BTreeMap::<String, Self>::from_value(value)?
                .into_iter()
                .collect(),
            other => return Err(ConvertError::new("what JSON can hold", other.kind())),
        })
    }
}

impl ToValue for serde_json::Value {
    fn to_value(self) -> Result<PropertyValue, ConvertError> {
        Ok(match self {
            Self::Null => PropertyValue::Null,
            Self::Bool(value) => PropertyValue::Bool(value),
            Self::Number(number) => match number.as_i64() {
                Some(integer) => integer.to_value()?,
                None if number.is_f64() => number.as_f64().unwrap_or(f64::NAN).to_value()?,
                None => {
                    return Err(ConvertError::new(
                        "an integer of at most 2^53 - 1",
                        "a larger one",
                    ));
                }
            },
            Self::String(value) => PropertyValue::String(value),
            Self::Array(items) => items.to_value()?,
            Self::Object(fields) => fields.into_iter().collect::<BTreeMap<_, _>>().to_value()?,
        })
    }
}
