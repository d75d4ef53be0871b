//! Runs a function, and ends each invocation with one log line.

use std::error::Error as StdError;
use std::fmt::Write as _;

use futures::FutureExt;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tidegate_aws::Meter;
use tidegate_contract::log;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::edge::Edge;

/// What an invocation reports of itself: ids and outcomes, never a token and never a payload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The route key.
    pub route: String,
    /// The connection.
    pub connection: String,
    /// `ok`, or the code of the error.
    pub outcome: &'static str,
    /// How many of what, by the names of [`tidegate_contract::log`].
    pub counts: Vec<(&'static str, usize)>,
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
    serve_traced(meter, move |event, _trace| handle(event))
}

/// The same for a function that hands its trace on: `handle` is also given the invocation's X-Ray trace header.
///
/// # Errors
/// As [`serve`].
pub fn serve_traced<E, R, H, F>(meter: &Meter, handle: H) -> Result<(), StartError>
where
    E: DeserializeOwned + Send + 'static,
    R: Serialize + Send + 'static,
    H: Fn(E, Option<String>) -> F,
    F: Future<Output = (Result<R, String>, Report)>,
{
    start_logging();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(StartError::because)?;
    let handle = &handle;
    let served = runtime.block_on(lambda_runtime::run(service_fn(
        move |event: LambdaEvent<E>| {
            let request_id = event.context.request_id.clone();
            handle(event.payload, event.context.xray_trace_id).map(move |(result, report)| {
                write_report(&request_id, &report, meter);
                result.map_err(|message| Diagnostic {
                    error_type: "TidegateError".to_owned(),
                    error_message: message,
                })
            })
        },
    )));
    served.map_err(|error| StartError(error.to_string()))
}

fn start_logging() {
    let level = Edge::variable("TIDEGATE_LOG_LEVEL").unwrap_or_else(|| "info".to_owned());
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_env_filter(filter);
    // At the trace level the runtime and the signer write whole events and frames, tokens and payloads included: no
    // setting may switch that on.
    let subscriber = subscriber.finish().with(LevelFilter::DEBUG);
    // A second subscriber is refused; the first one goes on.
    let _first = subscriber.try_init();
}

fn write_report(request_id: &str, report: &Report, meter: &Meter) {
    let units = meter.take();
    let mut line = serde_json::Map::new();
    line.insert("requestId".to_owned(), request_id.into());
    line.insert(log::ROUTE.to_owned(), report.route.as_str().into());
    line.insert(
        log::CONNECTION.to_owned(),
        report.connection.as_str().into(),
    );
    line.insert(log::OUTCOME.to_owned(), report.outcome.into());
    line.insert(log::READ_UNITS.to_owned(), units.read.into());
    line.insert(log::WRITE_UNITS.to_owned(), units.write.into());
    for (name, count) in &report.counts {
        line.insert((*name).to_owned(), (*count).into());
    }
    // Written whole and not through `tracing`, whose field names are fixed in the source: these are the contract's.
    println!("{}", serde_json::Value::Object(line));
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
