//! What a message bears beside its body.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::error::SqsError;

/// The most attributes of one message ("Amazon SQS message quotas").
const MOST_ATTRIBUTES: usize = 10;

/// One attribute, as clients write and get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MessageAttribute {
    pub(crate) data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) string_value: Option<String>,
    /// In base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) binary_value: Option<String>,
}

/// What an attribute holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    Text(&'a str),
    Binary(Vec<u8>),
}

impl MessageAttribute {
    pub(crate) fn content(&self) -> Content<'_> {
        match &self.binary_value {
            Some(base64) => Content::Binary(BASE64_STANDARD.decode(base64).unwrap_or_default()),
            None => Content::Text(self.string_value.as_deref().unwrap_or_default()),
        }
    }

    fn bytes(&self) -> usize {
        let content = match self.content() {
            Content::Text(text) => text.len(),
            Content::Binary(bytes) => bytes.len(),
        };
        self.data_type.len() + content
    }
}

/// How long attributes are, as they count for the length of a message.
pub(crate) fn bytes(attributes: &BTreeMap<String, MessageAttribute>) -> usize {
    attributes
        .iter()
        .map(|(name, attribute)| name.len() + attribute.bytes())
        .sum()
}

/// Whether SQS would take these.
pub(crate) fn check(attributes: &BTreeMap<String, MessageAttribute>) -> Result<(), SqsError> {
    if attributes.len() > MOST_ATTRIBUTES {
        let problem = format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MOST_ATTRIBUTES}].",
            attributes.len()
        );
        return Err(SqsError::new("InvalidParameterValue", problem));
    }
    for (name, attribute) in attributes {
        let kind = attribute.data_type.split('.').next().unwrap_or_default();
        let holds = match (&attribute.string_value, &attribute.binary_value) {
            (Some(text), None) => matches!(kind, "String" | "Number") && !text.is_empty(),
            (None, Some(base64)) => {
                kind == "Binary"
                    && BASE64_STANDARD
                        .decode(base64)
                        .is_ok_and(|it| !it.is_empty())
            }
            _ => false,
        };
        if !holds {
            let problem = format!(
                "The message attribute '{name}' must have a DataType of String, Number or Binary, and one value of that type."
            );
            return Err(SqsError::new("InvalidParameterValue", problem));
        }
    }
    Ok(())
}

/// The attributes that a call asks for: by name, by the beginning of a name (`foo.*`), or all.
pub(crate) fn asked<'a>(
    attributes: &'a BTreeMap<String, MessageAttribute>,
    names: &[String],
) -> BTreeMap<&'a str, &'a MessageAttribute> {
    let asks = |asked: &String, name: &str| match asked.strip_suffix(".*") {
        Some(beginning) => name.starts_with(beginning),
        None => asked == "All" || asked == name,
    };
    attributes
        .iter()
        .filter(|(name, _)| names.iter().any(|asked| asks(asked, name)))
        .map(|(name, attribute)| (name.as_str(), attribute))
        .collect()
}
