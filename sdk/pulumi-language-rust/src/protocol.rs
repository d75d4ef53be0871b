//! The messages and the service, generated from `proto/language.proto`.

// Nobody writes or reads it: what lints would say of it is the generator's.
#[rustfmt::skip]
#[path = "generated/pulumirpc.rs"]
#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
mod generated;

pub use generated::*;
