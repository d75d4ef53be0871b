//! Tidegate under a virtual clock: the domain's use cases and the real client, with faults on every edge, by seed.
//!
//! Everything happens on one thread, in an order that the seed alone decides: a function is a future that waits at each
//! request it makes, and whatever else happens in the meantime happens. The same seed gives the same run, line by line.
//!
//! - [`dice`]: chance; [`kernel`]: the clock and what is to happen; [`trace`]: what happened.
//! - [`gateway`], [`queue`], [`ports`]: AWS, with its faults; [`functions`]: the Lambdas over it.
//! - [`client`], [`application`]: the clients and what they are told; [`workload`], [`stack`]: what is done, and where.
//! - [`ledger`], [`application`], [`check`]: what must hold.
//! - [`run`](mod@run), [`shrink`]: a run, and the smallest one that still fails.

pub mod application;
pub mod check;
pub mod client;
pub mod dice;
pub mod event;
pub mod functions;
pub mod gateway;
pub mod kernel;
pub mod ledger;
pub mod mutation;
pub mod ports;
pub mod queue;
pub mod replies;
pub mod run;
pub mod shrink;
pub mod stack;
pub mod tasks;
pub mod trace;
pub mod workload;

pub use mutation::Mutation;
pub use run::{Plan, Report, run};
