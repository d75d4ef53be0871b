//! Invocations of functions: what an answer must look like, and what goes wrong.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use tidegate_local_cloud::clock::SharedClock;
use tidegate_local_functions::{Function, InvokeError};
use tracing::warn;

/// The answer of a proxy integration.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProxyAnswer<'a> {
    pub(crate) status_code: u16,
    #[serde(borrow, default)]
    pub(crate) headers: Option<BTreeMap<Cow<'a, str>, Cow<'a, str>>>,
    #[serde(borrow, default)]
    pub(crate) body: Option<Cow<'a, str>>,
}

/// Why an invocation has no answer.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The function took longer than the integration may.
    TimedOut,
    /// The function failed, or is not there.
    Function(InvokeError),
    /// The function's policy does not let API Gateway invoke it, or there is no such function.
    NotPermitted,
    /// The answer is not of the shape of a proxy answer.
    Malformed,
}

/// Invokes a function for `route`, within `timeout`. What fails is written to the log, since AWS shows clients nothing
/// but "Internal server error".
pub(crate) async fn within(
    clock: &SharedClock,
    function: &Function,
    route: &str,
    payload: Bytes,
    timeout: Duration,
) -> Result<Bytes, Failed> {
    let deadline_ms = clock
        .now_ms()
        .saturating_add(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
    tokio::select! {
        biased;
        answered = function.invoke(payload) => answered.map_err(|error| failed(route, error)),
        () = clock.sleep_until(deadline_ms) => Err(Failed::TimedOut),
    }
}

/// Notes what went wrong in a function.
pub(crate) fn failed(route: &str, error: InvokeError) -> Failed {
    // A function that answers `Unauthorized` decides; it does not fail.
    let decided =
        matches!(&error, InvokeError::FunctionError { message, .. } if message == "Unauthorized");
    // Of what it refuses a function tells by itself, at most once a second.
    let is_told = matches!(&error, InvokeError::Throttled { .. });
    if !decided && !is_told {
        let reason = std::error::Error::source(&error)
            .map(|source| format!(": {source}"))
            .unwrap_or_default();
        warn!(route, "{error}{reason}");
    }
    Failed::Function(error)
}

/// Says that a permission is missing, which AWS never does.
pub(crate) fn not_permitted(route: &str, function: &str) -> Failed {
    warn!(
        route,
        "API Gateway may not invoke the function {function}: there is no aws.lambda.Permission whose sourceArn covers \
         this route"
    );
    Failed::NotPermitted
}

/// Reads the answer of a proxy integration.
pub(crate) fn proxy_answer<'a>(route: &str, bytes: &'a [u8]) -> Result<ProxyAnswer<'a>, Failed> {
    serde_json::from_slice(bytes).map_err(|error| {
        // Where and not what: the parser would quote the answer, and a payload is never in a log.
        let (line, column) = (error.line(), error.column());
        warn!(
            route,
            "the function's answer is no proxy answer (line {line}, column {column}): it must be {{\"statusCode\": …}}"
        );
        Failed::Malformed
    })
}
