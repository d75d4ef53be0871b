//! What Lambda tells a function about AWS: Region, credentials, endpoints.

use std::fmt;

use aws_credential_types::Credentials;
use thiserror::Error;

/// The part of a function's environment that the AWS adapters need. Credentials of a function are fixed for the life
/// of its execution environment, so they are read once.
#[derive(Clone)]
pub struct AwsEnvironment {
    /// The Region.
    pub region: String,
    /// The credentials of the function's role.
    pub credentials: Credentials,
    /// Another endpoint for DynamoDB (`AWS_ENDPOINT_URL_DYNAMODB`, as all AWS SDKs have it).
    pub dynamodb_endpoint: Option<String>,
    /// Another endpoint for SQS (`AWS_ENDPOINT_URL_SQS`).
    pub sqs_endpoint: Option<String>,
}

/// A variable that Lambda always sets is not set.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the environment variable {0} is not set: Lambda, and `tidegate dev`, set it")]
pub struct MissingAwsVariable(pub &'static str);

impl AwsEnvironment {
    /// Reads the variables through `lookup`.
    ///
    /// # Errors
    /// Names the first variable that is missing.
    pub fn from_lookup(
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, MissingAwsVariable> {
        let required = |name: &'static str| {
            lookup(name)
                .filter(|value| !value.is_empty())
                .ok_or(MissingAwsVariable(name))
        };
        let credentials = Credentials::new(
            required("AWS_ACCESS_KEY_ID")?,
            required("AWS_SECRET_ACCESS_KEY")?,
            lookup("AWS_SESSION_TOKEN").filter(|token| !token.is_empty()),
            None,
            "environment",
        );
        Ok(Self {
            region: required("AWS_REGION")?,
            credentials,
            dynamodb_endpoint: lookup("AWS_ENDPOINT_URL_DYNAMODB").filter(|url| !url.is_empty()),
            sqs_endpoint: lookup("AWS_ENDPOINT_URL_SQS").filter(|url| !url.is_empty()),
        })
    }
}

impl fmt::Debug for AwsEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsEnvironment")
            .field("region", &self.region)
            .field("dynamodb_endpoint", &self.dynamodb_endpoint)
            .field("sqs_endpoint", &self.sqs_endpoint)
            .finish_non_exhaustive()
    }
}
