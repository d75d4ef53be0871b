//! A stand-in for the AWS provider, for tests that run the real Pulumi engine without an account.
//!
//! It speaks the protocol of resource providers. Where the real provider calls AWS, this one keeps what there is in a
//! folder, by AWS's own rules of order, uniqueness and deletion. Inputs are held to the provider's schema and to the
//! constraints of the services' published models. Tests look into the folder, change it behind the engine's back,
//! count what was done to it, and have operations fail or take their time.
//!
//! What it does not know it refuses by name.

mod cloud;
mod constraints;
mod environment;
mod naming;
mod operations;
mod server;
mod service;
mod services;
mod wire;

pub use constraints::{GENERATED_WITH, uncompiled};
pub use environment::Environment;
pub use server::Server;
pub use services::known_types;
