//! Short texts that a client chooses.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::MAX_REQUEST_ID_BYTES;

/// The longest idempotency key, in bytes.
const MAX_KEY_BYTES: usize = 64;
/// The shortest and the longest session id, in bytes.
const SESSION_BYTES: std::ops::RangeInclusive<usize> = 8..=64;

/// A text is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct InvalidText(&'static str);

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $valid:expr, $pattern:literal, $problem:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text `text`.
            ///
            /// # Errors
            /// Says what it must be.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidText> {
                let text = text.into();
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) {
                    Ok(Self(text))
                } else {
                    Err(InvalidText($problem))
                }
            }

            /// As the client wrote it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidText;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "description": $problem })
            }
        }
    };
}

fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

text! {
    /// The id of a request, which its reply echoes.
    RequestId,
    |text| !text.is_empty() && text.len() <= MAX_REQUEST_ID_BYTES,
    "^[\\s\\S]{1,64}$",
    "`id` must be a text of 1 to 64 bytes"
}

text! {
    /// A key by which a publication that is sent again is known to be the same. One user's keys are apart from another's.
    IdempotencyKey,
    |text| (1..=MAX_KEY_BYTES).contains(&text.len()) && is_plain(text),
    "^[A-Za-z0-9_.:-]{1,64}$",
    "`key` must be 1 to 64 letters, digits or any of `-`, `_`, `.`, `:`"
}

text! {
    /// A client's session, which it keeps over reconnects and hand-overs.
    SessionId,
    |text| SESSION_BYTES.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
    "^[A-Za-z0-9_-]{8,64}$",
    "a session is 8 to 64 letters, digits or any of `-`, `_`"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_could_be_taken_for_something_else_are_refused() {
        for key in ["", "a#b", "a b", "\u{e4}", &"x".repeat(65)] {
            assert!(IdempotencyKey::new(key).is_err(), "{key:?}");
        }
        assert!(IdempotencyKey::new("order:1_a.b-C").is_ok());
        for session in ["1234567", "12345678=", &"x".repeat(65)] {
            assert!(SessionId::new(session).is_err(), "{session:?}");
        }
        assert!(SessionId::new("a-b_1234").is_ok());
        assert!(RequestId::new("").is_err());
        assert!(RequestId::new("\u{e4}".repeat(33)).is_err());
    }
}
