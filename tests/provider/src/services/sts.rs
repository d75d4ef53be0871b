//! What functions look up: who is asking, and where.

use serde_json::{Value, json};

use crate::environment::ACCOUNT;
use crate::wire::Properties;

/// The functions that are known.
pub const FUNCTIONS: [&str; 3] = [
    "aws:index/getCallerIdentity:getCallerIdentity",
    "aws:index/getPartition:getPartition",
    "aws:index/getRegion:getRegion",
];

/// The answer of a function; none if it is not known.
pub(crate) fn invoke(token: &str, arguments: &Properties, region: &str) -> Option<Properties> {
    let region = arguments
        .get("region")
        .and_then(Value::as_str)
        .unwrap_or(region);
    let answer = match token {
        "aws:index/getCallerIdentity:getCallerIdentity" => json!({
            "accountId": ACCOUNT,
            "arn": format!("arn:aws:iam::{ACCOUNT}:user/tidegate"),
            "id": ACCOUNT,
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
