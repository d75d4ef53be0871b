//! The domain of Tidegate: protocol, channels, rights, connections and delivery.
//!
//! Pure: time, randomness and ids come in as values, and the world is behind three ports, [`registry::Registry`],
//! [`sender::Sender`] and [`fanout::FanoutQueue`]. No SDK, no async runtime and no HTTP stands anywhere below this crate.

pub mod connection;
pub mod delivery;
pub mod downstream;
pub mod fanout;
pub mod namespace;
pub mod protocol;
pub mod registry;
pub mod rights;
pub mod sender;

pub mod memory;

pub use tidegate_protocol::channel;
