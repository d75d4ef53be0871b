//! What `SendMessageBatch` and its likes have in common: entries that are named by ids and answered one by one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::SqsError;

/// An entry with an id of its own.
pub(crate) trait Entry {
    fn id(&self) -> &str;
}

/// What a call with entries answers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Answer {
    successful: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Failed>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    id: String,
    sender_fault: bool,
    code: String,
    message: String,
}

/// The input of a call with entries.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input<E> {
    pub(crate) queue_url: String,
    #[serde(default = "Vec::new")]
    pub(crate) entries: Vec<E>,
}

/// Checks the entries as a whole.
pub(crate) fn check<E: Entry>(entries: &[E], most: usize) -> Result<(), SqsError> {
    if entries.is_empty() {
        return Err(SqsError::new(
            "EmptyBatchRequest",
            "There should be at least one entry in the request.",
        ));
    }
    if entries.len() > most {
        let problem = format!(
            "Maximum number of entries per request are {most}. You have sent {}.",
            entries.len()
        );
        return Err(SqsError::new("TooManyEntriesInBatchRequest", problem));
    }
    let mut seen = BTreeSet::new();
    for entry in entries {
        let id = entry.id();
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if id.is_empty() || id.len() > 80 || !id.bytes().all(valid) {
            return Err(SqsError::new(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 \
                 letters long.",
            ));
        }
        if !seen.insert(id) {
            return Err(SqsError::new(
                "BatchEntryIdsNotDistinct",
                format!("Id {id} repeated."),
            ));
        }
    }
    Ok(())
}

impl Answer {
    /// Of what came of each entry.
    pub(crate) fn of(entries: Vec<(String, Result<Value, SqsError>)>) -> Self {
        let mut answer = Self {
            successful: Vec::new(),
            failed: Vec::new(),
        };
        for (id, result) in entries {
            match result {
                Ok(mut taken) => {
                    taken["Id"] = id.into();
                    answer.successful.push(taken);
                }
                Err(error) => answer.failed.push(Failed {
                    id,
                    sender_fault: true,
                    code: error.code.to_owned(),
                    message: error.message,
                }),
            }
        }
        answer
    }
}
