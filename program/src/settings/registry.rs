//! `tidegate:registry`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// It is billed by request: {dynamodb.write}, {dynamodb.read}.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct RegistrySettings {
    /// Whether the table can be brought back as it was at any second of the last 35 days.
    #[schemars(extend("costs" = "{dynamodb.pitr}"))]
    pub(crate) point_in_time_recovery: bool,
    /// Whether the table can be deleted only after this is taken back.
    pub(crate) deletion_protection: bool,
}
