//! What other languages read of the protocol: the JSON Schemas and the AsyncAPI document are what the Rust types say, and the
//! golden frames are what the Rust types read and write.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "only tests call this, and a failure here is theirs"
)]

mod asyncapi;
mod frames;
mod generated;
mod schemas;
