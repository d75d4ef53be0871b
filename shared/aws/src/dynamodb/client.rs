//! The SDK's client, with a guard around each request.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Region};
use serde::Deserialize;

use super::errors::is_throttle;
use crate::downstream::{Guarded, Policy, Verdict, by_status};
use crate::environment::AwsEnvironment;
use crate::http_client::connector;
use crate::surroundings::Surroundings;

/// A client of DynamoDB, where `environment` says that it is.
///
/// The guard stands where each request leaves the process, so that no operation can forget it; it retries and it keeps the
/// time, and the SDK must do neither, or attempts would multiply.
pub(super) fn guarded(environment: &AwsEnvironment, surroundings: Surroundings) -> Client {
    let endpoint = environment.dynamodb_endpoint.as_deref();
    // Without an endpoint it is the service's own, which is always HTTPS.
    let connector = connector(endpoint.unwrap_or("https://"));
    let guarded = Guarded::new(connector, Policy::DYNAMODB, judge, surroundings);
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(environment.region.clone()))
        .credentials_provider(environment.credentials.clone())
        .http_client(guarded)
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled());
    if let Some(endpoint) = endpoint {
        config = config.endpoint_url(endpoint);
    }
    Client::from_conf(config.build())
}

/// The only part of an error that matters here.
#[derive(Deserialize)]
struct Refusal {
    /// `com.amazonaws.dynamodb.v20120810#ThrottlingException`.
    #[serde(rename = "__type")]
    kind: String,
}

/// DynamoDB says with 400 both that a condition failed, which is an answer, and that it is asked too much.
fn judge(status: u16, body: &[u8]) -> Verdict {
    if status != 400 {
        return by_status(status, body);
    }
    let code = serde_json::from_slice::<Refusal>(body);
    let code = code
        .as_ref()
        .ok()
        .and_then(|refusal| refusal.kind.rsplit('#').next());
    if code.is_some_and(is_throttle) {
        Verdict::Throttled
    } else {
        Verdict::Answered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_condition_is_an_answer_and_a_throttle_is_none() {
        let refusal = |code: &str| {
            let body =
                format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","Item":{{}}}}"#);
            judge(400, body.as_bytes())
        };
        for code in [
            "ConditionalCheckFailedException",
            "ValidationException",
            "ResourceNotFoundException",
        ] {
            assert_eq!(refusal(code), Verdict::Answered, "{code}");
        }
        for code in [
            "ProvisionedThroughputExceededException",
            "ThrottlingException",
            "RequestLimitExceeded",
        ] {
            assert_eq!(refusal(code), Verdict::Throttled, "{code}");
        }
        assert_eq!(judge(400, b"no JSON"), Verdict::Answered);
        assert_eq!(judge(500, b""), Verdict::Failed);
        assert_eq!(judge(200, b"{}"), Verdict::Answered);
    }
}
