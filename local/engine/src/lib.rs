//! The embedded Pulumi engine: runs a program and tells what it registered.
//!
//! It is the other side of the wire for one run of one program. [`run`] serves the engine's two gRPC services on this
//! machine, starts the program as the Pulumi CLI would, checks each resource against the schema of its provider, has
//! the cloud model make it, and gives back the [`Deployment`]. There is no state from run to run, so every run is a
//! first `pulumi up`: nothing is updated, replaced, read or deleted, and a program that asks for such a thing is
//! refused instead of being told something made up.
//!
//! [`Server`] is the same without the process, for a program that runs elsewhere.

mod decode;
mod deployment;
mod diagnostics;
mod error;
mod features;
mod invoke;
mod message;
mod monitor;
mod program;
mod provider;
mod run;
mod server;
mod state;
mod urn;
mod version;

pub use deployment::{Alias, AliasParent, CustomTimeouts, Deployment, Options, Resource};
pub use error::RunError;
pub use message::{Message, OnMessage, Severity, Source};
pub use run::{RunOptions, run};
pub use server::Server;
pub use tidegate_local_schema::json::redacted;
