//! Errors as SQS writes them.

use http::StatusCode;
use thiserror::Error;

/// Why a call was refused: the code by which clients branch, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{code}: {message}")]
pub struct SqsError {
    /// The code, as it stands in the JSON protocol.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
}

impl SqsError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn invalid(parameter: &str, reason: &str) -> Self {
        Self::new(
            "InvalidParameterValue",
            format!("Value for parameter {parameter} is invalid. Reason: {reason}"),
        )
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Self::new(
            "MissingParameter",
            format!("The request must contain the parameter {parameter}."),
        )
    }

    pub(crate) fn no_queue() -> Self {
        Self::new("QueueDoesNotExist", "The specified queue does not exist.")
    }

    pub(crate) fn not_emulated(what: &str) -> Self {
        Self::new(
            "UnsupportedOperation",
            format!("{what}: the local runtime does not emulate it"),
        )
    }

    /// The type, as it stands in `__type`.
    pub(crate) fn kind(&self) -> String {
        let model = match self.code {
            "InvalidClientTokenId" | "MissingAuthenticationToken" | "UnknownOperationException" => {
                "com.amazon.coral.service"
            }
            _ => "com.amazonaws.sqs",
        };
        format!("{model}#{}", self.code)
    }

    /// The code of the query protocol, which clients of before 2024 branch by (`x-amzn-query-error`).
    pub(crate) fn query_code(&self) -> String {
        let code = match self.code {
            "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue",
            "BatchEntryIdsNotDistinct" => "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            "BatchRequestTooLong" => "AWS.SimpleQueueService.BatchRequestTooLong",
            "EmptyBatchRequest" => "AWS.SimpleQueueService.EmptyBatchRequest",
            "InvalidBatchEntryId" => "AWS.SimpleQueueService.InvalidBatchEntryId",
            "MessageNotInflight" => "AWS.SimpleQueueService.MessageNotInflight",
            "PurgeQueueInProgress" => "AWS.SimpleQueueService.PurgeQueueInProgress",
            "TooManyEntriesInBatchRequest" => "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            "UnsupportedOperation" => "AWS.SimpleQueueService.UnsupportedOperation",
            other => other,
        };
        format!("{code};Sender")
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self.code {
            "InvalidClientTokenId"
            | "MissingAuthenticationToken"
            | "OverLimit"
            | "PurgeQueueInProgress" => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}
