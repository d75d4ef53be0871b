//! What stands before the gateway, as it is registered: names and certificates, distributions and web ACLs, HTTP APIs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code: a panic is how a test fails"
)]

mod distributions;
mod http_apis;
mod names;
mod support;
