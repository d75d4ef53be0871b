//! For the functions' own tests: a backend in memory, and an issuer of tokens.

#![expect(
    clippy::unwrap_used,
    reason = "only tests call this, and a failure here is theirs"
)]

mod issuer;
mod watched;
mod world;

pub use issuer::{CLIENT, ISSUER, Issuer, Keys, unsigned};
pub use watched::Watched;
pub use world::{World, channel, key, new_connection, rights};

/// The connection of the fixtures.
pub const ALICE: &str = "RYGzEcSNvHcCH8A=";
/// The API of the fixtures.
pub const API: &str = "abcdef1234";
/// When the fixtures happen, in epoch milliseconds.
pub const NOW_MS: u64 = 1_742_085_982_773;
/// When the token of the fixtures ends, in epoch seconds.
pub const EXPIRES_AT: u64 = 1_742_086_882;
/// When it was issued, in epoch seconds.
pub const ISSUED_AT: u64 = 1_742_085_982;
/// The trace in which everything happens.
pub const TRACE: &str = "Root=1-67d5;Parent=1;Sampled=1";
/// After how many milliseconds a function would be ended.
pub const TIME_MS: u64 = 15_000;
