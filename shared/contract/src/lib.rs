//! What the Pulumi program and the Lambdas must agree on, as types: function names, route keys, environment variables,
//! table attributes and the manifest of the builds.
//!
//! Both sides use these and neither knows the other, so that a name changed here breaks the build of both and never a
//! deployment. Nothing in this crate does any I/O.

pub mod architecture;
pub mod environment;
pub mod functions;
pub mod http;
pub mod inlet;
pub mod log;
pub mod manifest;
pub mod metrics;
pub mod origin;
pub mod own;
pub mod routes;
pub mod sign_in;
pub mod table;
