//! The domain of Tidegate: protocol, channels, rights, connections and delivery.
//!
//! Pure: time, randomness and ids come in as values, and the world is behind the ports of [`store`], [`sender::Sender`],
//! [`fanout::FanoutQueue`] and [`timer::Timer`]. No SDK, no async runtime and no HTTP stands anywhere below this crate.

pub mod broker;
pub mod connection;
pub mod delivery;
pub mod downstream;
pub mod fanout;
pub mod history;
pub mod limits;
pub mod namespace;
pub mod rights;
pub mod sender;
pub mod store;
pub mod timer;

pub mod memory;

pub use tidegate_protocol::{self as protocol, channel};
