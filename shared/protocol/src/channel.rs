//! Channel names: `namespace:name`.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest namespace, in bytes.
pub const MAX_NAMESPACE_BYTES: usize = 32;
/// The longest name within a namespace, in bytes.
pub const MAX_NAME_BYTES: usize = 128;

/// A valid channel name.
///
/// Only ASCII letters, digits and a few marks are allowed, so that two names that look alike are the same, that a name
/// can stand in a key, a URL and a log line as it is, and that `:` and `#` only ever separate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Channel {
    text: String,
    separator: usize,
}

/// Why a text is not a channel name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// There is no `:` in it.
    #[error("a channel is `namespace:name`, and there is no `:` in it")]
    NoNamespace,
    /// The part before the `:` is not a namespace.
    #[error(
        "the namespace of a channel is 1 to {MAX_NAMESPACE_BYTES} lower-case letters, digits or `-`, and starts with a \
         letter"
    )]
    Namespace,
    /// The part after the `:` is not a name.
    #[error(
        "the name of a channel is 1 to {MAX_NAME_BYTES} letters, digits or any of `-`, `_`, `.`, `@`"
    )]
    Name,
}

impl Channel {
    /// The channel `name` in `namespace`.
    ///
    /// # Errors
    /// Says which of the two parts is not valid.
    pub fn new(namespace: &str, name: &str) -> Result<Self, ChannelError> {
        if !is_namespace(namespace) {
            return Err(ChannelError::Namespace);
        }
        if !is_name(name) {
            return Err(ChannelError::Name);
        }
        Ok(Self {
            text: format!("{namespace}:{name}"),
            separator: namespace.len(),
        })
    }

    /// The part before the `:`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.text[..self.separator]
    }

    /// The part after the `:`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.text[self.separator + 1..]
    }

    /// The whole, as clients write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Whether `text` can be the name of a namespace.
#[must_use]
pub fn is_namespace(text: &str) -> bool {
    text.len() <= MAX_NAMESPACE_BYTES
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_name(text: &str) -> bool {
    (1..=MAX_NAME_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte))
}

impl FromStr for Channel {
    type Err = ChannelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (namespace, name) = text.split_once(':').ok_or(ChannelError::NoNamespace)?;
        Self::new(namespace, name)
    }
}

impl TryFrom<String> for Channel {
    type Error = ChannelError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Channel> for String {
    fn from(channel: Channel) -> Self {
        channel.text
    }
}

impl JsonSchema for Channel {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Channel".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[a-z][a-z0-9-]{0,31}:[A-Za-z0-9_.@-]{1,128}$",
            "description": "A channel: `namespace:name`.",
        })
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_a_namespace_and_a_name() {
        let channel: Channel = "room:lobby".parse().unwrap();
        assert_eq!(
            (channel.namespace(), channel.name(), channel.as_str()),
            ("room", "lobby", "room:lobby")
        );
    }

    #[test]
    fn names_that_could_be_taken_for_something_else_are_refused() {
        let long = format!("room:{}", "x".repeat(10_000));
        let refused = [
            ("lobby", ChannelError::NoNamespace),
            ("", ChannelError::NoNamespace),
            (":lobby", ChannelError::Namespace),
            ("Room:lobby", ChannelError::Namespace),
            ("1room:lobby", ChannelError::Namespace),
            ("ro#om:lobby", ChannelError::Namespace),
            ("room:", ChannelError::Name),
            ("room:a:b", ChannelError::Name),
            ("room:a#0", ChannelError::Name),
            ("room:a\u{0}", ChannelError::Name),
            ("room:a b", ChannelError::Name),
            ("room:l\u{43e}bby", ChannelError::Name),
            (&long, ChannelError::Name),
        ];
        for (text, error) in refused {
            assert_eq!(text.parse::<Channel>(), Err(error), "{text:?}");
        }
    }

    #[test]
    fn the_longest_parts_are_allowed() {
        let namespace = "n".repeat(MAX_NAMESPACE_BYTES);
        let name = "x".repeat(MAX_NAME_BYTES);
        assert!(Channel::new(&namespace, &name).is_ok());
        assert!(Channel::new(&format!("{namespace}n"), &name).is_err());
        assert!(Channel::new(&namespace, &format!("{name}x")).is_err());
    }
}
