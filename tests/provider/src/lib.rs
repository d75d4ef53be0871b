//! A stand-in for the AWS provider, for tests that run the real Pulumi engine without an account.
//!
//! It speaks the protocol of resource providers. Where the real provider calls AWS, this one keeps what there is in a
//! folder, by AWS's own rules of order, uniqueness and deletion. Inputs are held to the provider's schema and to the
//! rules of `pulumi-aws-rules`, which a program's preview is held to as well. Tests look into the folder, change it behind the engine's back,
//! count what was done to it, and have operations fail or take their time.
//!
//! What it does not know it refuses by name.

mod cloud;
mod environment;
mod naming;
mod operations;
mod rules;
mod server;
mod service;
mod services;
mod wire;

pub use environment::Environment;
pub use server::Server;
pub use services::known_types;
