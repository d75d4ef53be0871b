//! The local runtime: builds a program and its functions, provisions what the program describes, and serves it.
//!
//! There is no second description: [`Runtime::start`] runs the Pulumi program against the embedded engine and serves
//! what it registered. Everything that was started ends with [`Runtime::shutdown`]: no process, no socket and no file
//! but the signing key stays behind.

mod build;
mod database;
mod freshness;
mod functions;
mod listeners;
mod observation;
mod places;
mod project;
mod provision;
mod queues;
mod runtime;
mod services;
mod state;
mod summary;
mod tasks;

pub use build::{BuildError, BuildOptions, Built, build};
pub use observation::OnAlarm;
pub use project::{Project, ProjectError, StackConfig};
pub use provision::{Planned, plan};
pub use runtime::{ACCESS_KEY_ID, Runtime, RuntimeError, RuntimeOptions, SECRET_ACCESS_KEY};
pub use state::{Running, StateDirectory, StateError};
pub use summary::{RouteSummary, Summary};
/// What a program says while it runs.
pub use tidegate_local_engine::{Message, OnMessage, Severity, Source, redacted};
/// Functions of a running stack, and where the lines that they write go.
pub use tidegate_local_functions::{
    Function as FunctionHandle, LogLine, LogSink, LogStream, SharedLogSink, discard,
};
/// Alarms, and the metrics that they watch.
pub use tidegate_local_metrics::{AlarmStatus, Metrics, StateChange};
