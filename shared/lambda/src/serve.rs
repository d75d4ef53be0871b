//! Runs a function, and ends each invocation with one log line.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io::Write as _;

use futures::FutureExt;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::{Context, Diagnostic, LambdaEvent, Runtime, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use thiserror::Error;
use tidegate_aws::{Meter, Troubles, Units};
use tidegate_contract::environment::CommonEnvironment;
use tracing::Metadata;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::closing::Closing;
use crate::edge::Edge;
use crate::report::{Invocation, Report};

/// What is kept of an invocation's time for its answer and its log line, in milliseconds.
const CLOSING_MS: u64 = 500;

/// What an invocation brings besides its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoked {
    /// Its X-Ray trace, as the header by which traces are handed on.
    pub trace: Option<String>,
    /// When the handler must be done, in epoch milliseconds: a little before Lambda ends the invocation.
    pub deadline_ms: u64,
}

/// Why a function cannot run: it ends before it takes an event.
#[derive(Debug, Error)]
#[error("the function cannot start: {0}")]
pub struct StartError(String);

impl StartError {
    /// Because of `error` and all that lies behind it.
    pub fn because(error: impl StdError) -> Self {
        Self(chain(&error))
    }
}

/// Runs a function until Lambda ends it: `handle` makes of each event a response and a report, or an error whose text
/// Lambda hands on exactly as it is.
///
/// # Errors
/// When the runtime ends, which it does not as long as Lambda keeps the environment.
pub fn serve<E, R, H, F>(meter: &Meter, handle: H) -> Result<(), StartError>
where
    E: DeserializeOwned + Send + 'static,
    R: Serialize + Send + 'static,
    H: Fn(E) -> F,
    F: Future<Output = (Result<R, String>, Report)>,
{
    serve_invoked(meter, move |event, _invoked| handle(event))
}

/// The same for a function that hands its trace on, or keeps to the time that it has: `handle` is also given what the
/// invocation brings besides the event.
///
/// # Errors
/// As [`serve`].
pub fn serve_invoked<E, R, H, F>(meter: &Meter, handle: H) -> Result<(), StartError>
where
    E: DeserializeOwned + Send + 'static,
    R: Serialize + Send + 'static,
    H: Fn(E, Invoked) -> F,
    F: Future<Output = (Result<R, String>, Report)>,
{
    let common = CommonEnvironment::from_lookup(Edge::variable).map_err(StartError::because)?;
    start_logging(&common.log_level);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(StartError::because)?;
    let stack = common.stack;
    let closing = Closing::new(move |ended: Ended| ended.tell(&stack));
    let (handle, ending) = (&handle, &closing);
    let function = Runtime::new(service_fn(
        // Read here and not by the runtime, which keeps the path to each value on its way, and would tell of one that it
        // did not expect, whatever it is.
        move |event: LambdaEvent<Box<RawValue>>| {
            let LambdaEvent { payload, context } = event;
            let invoked = Invoked {
                trace: context.xray_trace_id.clone(),
                deadline_ms: context.deadline.saturating_sub(CLOSING_MS),
            };
            // Thousands of bytes, which each layer of the runtime would move on into the next.
            let handled = Box::pin(async move {
                match read(&payload) {
                    Ok(event) => handle(event, invoked).await,
                    Err(problem) => (Err(problem), unread()),
                }
            });
            handled.map(move |(result, report)| {
                ending.leave(Ended {
                    context,
                    report,
                    problem: result.as_ref().err().cloned(),
                    units: meter.take(),
                    troubles: meter.take_troubles(),
                    ended_ms: Edge::now_ms(),
                });
                result.map_err(|message| Diagnostic {
                    error_type: "TidegateError".to_owned(),
                    error_message: message,
                })
            })
        },
    ));
    let function = function.layer(TracingLayer::new()).layer(closing.clone());
    let served = runtime.block_on(function.run());
    served.map_err(|error| StartError(error.to_string()))
}

/// An invocation that has its result: all that its log line says.
struct Ended {
    context: Context,
    report: Report,
    problem: Option<String>,
    units: Units,
    troubles: Troubles,
    ended_ms: u64,
}

impl Ended {
    /// Writes the log line.
    fn tell(self, stack: &str) {
        let invocation = Invocation {
            stack,
            request_id: &self.context.request_id,
            trace: self.context.xray_trace_id.as_deref(),
            problem: self.problem.as_deref(),
            units: self.units,
            troubles: self.troubles,
            ended_ms: self.ended_ms,
        };
        // Written whole and not through `tracing`, whose field names are fixed in the source: these are the
        // contract's. At once, too: nobody reads half a line. Where nobody reads, nobody can be told.
        let line = invocation.line(&self.report);
        let _unread = std::io::stdout().lock().write_all(line.as_bytes());
    }
}

/// The event as what the function takes; or where it is something else. What is there may be a token, and is not told.
fn read<E: DeserializeOwned>(payload: &RawValue) -> Result<E, String> {
    serde_json::from_str(payload.get()).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!(
            "the event is not one that this function takes: see its line {line}, column {column}"
        )
    })
}

/// What is reported of an event that is none.
fn unread() -> Report {
    Report {
        outcome: "bad_event",
        ..Report::default()
    }
}

fn start_logging(level: &str) {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_env_filter(filter);
    // At the trace level the runtime and the signer write whole events and frames, tokens and payloads included: no
    // setting may switch that on.
    let subscriber = subscriber.finish().with(LevelFilter::DEBUG);
    let subscriber = subscriber.with(filter_fn(|metadata| !is_a_told_error(metadata)));
    // A second subscriber is refused; the first one goes on.
    let _first = subscriber.try_init();
}

/// Whether this is the line by which the runtime tells that a function gave an error. Our own line tells it: with its
/// outcome, which says that `Unauthorized` is a decision and no error. Panics are told from the same place and have the
/// panic as a field.
fn is_a_told_error(metadata: &Metadata<'_>) -> bool {
    metadata.target() == "lambda_runtime::layers::panic"
        && metadata.is_event()
        && metadata.fields().field("error").is_none()
}

/// An error and everything behind it, on one line.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Writing to a String cannot fail.
        let _written = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Event {
        number: u32,
    }

    #[test]
    fn an_event_of_another_kind_is_refused_without_a_word_of_it() {
        let read = |event: &str| read::<Event>(serde_json::from_str(event).unwrap());
        assert_eq!(read(r#"{"number": 7}"#).unwrap().number, 7);
        let problem = read(r#"{"number": "a secret"}"#).unwrap_err();
        assert!(
            problem.ends_with("see its line 1, column 21") && !problem.contains("secret"),
            "{problem}"
        );
    }
}
