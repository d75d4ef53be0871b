//! What functions look up: who is asking, and where.

use serde_json::{Map, Value, json};

/// The functions that are known.
pub const FUNCTIONS: [&str; 3] = [
    "aws:index/getCallerIdentity:getCallerIdentity",
    "aws:index/getPartition:getPartition",
    "aws:index/getRegion:getRegion",
];

/// The answer of a function in this account and Region; none if it is not known.
#[must_use]
pub fn answer(
    token: &str,
    arguments: &Map<String, Value>,
    account: &str,
    region: &str,
) -> Option<Map<String, Value>> {
    let region = arguments
        .get("region")
        .and_then(Value::as_str)
        .unwrap_or(region);
    let answer = match token {
        "aws:index/getCallerIdentity:getCallerIdentity" => json!({
            "accountId": account,
            "arn": format!("arn:aws:iam::{account}:user/tidegate"),
            "id": account,
            "userId": "AIDAAAAAAAAAAAAAAAAAA",
        }),
        "aws:index/getPartition:getPartition" => json!({
            "dnsSuffix": "amazonaws.com",
            "id": "aws",
            "partition": "aws",
            "reverseDnsPrefix": "com.amazonaws",
        }),
        "aws:index/getRegion:getRegion" => json!({
            "description": region,
            "endpoint": format!("ec2.{region}.amazonaws.com"),
            "id": region,
            "name": region,
            "region": region,
        }),
        _ => return None,
    };
    answer.as_object().cloned()
}
