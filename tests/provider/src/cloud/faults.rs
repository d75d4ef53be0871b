//! What a test wants to go wrong: `fail.json`.
//!
//! ```json
//! {
//!   "failures": [{"operation": "create", "type": "aws:sqs/queue:Queue", "nth": 2, "message": "InternalError: later"}],
//!   "delays": [{"operation": "create", "type": "aws:sqs/queue:Queue", "milliseconds": 60000}]
//! }
//! ```
//!
//! The nth try counts from the beginning of the cloud, so that the try after a failure succeeds. Without `nth`, every
//! try fails. A delay ends early, and the operation with it, when the engine is interrupted.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An operation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Verb {
    Create,
    Read,
    Update,
    Delete,
    Invoke,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Invoke => "invoke",
        })
    }
}

/// What goes wrong.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Faults {
    failures: Vec<Failure>,
    delays: Vec<Delay>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    operation: Verb,
    #[serde(rename = "type")]
    type_token: String,
    nth: Option<u64>,
    #[serde(default = "internal_error")]
    message: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Delay {
    operation: Verb,
    #[serde(rename = "type")]
    type_token: String,
    milliseconds: u64,
}

fn internal_error() -> String {
    "InternalServerError: the test wants it so".to_owned()
}

impl Faults {
    /// What the nth try of an operation fails with.
    pub(crate) fn failure(&self, verb: Verb, type_token: &str, nth: u64) -> Option<&str> {
        let failure = self.failures.iter().find(|failure| {
            failure.operation == verb
                && failure.type_token == type_token
                && failure.nth.is_none_or(|wanted| wanted == nth)
        });
        failure.map(|failure| failure.message.as_str())
    }

    /// How long an operation takes.
    pub(crate) fn delay(&self, verb: Verb, type_token: &str) -> Option<Duration> {
        let delay = self
            .delays
            .iter()
            .find(|delay| delay.operation == verb && delay.type_token == type_token)?;
        Some(Duration::from_millis(delay.milliseconds))
    }
}
