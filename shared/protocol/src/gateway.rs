//! Frames of API Gateway itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What API Gateway sends by itself when an integration fails, or when it takes no more for now. The connection stays.
///
/// Observed and not documented by AWS, but for the model validation's; `requestId` or `messageId` follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayFrame {
    /// `Internal server error`, `Endpoint request timed out`, `Forbidden`, …
    pub message: String,
    /// The connection.
    pub connection_id: String,
    /// The request that it is about: not the client's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}
