//! From the SDK's errors to the domain's.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tidegate_core::store::StoreError;

/// Codes by which DynamoDB asks for fewer requests.
const THROTTLES: [&str; 4] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TransactionInProgressException",
];

/// The code by which DynamoDB refuses what is not valid, and how its message begins where an item would become too long.
const INVALID: &str = "ValidationException";
const TOO_LARGE: &str = "Item size";

/// Whether DynamoDB asks for fewer requests with this code.
pub(super) fn is_throttle(code: &str) -> bool {
    THROTTLES.contains(&code)
}

pub(super) fn failed<E>(
    operation: &'static str,
) -> impl FnOnce(SdkError<E, HttpResponse>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    move |error| {
        let refused = error.as_service_error();
        let code = refused.and_then(ProvideErrorMetadata::code);
        if code.is_some_and(is_throttle) {
            StoreError::Throttled { operation }
        } else if code == Some(INVALID)
            && refused
                .and_then(ProvideErrorMetadata::message)
                .is_some_and(|message| message.starts_with(TOO_LARGE))
        {
            StoreError::TooLarge { operation }
        } else {
            StoreError::Unavailable {
                operation,
                source: Box::new(error),
            }
        }
    }
}

pub(super) fn corrupt(operation: &'static str) -> impl FnOnce(String) -> StoreError {
    move |problem| StoreError::Corrupt { operation, problem }
}
