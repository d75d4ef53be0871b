//! The Lambda pool: real `bootstrap` processes over the Lambda Runtime API.
//!
//! A [`Pool`] holds the functions of one local runtime. Each [`Function`] keeps as many *environments* as its
//! invocations need at once, and an environment is what it is on Lambda: one process, with a Runtime API of its own,
//! that handles one invocation at a time.
//!
//! What happens to an invocation, and who does it:
//!
//! - [`Function::invoke`] hands it to the `scheduler`, a plain state machine without any IO: the idle environment that
//!   was used last gets it, or a new one is started, or it waits in a bounded queue.
//! - The `api` answers the process's `GET …/next` with it and takes the process's `POST …/response`, which completes
//!   the caller's future. Both run in the task of the process's connection: between the caller and the socket there is
//!   one wake-up each way, no channel and no task in between.
//! - The `supervisor`, one task per environment, starts the process, looks at the clock (time limits) and waits for the
//!   process to end. It is the only one that kills and reaps.
//! - `logs` drains the process's stdout and stderr, and knows which invocation wrote a line.
//!
//! Handlers that are slow or crash, and processes that start late, are made where [`PoolOptions::faults`] asks for them.
//!
//! Not emulated: extensions, the Telemetry API and SnapStart (refused with a message), the memory limit (the process
//! is told it, nothing enforces it), Lambda's freezing of an environment between invocations.

mod api;
mod error;
mod exit;
mod function;
mod ids;
mod logs;
mod meters;
mod options;
mod pool;
mod process;
mod scheduler;
mod spec;
mod supervisor;

pub use error::{InitFailure, InvokeError};
pub use exit::Exit;
pub use function::{Function, InvokeOptions, Stats};
pub use ids::RequestId;
pub use logs::{LogLine, LogSink, LogStream, SharedLogSink, discard};
pub use options::PoolOptions;
pub use pool::Pool;
pub use spec::FunctionSpec;
