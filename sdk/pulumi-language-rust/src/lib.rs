//! The Pulumi language host for programs in Rust.
//!
//! The Pulumi CLI starts it for `runtime: rust`, reads the port that it listens at from the first line of its standard
//! output, and has it build and run the program, and say what the program needs.
//!
//! It knows nothing of what a program does: program and engine talk to each other, over addresses that the host hands
//! on. So it runs any executable that speaks to a Pulumi engine, with whatever SDK.

pub mod arguments;
mod build;
mod cargo;
mod dependencies;
mod diagnostics;
mod engine;
mod environment;
mod error;
mod exit;
mod graph;
mod host;
mod info;
mod install;
mod location;
mod options;
mod output;
mod packages;
mod plugin;
mod process;
mod progress;

pub mod protocol;
mod run;
pub mod serve;
mod stream;
mod target;

pub use error::Error;
