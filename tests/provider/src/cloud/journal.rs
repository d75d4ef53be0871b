//! What was done, a JSON line each.

use serde::Serialize;

use super::Verb;

/// One operation.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry<'a> {
    /// What was done.
    pub(crate) operation: Verb,
    /// To what type of resource, or which function.
    #[serde(rename = "type")]
    pub(crate) type_token: &'a str,
    /// The resource's name in the program.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) name: &'a str,
    /// Its URN.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) urn: &'a str,
    /// Its id, if there is one.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) id: String,
    /// The inputs that an update changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) changed: Vec<String>,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}
