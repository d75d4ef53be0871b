//! What there is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::wire::Properties;

/// Everything that there is in the cloud.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Cloud {
    /// What belongs to the account and not to a stack. Tests set it where a stack expects it.
    pub(crate) account: Account,
    /// The resources. The key is the type and the id, with the ids of what it is in before it: two APIs may each have
    /// a stage `prod`.
    pub(crate) resources: BTreeMap<String, Record>,
    /// How many resources of each URN there have been.
    pub(crate) generations: BTreeMap<String, u64>,
    /// How often each operation was tried on each type: `create aws:sqs/queue:Queue`.
    pub(crate) attempts: BTreeMap<String, u64>,
}

/// The settings of the account.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Account {
    /// The role with which API Gateway writes logs.
    pub(crate) cloudwatch_role_arn: Option<String>,
}

/// A resource.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Record {
    #[serde(rename = "type")]
    pub(crate) type_token: String,
    pub(crate) urn: String,
    pub(crate) id: String,
    pub(crate) generation: u64,
    pub(crate) inputs: Properties,
    /// What the provider gives: inputs and outputs. A test that changes one has made drift.
    pub(crate) properties: Properties,
}

impl Record {
    /// A property that is a text; empty where there is none.
    pub(crate) fn text(&self, property: &str) -> &str {
        text(&self.properties, property)
    }
}

/// A property that is a text; empty where there is none.
pub(crate) fn text<'p>(properties: &'p Properties, property: &str) -> &'p str {
    properties
        .get(property)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// What a resource is kept under.
pub(crate) fn key(type_token: &str, path: &str) -> String {
    format!("{type_token} {path}")
}

impl Cloud {
    /// The resources of a type.
    pub(crate) fn all<'c>(&'c self, type_token: &'c str) -> impl Iterator<Item = &'c Record> {
        self.resources
            .values()
            .filter(move |record| record.type_token == type_token)
    }

    /// The resource of a type with this text in this property.
    pub(crate) fn with<'c>(
        &'c self,
        type_token: &'c str,
        property: &str,
        value: &str,
    ) -> Option<&'c Record> {
        self.all(type_token)
            .find(|record| !value.is_empty() && record.text(property) == value)
    }

    /// The resource of a type with this id.
    pub(crate) fn by_id<'c>(&'c self, type_token: &'c str, id: &str) -> Option<&'c Record> {
        self.all(type_token).find(|record| record.id == id)
    }
}
